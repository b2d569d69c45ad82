import { SECOND } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MarketUpdate } from '../../ports/venue.ts';
import { fullJitter } from '../backoff.ts';

export interface UpdateQueueDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** A tick was replaced by a later one. */
  readonly onConflated: () => void;
  /** How many updates wait has changed by so many. */
  readonly onBacklog: (change: number) => void;
}

const RETRY = { base: SECOND / 10, cap: 10 * SECOND };

/**
 * The updates of one symbol on their way to the listener: one at a time, in order. Ticks in a row are conflated to the
 * latest; candles and feed events are kept until the listener took them, so that a slow one costs little memory: at most
 * one tick for each candle. A listener that rejects gets a candle or feed event again; a tick is let go.
 */
export class UpdateQueue {
  readonly #deps: UpdateQueueDeps;
  readonly #listener: (update: MarketUpdate) => Promise<void>;
  #waiting: MarketUpdate[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(deps: UpdateQueueDeps, listener: (update: MarketUpdate) => Promise<void>) {
    this.#deps = deps;
    this.#listener = listener;
  }

  push(update: MarketUpdate): void {
    if (this.#stopped) return;
    if (update.kind === 'tick' && this.#waiting.at(-1)?.kind === 'tick') {
      this.#waiting[this.#waiting.length - 1] = update;
      this.#deps.onConflated();
      return;
    }
    this.#waiting.push(update);
    this.#deps.onBacklog(1);
    this.#running ??= this.#run();
  }

  /** Nothing is delivered afterwards; resolves when the delivery in hand is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deps.onBacklog(-this.#waiting.length);
    this.#waiting = [];
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Deliveries start in a later turn, so that what one frame brings is queued before the first is handed over.
    await Promise.resolve();
    for (let update = this.#waiting.shift(); update !== undefined; update = this.#waiting.shift()) {
      this.#deps.onBacklog(-1);
      await this.#deliver(update);
    }
    // In the turn in which the queue was found empty: a later push must start over.
    this.#running = undefined;
  }

  async #deliver(update: MarketUpdate): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#listener(update);
        return;
      } catch (error) {
        this.#deps.log.error(
          { kind: update.kind, attempt, error: String(error) },
          'an update of market data was rejected',
        );
      }
      if (update.kind === 'tick' || this.#stopped) return;
      await this.#pause(attempt);
    }
  }

  #pause(attempt: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(fullJitter(RETRY, attempt, this.#deps.random), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
