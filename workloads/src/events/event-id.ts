import { hash } from 'node:crypto';

/**
 * A deterministic id: the same facts always give the same id, so that what is made again after a crash is recognised as
 * the same thing. 128 bits of SHA-256 over the parts, hex.
 */
export function eventId(...parts: readonly (string | number)[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 32);
}
