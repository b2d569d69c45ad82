import type { Duration, Timestamp } from '../domain/time.ts';
import type { Random } from './random.ts';

export interface ListenKey {
  readonly key: string;
  readonly account: string;
  readonly expiresAt: Timestamp;
}

/** The documentation says 60 keys an account; its sample shows 200. */
export const MAX_LISTEN_KEYS = 60;
const KEY_LENGTH = 64;

/** The keys of private streams. They end by themselves unless they are prolonged. */
export class ListenKeys {
  readonly #random: Random;
  readonly #lifetime: Duration;
  readonly #keys = new Map<string, ListenKey>();

  constructor(random: Random, lifetime: Duration) {
    this.#random = random;
    this.#lifetime = lifetime;
  }

  /** Undefined when the account has as many as it may. */
  make(account: string, now: Timestamp): ListenKey | undefined {
    if (this.of(account, now).length >= MAX_LISTEN_KEYS) return undefined;
    const made = { key: this.#random.hex(KEY_LENGTH), account, expiresAt: now + this.#lifetime };
    this.#keys.set(made.key, made);
    return made;
  }

  /** Undefined when there is no such key, or not any more. */
  find(key: string, now: Timestamp): ListenKey | undefined {
    const found = this.#keys.get(key);
    if (found === undefined || found.expiresAt > now) return found;
    this.#keys.delete(key);
    return undefined;
  }

  of(account: string, now: Timestamp): readonly ListenKey[] {
    return [...this.#keys.values()].filter(
      (key) => key.account === account && this.find(key.key, now) !== undefined,
    );
  }

  /** Returns false when it is not a valid key of the account. */
  prolong(key: string, account: string, now: Timestamp): boolean {
    const found = this.find(key, now);
    if (found?.account !== account) return false;
    this.#keys.set(key, { ...found, expiresAt: now + this.#lifetime });
    return true;
  }

  remove(key: string, account: string): boolean {
    return this.#keys.get(key)?.account === account && this.#keys.delete(key);
  }
}
