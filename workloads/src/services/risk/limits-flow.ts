/** Limits that change while the bot runs: decided, journalled, and in force from the next decision on. */
import { z } from 'zod';
import { type RiskSettings, riskSettings } from '../../contract/settings.ts';
import { asMoney, type Money } from '../../domain/money/amounts.ts';
import { add } from '../../domain/money/decimal.ts';
import { decideLimits, type LimitChange, type LimitsDecision } from '../../domain/risk/change-limits.ts';
import { type LimitUse, limitUse } from '../../domain/risk/limit-use.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import { limitsEntry } from '../journal-kinds.ts';
import { accountView } from './entry-flow.ts';
import type { RiskContext } from './risk-context.ts';

/** What may change while the service runs. */
export type HotSettings = Pick<RiskContext, 'settings' | 'validFor' | 'cooldown'>;

/** What became of new settings. Refused ones leave those before in force. */
export type SettingsOutcome = LimitsDecision & {
  /** Of the limits in force now. */
  readonly limitsHash: string;
  /** Names the refusal, so that it is journalled once. */
  readonly refused: string | undefined;
};

export interface SettingsQuestion {
  readonly next: HotSettings;
  /** The refusal before. */
  readonly refused: string | undefined;
  readonly at: Timestamp;
}

/** Decides on new settings and journals the answer; the caller puts them in force when it is durable. */
export async function judgeSettings(
  context: RiskContext,
  tx: LedgerTransaction,
  { next, refused, at }: SettingsQuestion,
): Promise<SettingsOutcome> {
  const { settings, limitsHash: from } = context;
  const to = limitsHash(next.settings.limits);
  const decision = decideLimits(settings.limits, next.settings.limits, await exposed(context, tx));
  const changes = [...decision.changes, ...otherChanges(settings, next.settings)];
  if (changes.length === 0) return { applied: true, changes, limitsHash: from, refused: undefined };
  const name = decision.applied ? undefined : `${to} ${decision.code}`;
  if (name === undefined || name !== refused) {
    const why = decision.applied ? {} : { code: decision.code, reason: decision.reason };
    const result = decision.applied ? 'applied' : 'refused';
    await tx.appendJournal('risk', [limitsEntry({ result, from, to, ...why, changes }, { eventTime: at })]);
  }
  if (decision.applied) context.books.update({ limitsHash: to });
  return { ...decision, changes, limitsHash: decision.applied ? to : from, refused: name };
}

/** What changes besides the limits, as the settings file has it. */
function otherChanges(before: RiskSettings, after: RiskSettings): readonly LimitChange[] {
  const [from, to] = [textsOf(before), textsOf(after)];
  return [...to].flatMap(([name, text]) => {
    const was = from.get(name) ?? 'none';
    return was === text ? [] : [{ name, from: was, to: text }];
  });
}

function textsOf(settings: RiskSettings): ReadonlyMap<string, string> {
  const { exits, state, orderType, entryTimeout, takerFeeRatio, cooldown } = z.encode(riskSettings, settings);
  return new Map(Object.entries({ ...exits, state, orderType, entryTimeout, takerFeeRatio, cooldown }));
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
