import { CONTROL_SOURCE } from '../../domain/risk/decide-control.ts';
import { type Demand, type DemandState, stricter } from '../../domain/risk/demands.ts';
import type { ControlOperation, Ledger, LedgerTransaction } from '../../ports/ledger.ts';

/** A call that tightens. */
export type Tightening = ControlOperation & { readonly action: 'halt' | 'reduce-only' };

const STATES: Readonly<Record<Tightening['action'], DemandState>> = {
  halt: 'Halted',
  'reduce-only': 'ReduceOnly',
};

/** What a tightening call demands. */
export const demandedBy = (operation: Pick<Tightening, 'action'>): DemandState => STATES[operation.action];

/**
 * Calls that are in force in memory because the ledger could not take them. Only ever tightens; what it holds goes to the
 * ledger when that is back, and only then out of memory. A process that dies before has lost it: its caller was told
 * `pending` and asks again.
 */
export class PendingLatch {
  #pending: readonly Tightening[] = [];

  /** The strictest of what is not written yet; undefined when nothing is pending. */
  get demand(): Demand | undefined {
    const [first, ...others] = this.#pending;
    if (first === undefined) return undefined;
    const state = others.map(demandedBy).reduce<DemandState>(stricter, demandedBy(first));
    return { source: CONTROL_SOURCE, state, reason: `${first.actor}: ${first.reason} (not written yet)` };
  }

  get operations(): readonly Tightening[] {
    return this.#pending;
  }

  /** In force from now on. The same call again changes nothing. */
  hold(operation: Tightening): void {
    if (this.#pending.some(({ operationId }) => operationId === operation.operationId)) return;
    this.#pending = [...this.#pending, operation];
  }

  /**
   * Writes what is pending, in the order it was asked for. What was written stays in force through the ledger.
   * @throws LedgerError while the ledger is away: what is not written stays pending
   */
  async settle(
    ledger: Pick<Ledger, 'transaction'>,
    write: (tx: LedgerTransaction, operation: Tightening) => Promise<void>,
  ): Promise<void> {
    for (const operation of this.#pending) {
      await ledger.transaction((tx) => write(tx, operation));
      this.#pending = this.#pending.filter((other) => other !== operation);
    }
  }
}
