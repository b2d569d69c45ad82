import { reEnabled } from '../../domain/risk/activity.ts';
import { ENTRIES_SOURCE, specLatch } from '../../domain/risk/demands.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { specEntry } from '../journal-kinds.ts';
import { finishCommands, takeCommands } from './flatten-flow.ts';
import { type RiskContext, stateNow, tellState } from './risk-context.ts';

/**
 * What is latched and commanded, as last read from the ledger: another process may have changed it, so it is read again
 * at every scan and whenever the control API changed something.
 */
export class DemandWatch {
  #latched: ReadonlySet<string> = new Set();
  #flattening: readonly string[] = [];

  /** Sources of what is latched. */
  get latched(): ReadonlySet<string> {
    return this.#latched;
  }

  isLatched(source: string): boolean {
    return this.#latched.has(source);
  }

  /** Whether a person's command to sell everything is not done yet. */
  get isFlattening(): boolean {
    return this.#flattening.length > 0;
  }

  /** Latched by ourselves, in a transaction that ends the process when it fails. */
  note(source: string): void {
    this.#latched = new Set([...this.#latched, source]);
  }

  /** Reads everything, takes up and ends commands, latches the spec's halt, and tells the state when it changed. */
  async refresh(context: RiskContext, tx: LedgerTransaction, at: Timestamp): Promise<void> {
    await latchSpec(context, tx, at);
    const demands = await tx.demands();
    this.#latched = new Set(demands.map(({ source }) => source));
    followEntries(context, this.#latched.has(ENTRIES_SOURCE));
    this.#flattening = await takeCommands(context, tx, at);
    await this.finish(context, tx, at);
    await tellChange(context, tx, demands[0]?.source ?? 'resumed', at);
  }

  /** Ends the commands that are carried out. */
  async finish(context: RiskContext, tx: LedgerTransaction, at: Timestamp): Promise<void> {
    this.#flattening = await finishCommands(context, tx, this.#flattening, at);
  }
}

/** A person cleared the breaker of the entries of a day: the strategy is enabled again and has a day's entries again. */
function followEntries({ books }: RiskContext, latched: boolean): void {
  const { entriesLatched, activity } = books.document;
  if (latched === entriesLatched) return;
  books.update({ entriesLatched: latched, ...(latched ? {} : { activity: reEnabled(activity) }) });
}

async function latchSpec(context: RiskContext, tx: LedgerTransaction, since: Timestamp): Promise<void> {
  const { state, mode } = context.settings;
  const wanted = specLatch(state, mode);
  if (wanted === undefined) return;
  if ((await tx.demands()).some(({ source }) => source === wanted.source)) return;
  const demand = { ...wanted, evidence: {}, since };
  await tx.latchDemand(demand);
  await tx.appendJournal('risk', [specEntry(demand, { eventTime: since })]);
}

async function tellChange(
  context: RiskContext,
  tx: LedgerTransaction,
  reason: string,
  eventTime: Timestamp,
): Promise<void> {
  const state = await stateNow(context, tx);
  const { told } = context;
  const changed = told.state !== undefined && told.state !== state;
  if (changed) await tellState(context, tx, { state, reason, eventTime });
  told.state = state;
}
