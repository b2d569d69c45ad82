import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate that is its own authority, and its key: PEM texts. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Make one for a host name and 127.0.0.1, good for a day. Needs the `openssl` program. */
export async function makeCertificate(host: string): Promise<TestCertificate> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-certificate-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  try {
    await promisify(execFile)('openssl', [...made, '-keyout', key, '-out', certificate]);
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
