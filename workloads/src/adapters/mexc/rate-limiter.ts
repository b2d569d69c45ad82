import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { notSent } from './errors.ts';
import { type Bucket, type Budget, fullBucket, refilled, taken, waitFor } from './token-bucket.ts';

/**
 * What a request is for, most urgent first. A cancel does not wait for the shared budget (it borrows from it), only for
 * the venue's own pool of order writes: a halt must not queue behind history downloads.
 */
export type Lane = 'cancel' | 'order' | 'query' | 'background';
const LANES: readonly Lane[] = ['cancel', 'order', 'query', 'background'];

export interface RateLimits {
  /** Requests: this process's part of those of its IP address. */
  readonly requests: Budget;
  /** Their weights. */
  readonly weight: Budget;
  /** Placing orders, a part of the pool. */
  readonly orders: Budget;
  /** Placing and cancelling together: the venue's pool. */
  readonly orderPool: Budget;
  /** Waiting requests beyond this are refused: memory is bounded. */
  readonly maxWaiting: number;
}

/** The weight of the heaviest requests (all instruments, all tickers): a smaller burst would never let one go. */
const HEAVIEST = 25;
/** Weight in any 10 s. */
const WEIGHT_PER_10S = 300;
/** A smaller share would have no weight left beside its burst. */
const LEAST_SHARE = 0.1;

/** Parts of the budget of an address, each from 0.1 to 1. */
export interface BudgetShare {
  readonly requests: number;
  readonly weight: number;
}

const WHOLE: BudgetShare = { requests: 1, weight: 1 };

/**
 * The cautious budget: ≤ 10 requests in any second, ≤ 300 weight in any 10 s, ≤ 5 placed orders and ≤ 12 order writes in
 * any second. The venue's limits are contradictory; its firewall bites at 20 to 30 requests/s.
 * @param share what is this process's own of requests and weight: they are counted per IP address. Up to three limiters
 *   whose shares add up to 1 keep to the budget together. The pool of order writes is not divided: one process places
 *   orders.
 * @throws RangeError for another share
 */
export function cautiousLimits(share = WHOLE): RateLimits {
  for (const part of [share.requests, share.weight]) {
    if (part >= LEAST_SHARE && part <= 1) continue;
    throw new RangeError(`a share of the rate budget is from ${LEAST_SHARE} to 1: was ${part}`);
  }
  const perSecond = 8 * share.requests;
  const weightBurst = Math.max(HEAVIEST, 60 * share.weight);
  return {
    // A burst of 1 cannot be divided; the rate leaves room for three of them.
    requests: { burst: Math.max(1, 2 * share.requests), perSecond },
    weight: { burst: weightBurst, perSecond: (WEIGHT_PER_10S * share.weight - weightBurst) / 10 },
    // Placing without pause must not keep what was placed from being looked up.
    orders: { burst: 1, perSecond: Math.min(4, 0.75 * perSecond) },
    orderPool: { burst: 4, perSecond: 8 },
    maxWaiting: 5_000,
  };
}

export interface Permit {
  readonly lane: Lane;
  /** The endpoint's weight in the venue's table. */
  readonly weight: number;
  /** Local time after which the request is pointless. */
  readonly deadline?: Timestamp;
}

