/**
 * The work queue: keys, each at most once, highest priority first, first come first served within one. A key in work is
 * not handed out again; when it is added meanwhile it comes back once afterwards. Failures wait per key, doubling.
 */
import { type BackOffSettings, exponential } from './back-off.ts';
import type { Clock } from './clock.ts';

/** Higher is sooner. */
export const PRIORITY = { stop: 300, change: 200, drift: 100, resync: 0 } as const;

export interface QueueEvents {
  added(): void;
  /** A key was handed out after waiting so long, ms. */
  taken(waited: number): void;
  /** Work on a key ended after so long, ms. */
  done(worked: number): void;
  retried(): void;
}

export interface WorkQueue {
  add(key: string, priority: number): void;
  /** Add once `delay` ms have passed; an earlier time for the key wins over a later one. */
  addAfter(key: string, priority: number, delay: number): void;
  /** Add after the wait of the key's failures so far, but not before `atLeast` ms. */
  addFailed(key: string, priority: number, atLeast?: number): void;
  /** The key succeeded: its failures are forgotten. */
  forget(key: string): void;
  failures(key: string): number;
  /** The next key; undefined once the queue is shut down. */
  take(): Promise<{ readonly key: string; readonly priority: number } | undefined>;
  /** Work on a key has ended. */
  finish(key: string): void;
  shutDown(): void;
  readonly depth: number;
  /** Since when each key is in work, on the monotonic clock. */
  working(): ReadonlyMap<string, number>;
}

interface Waiting {
  readonly priority: number;
  readonly since: number;
}
interface Delayed {
  readonly priority: number;
  readonly due: number;
  readonly cancel: () => void;
}

export function makeQueue(deps: {
  readonly clock: Clock;
  readonly backOff: BackOffSettings;
  readonly events: QueueEvents;
}): WorkQueue {
  return new PriorityQueue(deps.clock, deps.backOff, deps.events);
}

class PriorityQueue implements WorkQueue {
  readonly #clock: Clock;
  readonly #backOff: BackOffSettings;
  readonly #events: QueueEvents;
  /** By priority, each a list in order of arrival. */
  readonly #ready = new Map<number, Set<string>>();
  readonly #waiting = new Map<string, Waiting>();
  /** Added while in work. */
  readonly #dirty = new Map<string, number>();
  readonly #working = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((item: { key: string; priority: number } | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock, backOff: BackOffSettings, events: QueueEvents) {
    this.#clock = clock;
    this.#backOff = backOff;
    this.#events = events;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string, priority: number): void {
    if (this.#closed) return;
    if (this.#working.has(key)) {
      this.#addAgain(key, priority);
      return;
    }
    const known = this.#waiting.get(key);
    if (known !== undefined && known.priority >= priority) return;
    if (known === undefined) this.#events.added();
    else this.#ready.get(known.priority)?.delete(key);
    this.#waiting.set(key, { priority, since: known?.since ?? this.#clock.monotonic() });
    this.#lane(priority).add(key);
    this.#handOut();
  }

  /** It is in work: it comes back once that has ended. */
  #addAgain(key: string, priority: number): void {
    const known = this.#dirty.get(key);
    if (known === undefined) this.#events.added();
    this.#dirty.set(key, Math.max(priority, known ?? priority));
  }

  addAfter(key: string, priority: number, delay: number): void {
    if (this.#closed) return;
    if (delay <= 0) {
      this.add(key, priority);
      return;
    }
    const due = this.#clock.monotonic() + delay;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due && known.priority >= priority) return;
    known?.cancel();
    const soonest = known === undefined ? due : Math.min(due, known.due);
    const highest = known === undefined ? priority : Math.max(priority, known.priority);
    const cancel = this.#clock.after(Math.max(0, soonest - this.#clock.monotonic()), () => {
      this.#delayed.delete(key);
      this.add(key, highest);
    });
    this.#delayed.set(key, { priority: highest, due: soonest, cancel });
  }

  addFailed(key: string, priority: number, atLeast = 0): void {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    this.#events.retried();
    this.addAfter(key, priority, Math.max(atLeast, exponential(this.#backOff, failures)));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  take(): Promise<{ readonly key: string; readonly priority: number } | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  finish(key: string): void {
    const began = this.#working.get(key);
    if (began === undefined) return;
    this.#working.delete(key);
    this.#events.done(this.#clock.monotonic() - began);
    const again = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (again === undefined || this.#closed) return;
    this.#waiting.set(key, { priority: again, since: this.#clock.monotonic() });
    this.#lane(again).add(key);
    this.#handOut();
  }

  shutDown(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#ready.clear();
    this.#dirty.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  working(): ReadonlyMap<string, number> {
    return this.#working;
  }

  #lane(priority: number): Set<string> {
    const known = this.#ready.get(priority);
    if (known !== undefined) return known;
    const fresh = new Set<string>();
    this.#ready.set(priority, fresh);
    return fresh;
  }

  #handOut(): void {
    if (this.#closed) {
      for (const resolve of this.#takers.splice(0)) resolve(undefined);
      return;
    }
    while (this.#takers.length > 0) {
      const next = this.#first();
      if (next === undefined) return;
      this.#takers.shift()?.(next);
    }
  }

  #first(): { readonly key: string; readonly priority: number } | undefined {
    for (const priority of [...this.#ready.keys()].toSorted((a, b) => b - a)) {
      const [key] = this.#ready.get(priority) ?? [];
      if (key === undefined) continue;
      this.#ready.get(priority)?.delete(key);
      const waited = this.#clock.monotonic() - (this.#waiting.get(key)?.since ?? 0);
      this.#waiting.delete(key);
      this.#working.set(key, this.#clock.monotonic());
      this.#events.taken(waited);
      return { key, priority };
    }
    return undefined;
  }
}
