/**
 * The decision on an entry: one pure function of (signal, state, limits, market, account, now). All checks run in the
 * order below and all are reported; the code of a denial is that of the first that failed.
 *
 * The order is the original's (state gate, then its layers 1 drawdown, 2 market anomaly, 3 freshness, 4 exposure,
 * 5 size, 7 frequency) with one exchange: the size comes before the exposure, because the exposure judged includes this
 * order as it would be sent, and so needs its quantity.
 */
import { hash } from 'node:crypto';
import { BrokenInvariantError } from '../invariant.ts';
import { orderId, orderIdPrefix } from '../orders/client-id.ts';
import type { OrderIntent } from '../orders/order.ts';
import { checkBalance, checkExposure, checkOpenPositions } from './checks/exposure.ts';
import { checkClockSkew, checkDataAge } from './checks/freshness.ts';
import {
  checkEntriesPerDay,
  checkOrderRateMinute,
  checkOrderRateSecond,
  checkOrderToTrade,
  checkTradesPerHour,
} from './checks/frequency.ts';
import { checkInstrument } from './checks/instrument.ts';
import { checkConsecutiveLosses, checkDailyDrawdown } from './checks/loss.ts';
import {
  checkDepth,
  checkPriceCollar,
  checkPriceMove,
  checkSpread,
  checkVolatility,
} from './checks/market.ts';
import type { EntryCheck } from './checks/result.ts';
import {
  checkDuplicate,
  checkLot,
  checkMaxNotional,
  checkMinNotional,
  checkMinQuantity,
  checkOrderNotional,
  checkOrderQuantity,
  checkPositionSize,
} from './checks/size.ts';
import { checkHold, checkReconciled, checkSignalAge, checkState } from './checks/state.ts';
import { checkCooldown, checkPositionOpen } from './checks/symbol.ts';
import type { EntryInput } from './entry-input.ts';
import { type EntryPlan, planEntry } from './entry-plan.ts';
import type { CheckResult, Verdict } from './verdict.ts';

/** Every check of an entry, in the order that decides which code a denial carries. */
export const ENTRY_CHECKS: readonly EntryCheck[] = [
  checkState,
  checkHold,
  checkReconciled,
  checkSignalAge,
  checkInstrument,
  checkDailyDrawdown,
  checkConsecutiveLosses,
  checkPriceCollar,
  checkPriceMove,
  checkSpread,
  checkVolatility,
  checkDepth,
  checkDataAge,
  checkClockSkew,
  checkPositionOpen,
  checkCooldown,
  checkPositionSize,
  checkOrderNotional,
  checkOrderQuantity,
  checkLot,
  checkMinQuantity,
  checkMinNotional,
  checkMaxNotional,
  checkDuplicate,
  checkExposure,
  checkOpenPositions,
  checkBalance,
  checkOrderRateSecond,
  checkOrderRateMinute,
  checkOrderToTrade,
  checkEntriesPerDay,
  checkTradesPerHour,
];

/** 128 bits of SHA-256 over what identifies a judgement: the same one has the same id after a restart. */
export const verdictIdOf = (parts: readonly (string | number)[]): string =>
  hash('sha256', JSON.stringify(parts)).slice(0, 32);

/** The intent of an allowed entry. */
function entryIntent(input: EntryInput, plan: EntryPlan, verdictId: string): OrderIntent {
  const { signal, terms } = input;
  return {
    orderId: orderId({
      prefix: orderIdPrefix(input.account, input.bot),
      subject: signal.signalId,
      purpose: 'ENTRY',
      attempt: 0,
    }),
    account: input.account,
    symbol: signal.symbol,
    side: signal.side,
    purpose: 'ENTRY',
    type: plan.type,
    quantity: plan.size.quantity,
    ...(plan.limitPrice === undefined ? {} : { limitPrice: plan.limitPrice }),
    referencePrice: plan.referencePrice,
    verdictId,
    signalId: signal.signalId,
    attempt: 0,
    decidedTime: input.now,
    validUntil: signal.decidedTime + terms.validFor,
  };
}

/** The outcome of the checks: denied by the first failure, else trimmed when one trimmed. */
export function outcomeOf(checks: readonly CheckResult[]): Pick<Verdict, 'outcome' | 'code'> {
  const failed = checks.find((check) => !check.passed);
  if (failed) return { outcome: 'DENY', code: failed.code ?? failed.check };
  return checks.some((check) => check.trimmedTo !== undefined)
    ? { outcome: 'TRIM', code: 'TRIMMED' }
    : { outcome: 'ALLOW', code: 'OK' };
}

/**
 * Judge an entry. Deterministic; a missing input denies.
 * @throws BrokenInvariantError CHECK_SKIPPED when a check was skipped though none failed
 */
export function decideEntry(input: EntryInput): Verdict {
  const plan = planEntry(input);
  const results = ENTRY_CHECKS.map((check) => check(input, plan));
  const checks = results.filter((result) => result !== undefined);
  const decided = outcomeOf(checks);
  const verdictId = verdictIdOf([
    input.bot,
    input.account,
    'ENTRY',
    input.signal.symbol,
    input.signal.signalId,
    input.now,
    input.limitsHash,
  ]);
  const verdict: Verdict = {
    verdictId,
    ...decided,
    symbol: input.signal.symbol,
    subject: 'ENTRY',
    signalId: input.signal.signalId,
    checks,
    limitsHash: input.limitsHash,
    time: input.now,
  };
  if (decided.outcome === 'DENY') return verdict;
  if (plan === undefined || checks.length !== ENTRY_CHECKS.length) {
    throw new BrokenInvariantError(
      'CHECK_SKIPPED',
      `signal ${input.signal.signalId}: not every check was made`,
    );
  }
  return { ...verdict, order: entryIntent(input, plan, verdictId) };
}
