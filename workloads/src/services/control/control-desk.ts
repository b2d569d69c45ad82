/**
 * The control API of one service: the same on risk and on execution, so that either can be told to stop while the other
 * is dead. The ledger joins them; while it is away this process tightens in memory and loosens nothing.
 */
import type {
  ControlLimits,
  ControlOutcome,
  ControlRequest,
  ControlState,
} from '../../contract/control-api.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Demand, effectiveState, stricter } from '../../domain/risk/demands.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import { type ControlOperation, type Ledger, LedgerError } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { carryOut, type ControlSurroundings, writeLate } from './carry-out.ts';
import type { ControlTarget } from './control-target.ts';
import { controlView, type ProcessFacts, readStanding, type Standing } from './control-view.ts';
import { withinPatience } from './deadline.ts';
import { demandedBy, type PendingLatch, type Tightening } from './pending-latch.ts';

export interface ControlDeskDeps extends ControlSurroundings {
  readonly component: ControlState['component'];
  readonly ledger: Ledger;
  readonly log: Logger;
  /** Shared with the service, which takes its demand into every state it reads. */
  readonly latch: PendingLatch;
  /** Demands in force that are neither latched nor pending: the spec's, causes that can pass. */
  readonly unlatched: () => readonly (Demand & { readonly since: Timestamp })[];
  readonly facts: () => ProcessFacts;
  readonly limits: () => Promise<ControlLimits>;
  /** The state may have changed: act upon it now; the other service finds it by its scan of the ledger. */
  readonly onChange: () => Promise<void>;
}

/** How long a call waits for the ledger before it counts as away. */
const PATIENCE: Duration = SECOND;

export class ControlDesk implements ControlTarget {
  readonly #deps: ControlDeskDeps;
  /** Of the ledger, when it last answered. Before it ever did nothing is allowed. */
  #lastKnown: BotState = 'Halted';

  constructor(deps: ControlDeskDeps) {
    this.#deps = deps;
  }

  async act(request: ControlRequest): Promise<ControlOutcome> {
    const { ledger, clock } = this.#deps;
    try {
      await this.#settleWithin();
      const work = ledger.transaction((tx) => carryOut(this.#deps, tx, request));
      const outcome = await withinPatience(clock, PATIENCE, work);
      this.#react();
      return { ...outcome, state: this.#tightest(outcome.state) };
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return this.#withoutLedger(request, error);
    }
  }

  /** Writes what was tightened in memory. To be called from time to time; does nothing when nothing is pending. */
  async settle(): Promise<void> {
    const { ledger, latch } = this.#deps;
    if (latch.operations.length === 0) return;
    await latch.settle(ledger, (tx, operation) => writeLate(this.#deps, tx, operation));
    this.#react();
  }

  async state(): Promise<ControlState> {
    const { component, bot, latch, unlatched, facts, clock } = this.#deps;
    const now = clock.now();
    const pending = latch.operations.map((operation) => ({
      ...pendingDemand(operation),
      since: operation.time,
    }));
    const standing = await this.#standing();
    return controlView({
      component,
      bot,
      standing,
      unlatched: [...pending, ...unlatched()],
      assumed: this.#lastKnown,
      facts: facts(),
      now,
    });
  }

  limits(): Promise<ControlLimits> {
    return this.#deps.limits();
  }

  async #standing(): Promise<Standing | undefined> {
    const { ledger, clock, log } = this.#deps;
    try {
      const standing = await withinPatience(clock, PATIENCE, ledger.transaction(readStanding));
      this.#lastKnown = effectiveState(standing.demands);
      return standing;
    } catch (error) {
      log.warn({ error: String(error) }, 'the state is shown without the ledger');
      return undefined;
    }
  }

  #settleWithin(): Promise<void> {
    const { latch, clock } = this.#deps;
    return latch.operations.length === 0 ? Promise.resolve() : withinPatience(clock, PATIENCE, this.settle());
  }

  /** What follows may neither hold up nor break the answer: it is durable already, and the services scan the ledger. */
  #react(): void {
    const { log, onChange } = this.#deps;
    void onChange().catch((error: unknown) => {
      log.warn(
        { error: String(error) },
        'the change of the control API is left to the next scan of the ledger',
      );
    });
  }

  #withoutLedger(request: ControlRequest, error: LedgerError): ControlOutcome {
    const { clock, latch, log } = this.#deps;
    const { operationId, action, actor, reason } = request;
    log.error(
      { action, actor, code: error.code },
      'the ledger is away: the call is in force in memory at most',
    );
    if (action !== 'halt' && action !== 'reduce-only') {
      return {
        operationId,
        result: 'refused',
        code: 'LEDGER_AWAY',
        message: `${action} needs the ledger, which does not answer (${error.code}): ask again with the same id when it is back`,
        state: this.#tightest(this.#lastKnown),
      };
    }
    const message = `${demandedBy({ action })} is in force in this process and will be written when the ledger is back`;
    latch.hold({
      operationId,
      action,
      actor,
      reason,
      result: 'done',
      message,
      state: this.#tightest(demandedBy({ action })),
      time: clock.now(),
    });
    this.#react();
    return { operationId, result: 'pending', message, state: this.#tightest(this.#lastKnown) };
  }

  #tightest(state: BotState): BotState {
    const { latch, unlatched } = this.#deps;
    const pending = latch.demand;
    return stricter(state, effectiveState([...unlatched(), ...(pending === undefined ? [] : [pending])]));
  }
}

const pendingDemand = (operation: Tightening & ControlOperation): Demand => ({
  source: 'control (not written yet)',
  state: demandedBy(operation),
  reason: `${operation.actor}: ${operation.reason}`,
});
