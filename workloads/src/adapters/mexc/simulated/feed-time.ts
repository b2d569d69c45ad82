import { type Duration, SECOND, type Timestamp } from '../../../domain/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/logger.ts';
import { MexcError } from '../errors.ts';
import type { MarketTime } from '../market-time.ts';
import { feedTimeAt } from '../wire/simulator-handshake.ts';
import type { Greeting } from './greeting.ts';

export interface FeedTimeDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly greet: () => Promise<Greeting>;
  /** The simulator was started anew and has forgotten every order: nothing of this run can go on. Called once. */
  readonly onReplaced: (error: MexcError) => void;
}

/** How often the simulator's market is looked at: its speed may be changed, and it may be moved on at once. */
const LOOK_EVERY: Duration = SECOND;

const replaced = (before: Greeting, after: Greeting): MexcError =>
  new MexcError({
    code: 'SIMULATOR_REPLACED',
    class: 'terminal',
    retryable: false,
    definite: true,
    message: `the simulator was started anew (was ${before.instance}, now ${after.instance}) and has forgotten its orders; begin anew with --fresh`,
  });

/** The time of a simulator's market, followed by its handshake. */
export class FeedTime implements MarketTime {
  readonly #deps: FeedTimeDeps;
  #latest: Greeting;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #silent = false;

  /** @param first the greeting by which the simulator proved itself */
  constructor(first: Greeting, deps: FeedTimeDeps) {
    this.#deps = deps;
    this.#latest = first;
  }

  get instance(): string {
    return this.#latest.instance;
  }

  speed(): number {
    return this.#latest.segments.at(-1)?.speed ?? 0;
  }

  now(): Timestamp {
    return feedTimeAt(this.#latest.segments, this.#deps.clock.now() + this.#latest.offset);
  }

  at(requestTime: Timestamp): Timestamp {
    return feedTimeAt(this.#latest.segments, requestTime);
  }

  /** Follows the market from now on. */
  start(): void {
    this.#cancel = this.#deps.clock.after(LOOK_EVERY, () => void this.look());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Looks now. A simulator that does not answer is asked again: its market goes on as it did. */
  async look(): Promise<void> {
    const { greet, log, onReplaced } = this.#deps;
    try {
      const greeting = await greet();
      this.#silent = false;
      if (greeting.instance !== this.#latest.instance) {
        this.stop();
        onReplaced(replaced(this.#latest, greeting));
        return;
      }
      this.#latest = greeting;
    } catch (error) {
      if (!this.#silent) {
        log.warn({ error: String(error) }, 'the simulator does not answer; it is asked again');
      }
      this.#silent = true;
    }
    if (!this.#stopped) this.start();
  }
}

/** Between two looks whether a timer is due, while the market runs slower than the real time or is held. */
const LONGEST_WAIT: Duration = SECOND;

/**
 * A clock that shows a market's time. Timers wait for at least as long in real time as they say: what is waited for (an
 * answer, a report) comes in real time however fast the market runs.
 */
export class MarketClock implements Clock {
  readonly #market: MarketTime;
  readonly #real: Clock;
  #latest: Timestamp = 0;

  constructor(market: MarketTime, real: Clock) {
    this.#market = market;
    this.#real = real;
  }

  now(): Timestamp {
    this.#latest = Math.max(this.#latest, this.#market.now());
    return this.#latest;
  }

  after(delay: Duration, task: () => void): () => void {
    const due = this.now() + delay;
    let cancel: () => void;
    const fire = (): void => {
      if (this.now() >= due) task();
      else cancel = this.#real.after(Math.min(LONGEST_WAIT, Math.max(1, due - this.now())), fire);
    };
    cancel = this.#real.after(delay, fire);
    return () => {
      cancel();
    };
  }
}
