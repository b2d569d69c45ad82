import { setTimeout as pause } from 'node:timers/promises';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import type { MexcDeps } from '../../src/adapters/mexc/mexc-venue.ts';
import { MEXC_SETTINGS, type MexcSettings } from '../../src/adapters/mexc/mexc-settings.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { LoopbackVenue } from './loopback-venue.ts';

/** Minute 0 of the tests. */
export const START = 1_736_410_680_000;

/** Metrics that add up: `count('name', 'label')`. */
export class CountingMetrics implements Metrics {
  readonly #sums = new Map<string, number>();

  count(name: string, ...labels: readonly string[]): number {
    return this.#sums.get([name, ...labels].join(' ')) ?? 0;
  }

  /** How many series there are: what comes from outside must not make new ones without end. */
  get series(): number {
    return this.#sums.size;
  }

  counter({ name }: { readonly name: string }) {
    return {
      add: (amount: number, labels: Readonly<Record<string, string>>) => {
        const key = [name, ...Object.values(labels)].join(' ');
        this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
      },
    };
  }

  gauge({ name }: { readonly name: string }) {
    return {
      set: (value: number, labels: Readonly<Record<string, string>>) => {
        this.#sums.set([name, ...Object.values(labels)].join(' '), value);
      },
      follow: () => undefined,
    };
  }

  histogram() {
    return { observe: () => undefined };
  }
}

/** A logger that keeps every line as text, so that tests can look for what must not be in it. */
export class KeepingLogger implements Logger {
  readonly lines: string[] = [];
  readonly debug = this.#keep.bind(this);
  readonly info = this.#keep.bind(this);
  readonly warn = this.#keep.bind(this);
  readonly error = this.#keep.bind(this);

  child(): Logger {
    return this;
  }

  #keep(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }
}

export interface Harness {
  readonly clock: EventClock;
  readonly metrics: CountingMetrics;
  readonly deps: MexcDeps;
  /** Moves the clock on in small steps, with real I/O between them, until the condition holds. */
  until(condition: () => boolean, what: string, step?: number): Promise<void>;
  /** Real I/O without any time passing on the clock. */
  settle(condition: () => boolean, what: string): Promise<void>;
  /** Lets `duration` pass on the clock, with I/O between the steps. */
  pass(duration: number, step?: number): Promise<void>;
}

/** Turns of real I/O before a condition counts as never met. */
const TURNS = 4_000;

export function makeHarness(
  venue: Pick<LoopbackVenue, 'restUrl' | 'wsUrl'>,
  options: {
    readonly settings?: Partial<MexcSettings>;
    readonly log?: Logger;
    readonly random?: () => number;
  } = {},
): Harness {
  const clock = new EventClock(START);
  const metrics = new CountingMetrics();
  const settings: MexcSettings = {
    ...MEXC_SETTINGS,
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    ...options.settings,
  };
  const loop = async (condition: () => boolean, what: string, step: number): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      if (condition()) return;
      if (step > 0) clock.advanceTo(clock.now() + step);
      await pause(1);
    }
    throw new Error(`it never came to this: ${what}`);
  };
  return {
    clock,
    metrics,
    deps: {
      clock,
      random: options.random ?? (() => 0.5),
      fetch: (url, init) => fetch(url, init),
      openSocket: openWebSocket,
      log: options.log ?? QUIET_LOGGER,
      metrics,
      settings,
    },
    until: (condition, what, step = 50) => loop(condition, what, step),
    settle: (condition, what) => loop(condition, what, 0),
    pass: async (duration, step = 500) => {
      const end = clock.now() + duration;
      await loop(() => clock.now() >= end, `${duration} ms`, step);
    },
  };
}
