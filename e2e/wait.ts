/** Waiting for a condition, aloud: every wait says what for, and how long it took. */
import { setTimeout as delay } from 'node:timers/promises';

const ASK_EVERY = 1_000;
const SAY_EVERY = 30_000;

/** What did not come about within its limit. */
export class WaitError extends Error {
  readonly code = 'WAITED_IN_VAIN';
  constructor(what: string, seconds: number, last: string) {
    super(`waited ${seconds} s in vain: ${what}${last === '' ? '' : `; last seen: ${last}`}`);
    this.name = 'WaitError';
  }
}

export type Look = () => Promise<true | string>;
export type Until = (what: string, look: Look, limitSeconds?: number) => Promise<number>;

/**
 * Looks every second until the answer is `true`; any other answer says what is seen instead. A look that throws is
 * looked again: API servers and pods are away at times. Gives the seconds it took.
 */
export function makeUntil(say: (line: string) => void, patience: number): Until {
  return async (what, look, limitSeconds = 180) => {
    const start = performance.now();
    const limit = limitSeconds * patience;
    let said = start;
    for (;;) {
      const seen = await look().catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      const seconds = (performance.now() - start) / 1_000;
      if (seen === true) {
        say(`  ${seconds.toFixed(1).padStart(5)} s  ${what}`);
        return seconds;
      }
      if (seconds > limit) throw new WaitError(what, Math.round(seconds), seen);
      if (performance.now() - said > SAY_EVERY) {
        said = performance.now();
        say(`    … waiting until ${what}; now: ${seen.split('\n')[0] ?? ''}`);
      }
      await delay(ASK_EVERY);
    }
  };
}
