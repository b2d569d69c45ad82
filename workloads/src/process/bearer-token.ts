import { createHash, timingSafeEqual } from 'node:crypto';

const TOKEN = '[\\x21-\\x7e]{1,4096}';
const BEARER = new RegExp(`^Bearer (${TOKEN})$`, 'i');
const BARE = new RegExp(`^(${TOKEN})$`);
/** Fewer would be guessed. */
export const SHORTEST_TOKEN = 16;

/** Hashes have one length, so that neither content nor length of the token shows in the time taken. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a request says of who sends it: `Authorization: Bearer …`, or the token's own header (contract/control-api.ts). */
export interface SentToken {
  readonly authorization: string | undefined;
  readonly own: string | undefined;
}

/** Whether a request carries the token. */
export function carriesToken({ authorization, own }: SentToken, token: string): boolean {
  const given = BEARER.exec(authorization ?? '')?.[1] ?? BARE.exec(own ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}
