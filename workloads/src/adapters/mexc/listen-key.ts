import { type Duration, MINUTE, type Timestamp } from '../../domain/time.ts';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { CredentialSource } from './credentials.ts';
import type { SignedRest } from './signed-rest.ts';
import type { Method } from './http-transport.ts';
import type { ReplySchema } from './reply-schema.ts';
import type { Parameters } from './wire/query.ts';
import { listenKeyReply } from './wire/rest-fields.ts';

export interface ListenKeyDeps {
  readonly rest: SignedRest;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** The key in use is no longer good: the stream would die silently. */
  readonly onLost: (reason: string) => void;
}

const PATH = '/api/v3/userDataStream';
/** A key lives 60 minutes from its last renewal. */
const RENEW_EVERY: Duration = 20 * MINUTE;
const RETRY_AFTER: Duration = MINUTE;
/** A replaced key is deleted when the new stream had time to come up: deleting a key ends its stream. */
const DELETE_AFTER: Duration = MINUTE;
/** Renewed no later than this, or given up: a stream whose key expired falls silent without a word. */
const LIFE: Duration = 50 * MINUTE;

interface Held {
  readonly key: string;
  readonly fingerprint: string;
  readonly goodUntil: Timestamp;
}

/**
 * The key of the private stream: made anew for each connection, renewed every 20 minutes, deleted when replaced so that
 * the account's quota of keys is not used up. A changed credential needs a new key too.
 */
export class ListenKey {
  readonly #deps: ListenKeyDeps;
  readonly #former = new Map<string, () => void>();
  #held: Held | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(deps: ListenKeyDeps) {
    this.#deps = deps;
  }

  /** A key for a new connection; the former one is deleted a little later. @throws MexcError */
  async next(): Promise<string> {
    const former = this.#held;
    const { fingerprint } = await this.#deps.credentials.current();
    const { listenKey } = await this.#call('POST', {}, listenKeyReply);
    this.#hold(listenKey, fingerprint);
    // The venue may hand out a former key again: deleting that would end the new stream.
    this.#former.get(listenKey)?.();
    this.#former.delete(listenKey);
    if (former !== undefined && former.key !== listenKey) this.#deleteLater(former.key);
    return listenKey;
  }

  /** Deletes the key, which also ends its stream. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    for (const cancel of this.#former.values()) cancel();
    const keys = [...this.#former.keys(), ...(this.#held === undefined ? [] : [this.#held.key])];
    this.#former.clear();
    this.#held = undefined;
    for (const key of keys) await this.#delete(key);
  }

  #deleteLater(key: string): void {
    const cancel = this.#deps.clock.after(DELETE_AFTER, () => {
      this.#former.delete(key);
      void this.#delete(key);
    });
    this.#former.set(key, cancel);
  }

  #call<T>(method: Method, parameters: Parameters, schema: ReplySchema<T>): Promise<T> {
    const permit = { lane: 'query', weight: 1 } as const;
    return this.#deps.rest.call({ method, path: PATH, parameters, permit, purpose: 'read', schema });
  }

  #hold(key: string, fingerprint: string): void {
    this.#held = { key, fingerprint, goodUntil: this.#deps.clock.now() + LIFE };
    this.#arm(RENEW_EVERY);
  }

  #arm(delay: Duration): void {
    this.#cancelTimer?.();
    if (this.#closed) return;
    this.#cancelTimer = this.#deps.clock.after(delay, () => void this.#extend());
  }

  async #extend(): Promise<void> {
    const { clock, credentials, log, onLost } = this.#deps;
    const held = this.#held;
    if (held === undefined) return;
    try {
      const { fingerprint } = await credentials.current();
      if (fingerprint !== held.fingerprint) {
        onLost('the credentials changed');
        return;
      }
      await this.#call('PUT', { listenKey: held.key }, z.unknown());
      if (this.#held === held) this.#hold(held.key, fingerprint);
    } catch (error) {
      log.warn({ error: String(error) }, 'cannot renew the key of MEXC’s private stream');
      if (clock.now() + RETRY_AFTER >= held.goodUntil) onLost('its key could not be renewed');
      else this.#arm(RETRY_AFTER);
    }
  }

  async #delete(key: string): Promise<void> {
    try {
      await this.#call('DELETE', { listenKey: key }, z.unknown());
    } catch (error) {
      this.#deps.log.warn(
        { error: String(error) },
        'cannot delete a key of MEXC’s private stream; it expires in an hour',
      );
    }
  }
}
