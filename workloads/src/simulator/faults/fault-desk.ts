import type { Timestamp } from '../../domain/time.ts';
import type { Random } from '../random.ts';
import type { FaultKind, FaultOrder } from './fault.ts';

interface Armed {
  readonly id: number;
  readonly order: FaultOrder;
  readonly until: Timestamp;
  left: number;
}

/** A fault as the admin API shows it. */
export interface ArmedFault {
  readonly id: number;
  readonly order: FaultOrder;
  /** Strikes still to come; null: no limit. */
  readonly left: number | null;
}

const MOST = 200;

/** Which faults are armed, and how often each kind has struck. */
export class FaultDesk {
  readonly #random: Random;
  readonly #now: () => Timestamp;
  readonly #onStrike: (kind: FaultKind, target: string) => void;
  readonly #counts = new Map<FaultKind, number>();
  #armed: Armed[] = [];
  #lastId = 0;

  constructor(random: Random, now: () => Timestamp, onStrike: (kind: FaultKind, target: string) => void) {
    this.#random = random;
    this.#now = now;
    this.#onStrike = onStrike;
  }

  /** Undefined when too many are armed. */
  arm(order: FaultOrder): number | undefined {
    this.#sweep();
    if (this.#armed.length >= MOST) return undefined;
    this.#lastId += 1;
    const until = order.for === undefined ? Infinity : this.#now() + order.for;
    this.#armed.push({ id: this.#lastId, order, until, left: order.count ?? Infinity });
    return this.#lastId;
  }

  disarm(id: number): boolean {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter((fault) => fault.id !== id);
    return this.#armed.length < before;
  }

  clear(): void {
    this.#armed = [];
  }

  armed(): readonly ArmedFault[] {
    this.#sweep();
    return this.#armed.map(({ id, order, left }) => ({
      id,
      order,
      left: Number.isFinite(left) ? left : null,
    }));
  }

  /** How often each kind has struck. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** The fault of a kind that strikes the target now, if one does. Counts it. */
  strike(kind: FaultKind, target: string): FaultOrder | undefined {
    if (this.#armed.length === 0) return undefined;
    this.#sweep();
    for (const fault of this.#armed) {
      const { order } = fault;
      if (order.kind !== kind || !target.includes(order.match)) continue;
      if (order.chance < 1 && this.#random.next() >= order.chance) continue;
      fault.left -= 1;
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      this.#onStrike(kind, target);
      return order;
    }
    return undefined;
  }

  #sweep(): void {
    const now = this.#now();
    if (this.#armed.some(({ left, until }) => left <= 0 || until <= now)) {
      this.#armed = this.#armed.filter(({ left, until }) => left > 0 && until > now);
    }
  }
}