interface Waiting extends Permit {
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * The one queue in front of all requests of this process. Strict priority by lane, first come first served within a
 * lane. All clients of a process share one.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #limits: RateLimits;
  readonly #queues: Readonly<Record<Lane, Waiting[]>> = { cancel: [], order: [], query: [], background: [] };
  #requests: Bucket;
  #weight: Bucket;
  #orders: Bucket;
  #orderPool: Bucket;
  #quietUntil: Timestamp;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, limits: RateLimits) {
    const now = clock.now();
    this.#clock = clock;
    this.#limits = limits;
    this.#requests = fullBucket(limits.requests, now);
    this.#weight = fullBucket(limits.weight, now);
    this.#orders = fullBucket(limits.orders, now);
    this.#orderPool = fullBucket(limits.orderPool, now);
    this.#quietUntil = now;
  }

  /**
   * Resolves when the request may be sent; its cost is taken.
   * @throws MexcError RATE_QUEUE_FULL, TOO_LATE (its deadline passed) or CLOSED; nothing was sent then
   * @throws RangeError when the weight exceeds the burst, so that it could never be granted
   */
  acquire(permit: Permit): Promise<void> {
    if (permit.weight > this.#limits.weight.burst) {
      throw new RangeError(
        `a weight of at most ${this.#limits.weight.burst} can be granted: was ${permit.weight}`,
      );
    }
    if (this.#closed) return Promise.reject(notSent('CLOSED', 'terminal', 'the MEXC client is closed'));
    if (permit.lane !== 'cancel' && this.waiting() >= this.#limits.maxWaiting) {
      const text = `${this.waiting()} requests wait for MEXC's rate budget already; try again later`;
      return Promise.reject(notSent('RATE_QUEUE_FULL', 'retryable', text));
    }
    return new Promise((grant, refuse) => {
      this.#queues[permit.lane].push({ ...permit, grant, refuse });
      this.#drain();
    });
  }

  /** The venue wants quiet: nothing is sent for `duration`, cancels neither (a ban would only grow). */
  pause(duration: Duration): void {
    this.#quietUntil = Math.max(this.#quietUntil, this.#clock.now() + duration);
  }

  /** How long the venue still wants quiet; 0 when it does not. */
  quietFor(): Duration {
    return Math.max(0, this.#quietUntil - this.#clock.now());
  }

  waiting(): number {
    return LANES.reduce((sum, lane) => sum + this.#queues[lane].length, 0);
  }

  /** Refuses what waits and whatever comes. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    for (const lane of LANES) {
      for (const waiting of this.#queues[lane].splice(0)) {
        waiting.refuse(
          notSent('CLOSED', 'terminal', 'the MEXC client was closed before the request was sent'),
        );
      }
    }
  }

  #refill(now: Timestamp): void {
    this.#requests = refilled(this.#requests, this.#limits.requests, now);
    this.#weight = refilled(this.#weight, this.#limits.weight, now);
    this.#orders = refilled(this.#orders, this.#limits.orders, now);
    this.#orderPool = refilled(this.#orderPool, this.#limits.orderPool, now);
  }

  #expire(now: Timestamp): void {
    for (const lane of LANES) {
      const queue = this.#queues[lane];
      for (let at = queue.length - 1; at >= 0; at -= 1) {
        const waiting = queue[at];
        if (waiting?.deadline === undefined || waiting.deadline > now) continue;
        queue.splice(at, 1);
        waiting.refuse(
          notSent('TOO_LATE', 'terminal', 'the deadline passed while waiting for MEXC’s rate budget'),
        );
      }
    }
  }

  /** How long the head of a lane has to wait for its own pool and, unless it may borrow, for the shared budget. */
  #wait({ lane, weight }: Permit): { readonly own: Duration; readonly shared: Duration } {
    const writes = lane === 'cancel' || lane === 'order';
    const pool = writes ? waitFor(this.#orderPool, this.#limits.orderPool, 1) : 0;
    const orders = lane === 'order' ? waitFor(this.#orders, this.#limits.orders, 1) : 0;
    if (lane === 'cancel') return { own: pool, shared: 0 };
    return {
      own: Math.max(pool, orders),
      shared: Math.max(
        waitFor(this.#requests, this.#limits.requests, 1),
        waitFor(this.#weight, this.#limits.weight, weight),
      ),
    };
  }

  #take({ lane, weight }: Permit): void {
    this.#requests = taken(this.#requests, this.#limits.requests, 1);
    this.#weight = taken(this.#weight, this.#limits.weight, weight);
    if (lane === 'order') this.#orders = taken(this.#orders, this.#limits.orders, 1);
    if (lane === 'cancel' || lane === 'order') {
      this.#orderPool = taken(this.#orderPool, this.#limits.orderPool, 1);
    }
  }

  /** Grants what may go of one lane; what then blocks its head, undefined when the lane is empty. */
  #grantLane(lane: Lane): { readonly own: Duration; readonly shared: Duration } | undefined {
    const queue = this.#queues[lane];
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const wait = this.#wait(head);
      if (wait.own > 0 || wait.shared > 0) return wait;
      queue.shift();
      this.#take(head);
      head.grant();
    }
    return undefined;
  }

  /** Grants what may go now; returns when to look again, undefined when nothing waits. */
  #grant(): Duration | undefined {
    let next: Duration | undefined;
    for (const lane of LANES) {
      const blocked = this.#grantLane(lane);
      if (blocked === undefined) continue;
      // The shared budget may be back before this lane's own pool: then it is for the others.
      const wait = blocked.shared > 0 ? blocked.shared : blocked.own;
      next = Math.min(next ?? wait, wait);
      // Less urgent lanes must not take what this one waits for.
      if (blocked.shared > 0) return next;
    }
    return next;
  }

  #nextDeadline(now: Timestamp): Duration | undefined {
    let next: Duration | undefined;
    for (const lane of LANES) {
      for (const { deadline } of this.#queues[lane]) {
        if (deadline !== undefined) next = Math.min(next ?? deadline - now, deadline - now);
      }
    }
    return next;
  }

  #drain(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    this.#expire(now);
    this.#refill(now);
    const quiet = this.quietFor();
    const wait = quiet > 0 ? (this.waiting() > 0 ? quiet : undefined) : this.#grant();
    if (wait === undefined) return;
    const deadline = this.#nextDeadline(now);
    this.#cancelTimer = this.#clock.after(Math.min(wait, deadline ?? wait), () => {
      this.#drain();
    });
  }
}
