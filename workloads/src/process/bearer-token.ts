import { createHash, timingSafeEqual } from 'node:crypto';

const BEARER = /^Bearer ([\x21-\x7e]{1,4096})$/i;
/** Fewer would be guessed. */
export const SHORTEST_TOKEN = 16;

/** Hashes have one length, so that neither content nor length of the token shows in the time taken. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether an `Authorization` header carries the token. */
export function carriesToken(header: string | undefined, token: string): boolean {
  const given = BEARER.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}
