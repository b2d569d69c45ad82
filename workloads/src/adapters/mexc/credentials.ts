import { createHash } from 'node:crypto';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { notSent } from './errors.ts';
import { signParameters } from './signing.ts';

/** A key pair that can sign but does not show its secret: functions survive neither JSON nor a log line. */
export interface Credentials {
  /** For the header of a signed request only. */
  readonly accessKey: () => string;
  readonly sign: (totalParams: string) => string;
  /** Tells one key from another; says nothing of it. */
  readonly fingerprint: string;
}

export interface CredentialSource {
  /** The key pair in force. @throws MexcError CREDENTIALS_UNREADABLE naming the file, never its content */
  current(): Promise<Credentials>;
}

export function makeCredentials(accessKey: string, secret: string): Credentials {
  return {
    accessKey: () => accessKey,
    sign: (totalParams) => signParameters(secret, totalParams),
    fingerprint: createHash('sha256').update(accessKey).digest('hex').slice(0, 8),
  };
}

/** A key pair that does not change while the process runs (from the environment, outside a cluster). */
export const makeFixedCredentials = (accessKey: string, secret: string): CredentialSource => {
  const credentials = makeCredentials(accessKey, secret);
  return { current: () => Promise.resolve(credentials) };
};

export interface CredentialFiles {
  readonly accessKeyPath: string;
  readonly secretPath: string;
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  /** How long a read pair is used before the files are read again. */
  readonly maxAge: Duration;
}

/** Printable ASCII without blanks: what can stand in a header. */
const KEY_TEXT = /^[\x21-\x7e]{1,512}$/;
const READS = 3;

const unreadable = (path: string, why: string): Error =>
  notSent('CREDENTIALS_UNREADABLE', 'credentials', `exchange credentials: ${path} ${why}`);

async function readKeyText(files: CredentialFiles, path: string): Promise<string> {
  let text: string;
  try {
    text = (await files.readFile(path)).trim();
  } catch {
    throw unreadable(path, 'cannot be read; mount the secret and give this process the right to read it');
  }
  if (!KEY_TEXT.test(text)) throw unreadable(path, 'must hold one word of printable ASCII');
  return text;
}

/** Both files of one version: a rotation between two reads would pair a new key with an old secret. */
async function readPair(files: CredentialFiles): Promise<Credentials> {
  for (let read = 0; read < READS; read += 1) {
    const accessKey = await readKeyText(files, files.accessKeyPath);
    const secret = await readKeyText(files, files.secretPath);
    if ((await readKeyText(files, files.accessKeyPath)) === accessKey) {
      return makeCredentials(accessKey, secret);
    }
  }
  throw unreadable(files.accessKeyPath, 'changed while it was read');
}

/** Credentials in mounted files, read again when older than `maxAge`, so that a rotation needs no restart. */
export function makeFileCredentials(files: CredentialFiles): CredentialSource {
  let held: { readonly credentials: Credentials; readonly readAt: Timestamp } | undefined;
  return {
    current: async () => {
      const now = files.clock.now();
      if (held === undefined || now - held.readAt >= files.maxAge) {
        held = { credentials: await readPair(files), readAt: now };
      }
      return held.credentials;
    },
  };
}
