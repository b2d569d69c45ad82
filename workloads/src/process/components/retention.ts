/** Removing what nobody asks for any more: the marks of consumed events, which grow with every event. */
import { DAY, type Duration, HOUR, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';

/** No stream delivers an event again after this: consumed entries are trimmed, and pending ones end as dead letters. */
export const KEPT: Duration = 7 * DAY;
const EVERY: Duration = HOUR;

export class Retention {
  readonly #deps: { readonly ledger: Ledger; readonly clock: Clock; readonly log: Logger };
  #doneAt: Timestamp | undefined;

  constructor(deps: { readonly ledger: Ledger; readonly clock: Clock; readonly log: Logger }) {
    this.#deps = deps;
  }

  /** To be called now and then: removes what is old, at once and then every hour. */
  async tick(): Promise<void> {
    const { ledger, clock, log } = this.#deps;
    if (this.#doneAt !== undefined && clock.now() - this.#doneAt < EVERY) return;
    const removed = await ledger.transaction((tx) => tx.forgetConsumed(KEPT));
    this.#doneAt = clock.now();
    if (removed > 0) log.info({ removed }, 'old marks of consumed events were removed');
  }
}
