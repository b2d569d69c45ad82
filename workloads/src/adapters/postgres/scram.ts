import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** PostgreSQL's own default. */
const ITERATIONS = 4096;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** What needs no SASLprep (RFC 4013), so that every client derives the same key. */
const PLAIN_PASSWORD = /^[\x21-\x7e]{8,200}$/;

/** Whether a password is 8 to 200 printable ASCII characters without spaces. */
export const isPlainPassword = (password: string): boolean => PLAIN_PASSWORD.test(password);

/**
 * The SCRAM-SHA-256 verifier of a password (RFC 5803, as PostgreSQL stores it): what `CREATE ROLE … PASSWORD` takes in
 * place of the password, which thus never reaches the server, its statistics or its log.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
