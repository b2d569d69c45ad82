/**
 * One writer an exchange account: the fencing epoch (trading-rules: fencing).
 *
 * All times are the venue's, the clock that judges signed requests. A lease is renewed while its holder lives; every
 * ledger write checks the epoch in its own transaction, and a signed request carries the time taken before its check and
 * a window that ends before the lease does. So what a process signed cannot be accepted once its lease is over, however
 * long it was frozen in between and however wrong its estimate of the venue's time was; and a new owner waits longer
 * than that before it trades.
 */
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { withinPatience } from '../control/deadline.ts';
import { isLedgerAway } from './ledger-outage.ts';
import type { Ledger, LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';

export interface FenceSettings {
  readonly lease: Duration;
  /** A request's window ends so much before the lease. */
  readonly margin: Duration;
  /** The longest window of a request. */
  readonly recvWindow: Duration;
  /** How much longer than lease and window a new owner waits. */
  readonly patience: Duration;
  /** A request waits so long for the ledger's answer. */
  readonly answer: Duration;
}

export const FENCE_SETTINGS: FenceSettings = {
  lease: 10 * SECOND,
  margin: SECOND / 2,
  recvWindow: 5 * SECOND,
  patience: SECOND,
  answer: 2 * SECOND,
};

/** Renewed when so much of it is left. */
const RENEW_AT_RATIO = 2 / 3;

export interface FenceDeps {
  readonly ledger: Ledger;
  /** Names this life of this process. */
  readonly holder: string;
  /** The venue's time now. Throws when it is not known. */
  readonly venueNow: () => Timestamp;
  /** The clock of `validUntil`. */
  readonly clock: Clock;
  /** Of the wait for the ledger's answer: the machine's. @default `clock` */
  readonly waits?: Clock;
  readonly settings?: FenceSettings;
}

/** Another process is the owner now: this one must end. */
export class FencedError extends Error {
  readonly code = 'FENCED';
  readonly retryable = false;
  constructor(own: number, found: string) {
    super(`epoch ${own} of this process is over: the ledger has ${found}`);
    this.name = 'FencedError';
  }
}

export interface StampWish {
  readonly purpose: 'submit' | 'cancel' | 'read';
  /** Our id, for order writes. */
  readonly orderId?: string;
  readonly venueNow: () => Timestamp;
}

export interface Stamp {
  readonly timestamp: Timestamp;
  readonly recvWindow: Duration;
}

/** What a fence promises to those who write and send. */
export interface Fence {
  /**
   * Becomes the owner. Returns when (venue's time) it may trade: at once when nobody was before, else when nothing that
   * an earlier owner signed can be accepted any more.
   */
  acquire(): Promise<Timestamp>;
  /** Prolongs the lease, if it is time. @throws FencedError */
  renew(): Promise<void>;
  /** Before a write, in its transaction. @throws FencedError */
  check(tx: LedgerReading): Promise<void>;
  /** Whether the waiting time is over. */
  mayTrade(): boolean;
  /** Gives the lease back. A fence that was lost gives nothing back. */
  release(): Promise<void>;
}

/** For a process that is the only writer by construction: its orders go nowhere but into its own ledger. */
export const NO_FENCE: Fence = {
  acquire: () => Promise.resolve(0),
  renew: () => Promise.resolve(),
  check: () => Promise.resolve(),
  mayTrade: () => true,
  release: () => Promise.resolve(),
};

export class EpochFence implements Fence {
  readonly #deps: FenceDeps;
  readonly #settings: FenceSettings;
  #epoch = 0;
  /** As last confirmed by the ledger. */
  #leaseUntil: Timestamp = 0;
  #tradesFrom: Timestamp = Infinity;
  #isLost = false;

  constructor(deps: FenceDeps) {
    this.#deps = deps;
    this.#settings = deps.settings ?? FENCE_SETTINGS;
  }

  /** 0 before it was acquired. */
  get epoch(): number {
    return this.#epoch;
  }

  /** When (venue's time) this owner may trade; Infinity before it is one. */
  get tradesFrom(): Timestamp {
    return this.#tradesFrom;
  }

  async acquire(): Promise<Timestamp> {
    const { ledger, holder, venueNow } = this.#deps;
    const { lease, recvWindow, patience } = this.#settings;
    await ledger.transaction(async (tx) => {
      const before = await tx.epoch();
      const now = venueNow();
      const isOwn = before?.holder === holder;
      const epoch = isOwn ? before.epoch : (before?.epoch ?? 0) + 1;
      const next = { epoch, holder, leaseUntil: now + lease };
      await tx.putEpoch(next, before?.epoch);
      this.#epoch = epoch;
      this.#leaseUntil = next.leaseUntil;
      if (isOwn) return;
      this.#tradesFrom =
        before === undefined ? now : Math.max(now, before.leaseUntil + recvWindow + patience);
    });
    return this.#tradesFrom;
  }

  async renew(): Promise<void> {
    const { ledger, venueNow } = this.#deps;
    if (this.#leaseUntil - venueNow() > this.#settings.lease * RENEW_AT_RATIO) return;
    await ledger.transaction((tx) => this.#renewIn(tx));
  }

  async check(tx: LedgerReading): Promise<void> {
    const stored = await tx.epoch();
    if (!this.#isLost && stored?.epoch === this.#epoch && stored.holder === this.#deps.holder) {
      this.#leaseUntil = stored.leaseUntil;
      return;
    }
    this.#isLost = true;
    const found = stored === undefined ? 'none' : `epoch ${stored.epoch} of ${stored.holder}`;
    throw new FencedError(this.#epoch, found);
  }

  mayTrade(): boolean {
    return !this.#isLost && this.#deps.venueNow() >= this.#tradesFrom;
  }

  async release(): Promise<void> {
    if (this.#isLost || this.#epoch === 0) return;
    const { ledger, holder, venueNow } = this.#deps;
    await ledger.transaction(async (tx) => {
      const stored = await tx.epoch();
      if (stored?.epoch !== this.#epoch || stored.holder !== holder) return;
      await tx.putEpoch({ ...stored, leaseUntil: Math.min(stored.leaseUntil, venueNow()) }, this.#epoch);
    });
    this.#isLost = true;
  }

  /**
   * The time and window of one signed request (the venue adapter's `TakeStamp`); undefined when this process must not
   * send it. An order is only placed while the ledger says SUBMITTING and before its `validUntil`. Cancels and reads go
   * on while the ledger is away: a halt must reach the venue then, and neither adds risk.
   */
  readonly takeStamp = async (wish: StampWish): Promise<Stamp | undefined> => {
    // Before the check, so that the window is never reckoned from a later moment than the lease.
    const timestamp = wish.venueNow();
    const { ledger, clock, waits = clock } = this.#deps;
    try {
      return await withinPatience(
        waits,
        this.#settings.answer,
        ledger.transaction((tx) => this.#stamp(tx, wish, timestamp)),
      );
    } catch (error) {
      if (error instanceof FencedError) return undefined;
      if (wish.purpose === 'submit' || this.#isLost || !isLedgerAway(error)) throw error;
      return { timestamp, recvWindow: this.#window(timestamp, this.#leaseUntil) ?? SECOND };
    }
  };

  async #stamp(tx: LedgerTransaction, wish: StampWish, timestamp: Timestamp): Promise<Stamp | undefined> {
    await this.check(tx);
    const { lease, margin } = this.#settings;
    if (this.#leaseUntil - timestamp < lease / 2 + margin) await this.#renewIn(tx);
    const limit = wish.purpose === 'submit' ? await this.#sendableFor(tx, wish.orderId) : Infinity;
    const window = this.#window(timestamp, this.#leaseUntil);
    if (limit === undefined || window === undefined) return undefined;
    return { timestamp, recvWindow: Math.min(window, limit) };
  }

  /** For how long the order may still be sent; undefined when it may not. */
  async #sendableFor(tx: LedgerReading, orderId: string | undefined): Promise<Duration | undefined> {
    const order = orderId === undefined ? undefined : await tx.order(orderId);
    if (order?.state !== 'SUBMITTING' || !this.mayTrade()) return undefined;
    const left = (order.validUntil ?? Infinity) - this.#deps.clock.now();
    // Too late for the venue as well: the adapter refuses a window of nothing as TOO_LATE.
    return Math.max(0, left);
  }

  #window(timestamp: Timestamp, leaseUntil: Timestamp): Duration | undefined {
    const { margin, recvWindow } = this.#settings;
    const window = Math.min(recvWindow, leaseUntil - margin - timestamp);
    return window >= 1 ? window : undefined;
  }

  async #renewIn(tx: LedgerTransaction): Promise<void> {
    await this.check(tx);
    const leaseUntil = Math.max(this.#leaseUntil, this.#deps.venueNow() + this.#settings.lease);
    await tx.putEpoch({ epoch: this.#epoch, holder: this.#deps.holder, leaseUntil }, this.#epoch);
    this.#leaseUntil = leaseUntil;
  }
}

/** A ledger every transaction of which checks the epoch first, and fails with FencedError when it is over. */
export function fencedLedger(ledger: Ledger, fence: Fence): Ledger {
  return {
    identity: ledger.identity,
    transaction: (work) =>
      ledger.transaction(async (tx) => {
        await fence.check(tx);
        return work(tx);
      }),
    close: () => ledger.close(),
  };
}
