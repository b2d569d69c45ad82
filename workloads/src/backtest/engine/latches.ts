import type { OrderPurpose } from '../../domain/orders/order.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Demand, type DemandState, DRAWDOWN_SOURCE, effectiveState } from '../../domain/risk/demands.ts';
import type { Timestamp } from '../../domain/time.ts';
import { allowsOrder } from '../../services/state-gate.ts';

/** A breaker that latched, and until when: undefined while it is latched. */
export interface LatchedBreaker {
  readonly source: string;
  readonly state: DemandState;
  readonly reason: string;
  readonly since: Timestamp;
  until: Timestamp | undefined;
}

/** The demands on a back-tested bot: the spec's, and the breakers' that latched. */
export class Latches {
  readonly history: LatchedBreaker[] = [];
  readonly #spec: Demand | undefined;
  #state: BotState;

  constructor(spec: Demand | undefined) {
    this.#spec = spec;
    this.#state = effectiveState(spec === undefined ? [] : [spec]);
  }

  get state(): BotState {
    return this.#state;
  }

  get isDrawdownLatched(): boolean {
    return this.#isLatched(DRAWDOWN_SOURCE);
  }

  allows(purpose: OrderPurpose): boolean {
    return allowsOrder(this.#state, purpose);
  }

  /** False when the source was latched already. */
  latch(demand: Demand, since: Timestamp): boolean {
    if (this.#isLatched(demand.source)) return false;
    const { source, state, reason } = demand;
    this.history.push({ source, state, reason, since, until: undefined });
    this.#refresh();
    return true;
  }

  /** What a person would do at the beginning of a day (`--breaker daily`). */
  reset(at: Timestamp): void {
    for (const breaker of this.history) breaker.until ??= at;
    this.#refresh();
  }

  #isLatched(source: string): boolean {
    return this.history.some((breaker) => breaker.source === source && breaker.until === undefined);
  }

  #refresh(): void {
    const latched = this.history.filter(({ until }) => until === undefined);
    this.#state = effectiveState(this.#spec === undefined ? latched : [this.#spec, ...latched]);
  }
}
