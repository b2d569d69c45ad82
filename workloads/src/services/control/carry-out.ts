/** A call of the control API as one ledger transaction: recognise it, decide, write, journal. */
import type { ControlOutcome, ControlRequest } from '../../contract/control-api.ts';
import { CONTROL_SOURCE, type ControlDecision, decideControl } from '../../domain/risk/decide-control.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  ControlOperation,
  LatchedDemand,
  LedgerReading,
  LedgerTransaction,
} from '../../ports/ledger.ts';
import { readState } from '../state-gate.ts';
import { type ControlAnswer, operationEntry } from './control-journal.ts';
import { demandedBy, type Tightening } from './pending-latch.ts';
import { type DrawdownCause, persistingCauses } from './persisting-causes.ts';

export interface ControlSurroundings {
  readonly bot: string;
  readonly clock: Clock;
  /** What the spec demands now; undefined when it demands nothing, or is not known here. */
  readonly spec: () => Demand | undefined;
  /** Whether the day's drawdown is breached right now, where prices are known. */
  readonly drawdown?: DrawdownCause;
}

/** Carries out one call. Everything it leads to is in the transaction given. */
export async function carryOut(
  by: ControlSurroundings,
  tx: LedgerTransaction,
  request: ControlRequest,
): Promise<ControlOutcome> {
  const known = await tx.operation(request.operationId);
  if (known !== undefined) return answerKnown(by, tx, request, known);
  const now = by.clock.now();
  const decision = await decide(by, tx, request, now);
  const operation = operationOf(request, decision, now);
  await tx.insertOperation(operation);
  if (decision.result === 'done') await apply(tx, { operation, decision });
  await tx.appendJournal('control', [operationEntry({ ...operation, answer: 'new' }, now)]);
  return outcomeOf(operation);
}

/** A tightening call that was in force in memory: written as it was asked for, whatever happened meanwhile. */
export async function writeLate(
  by: ControlSurroundings,
  tx: LedgerTransaction,
  operation: Tightening,
): Promise<void> {
  if ((await tx.operation(operation.operationId)) !== undefined) return;
  await tx.latchDemand(demandOf(operation, { state: demandedBy(operation), reason: reasonOf(operation) }));
  await tx.insertOperation(operation);
  await tx.appendJournal('control', [
    operationEntry({ ...operation, answer: 'written-late' }, by.clock.now()),
  ]);
}

const reasonOf = ({ actor, reason }: Pick<ControlRequest, 'actor' | 'reason'>): string =>
  `${actor}: ${reason}`;

async function decide(
  by: ControlSurroundings,
  tx: LedgerReading,
  request: ControlRequest,
  now: Timestamp,
): Promise<ControlDecision> {
  const latched = await tx.demands();
  return decideControl({
    ...request,
    now,
    latched,
    spec: by.spec(),
    causes: (await tx.causes()).map(({ source, reason }) => `${source}: ${reason}`),
    flattening: (await tx.commands()).length > 0,
    persisting: request.action === 'resume' ? await persistingCauses(tx, latched, by) : new Map(),
  });
}

function operationOf(request: ControlRequest, decision: ControlDecision, time: Timestamp): ControlOperation {
  const { message, result, state } = decision;
  return {
    ...request,
    result,
    ...(decision.result === 'refused' ? { code: decision.code } : {}),
    message,
    state,
    time,
  };
}

async function apply(
  tx: LedgerTransaction,
  { operation, decision }: { readonly operation: ControlOperation; readonly decision: ControlDecision },
): Promise<void> {
  if (decision.result === 'refused') return;
  const { operationId, time } = operation;
  if (decision.latch !== undefined) await tx.latchDemand(demandOf(operation, decision.latch));
  for (const source of decision.clear) await tx.clearDemand(source);
  if (decision.flatten) {
    await tx.addCommand({ commandId: operationId, kind: 'FLATTEN', requestedTime: time });
  }
  if (decision.hold === 'release') await tx.putEntryHold(undefined);
  else if (decision.hold !== undefined) await tx.putEntryHold({ operationId, until: decision.hold.until });
}

const demandOf = (
  operation: ControlOperation,
  latch: Pick<LatchedDemand, 'state' | 'reason'>,
): LatchedDemand => ({
  source: CONTROL_SOURCE,
  ...latch,
  evidence: { operationId: operation.operationId, actor: operation.actor },
  since: operation.time,
});

const isSame = (known: ControlOperation, request: ControlRequest): boolean =>
  known.action === request.action && known.actor === request.actor && known.reason === request.reason;

async function answerKnown(
  by: ControlSurroundings,
  tx: LedgerTransaction,
  request: ControlRequest,
  known: ControlOperation,
): Promise<ControlOutcome> {
  const state = await readState(tx, by.spec());
  const same = isSame(known, request);
  const outcome = same ? { ...outcomeOf(known), state } : conflict(request, state);
  const answer: ControlAnswer = same ? 'repeated' : 'conflict';
  await tx.appendJournal('control', [operationEntry({ ...request, ...outcome, answer }, by.clock.now())]);
  return outcome;
}

const conflict = ({ operationId }: ControlRequest, state: BotState): ControlOutcome => ({
  operationId,
  result: 'refused',
  code: 'OPERATION_CONFLICT',
  message: 'another call had this operation id: choose a new id for a new call',
  state,
});

function outcomeOf(operation: ControlOperation): ControlOutcome {
  const { operationId, result, code, message, state } = operation;
  return { operationId, result, ...(code === undefined ? {} : { code }), message, state };
}
