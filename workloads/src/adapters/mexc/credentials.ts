import { createHash } from 'node:crypto';
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
  /** The key pair in force. @throws MexcError CREDENTIALS_UNREADABLE naming the place, never its content */
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

/** Where a key pair comes from that may be rotated at any time. */
export interface CredentialReads {
  /** @throws when it is not there; the message names the place, never the content */
  readonly accessKey: () => Promise<string>;
  readonly secret: () => Promise<string>;
}

/** Printable ASCII without blanks: what can stand in a header. */
const KEY_TEXT = /^[\x21-\x7e]{1,512}$/;
const READS = 3;

const unreadable = (why: string): Error => notSent('CREDENTIALS_UNREADABLE', 'credentials', why);

async function readKeyText(what: string, read: () => Promise<string>): Promise<string> {
  let text: string;
  try {
    text = (await read()).trim();
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : `${what}: cannot be read`);
  }
  if (!KEY_TEXT.test(text)) throw unreadable(`${what} must be one word of printable ASCII`);
  return text;
}

/** Both of one version: a rotation between two reads would pair a new key with an old secret. */
async function readPair(reads: CredentialReads): Promise<Credentials> {
  const readKey = (): Promise<string> => readKeyText('the access key', reads.accessKey);
  for (let read = 0; read < READS; read += 1) {
    const accessKey = await readKey();
    const secret = await readKeyText('the secret of the access key', reads.secret);
    if ((await readKey()) === accessKey) return makeCredentials(accessKey, secret);
  }
  throw unreadable('the access key changed while it was read');
}

/** Credentials that are read for each use, so that a rotation needs no restart. */
export const makeRotatingCredentials = (reads: CredentialReads): CredentialSource => ({
  current: () => readPair(reads),
});
