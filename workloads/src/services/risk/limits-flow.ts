/** Limits that change while the bot runs: decided, journalled, and in force from the next decision on. */
import { asMoney, type Money } from '../../domain/money/amounts.ts';
import { add } from '../../domain/money/decimal.ts';
import { decideLimits, type LimitsDecision } from '../../domain/risk/change-limits.ts';
import { type LimitUse, limitUse } from '../../domain/risk/limit-use.ts';
import type { RiskLimits } from '../../domain/risk/limits.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import { limitsEntry } from '../journal-kinds.ts';
import { accountView } from './entry-flow.ts';
import type { RiskContext } from './risk-context.ts';

/** What became of new limits. Refused ones leave those before in force. */
export type LimitsOutcome = LimitsDecision & {
  /** Of the limits in force now. */
  readonly limitsHash: string;
};

/** Decides on new limits and journals the answer; the caller puts them in force when it is durable. */
export async function judgeLimits(
  context: RiskContext,
  tx: LedgerTransaction,
  next: RiskLimits,
  at: Timestamp,
): Promise<LimitsOutcome> {
  const { settings, limitsHash: from } = context;
  const to = limitsHash(next);
  if (to === from) return { applied: true, changes: [], limitsHash: from };
  const decision = decideLimits(settings.limits, next, await exposed(context, tx));
  const { applied, changes } = decision;
  const why = applied ? {} : { code: decision.code, reason: decision.reason };
  const result = applied ? 'applied' : 'refused';
  await tx.appendJournal('risk', [limitsEntry({ result, from, to, ...why, changes }, { eventTime: at })]);
  if (applied) context.books.update({ limitsHash: to });
  return { ...decision, limitsHash: applied ? to : from };
}

/** At start: the version in force is journalled when it is another than the last. */
export async function noteLimits(context: RiskContext, tx: LedgerTransaction, at: Timestamp): Promise<void> {
  const { books, limitsHash: to } = context;
  const from = books.document.limitsHash;
  if (from === to) return;
  await tx.appendJournal('risk', [
    limitsEntry({ result: 'in-force', from, to, changes: [] }, { eventTime: at }),
  ]);
  books.update({ limitsHash: to });
}

/** Every limit in force with what is used of it. */
export async function useOfLimits(
  context: RiskContext,
  ledger: LedgerReading,
  now: Timestamp,
): Promise<readonly LimitUse[]> {
  const { settings, books } = context;
  const money = await accountView(context, ledger);
  return limitUse({ limits: settings.limits, money, activity: books.document.activity, now });
}

async function exposed(context: RiskContext, ledger: LedgerReading): Promise<Money | undefined> {
  const { holdings, reserved } = await accountView(context, ledger);
  return holdings === undefined ? undefined : asMoney(add(holdings, reserved.quote));
}
