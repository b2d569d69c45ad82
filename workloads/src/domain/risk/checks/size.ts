/**
 * Layer 5 of the original: what is too large is trimmed, not refused; what is absurd, or too small for the venue, is
 * refused. Undefined where there is no plan: the check of the missing input has failed then.
 */
import { type Quantity, notional } from '../../money/amounts.ts';
import { atLeast, atMost, formatDecimal, isPositive, lessThan } from '../../money/decimal.ts';
import { intentFingerprint } from '../activity.ts';
import type { EntryPlan } from '../entry-plan.ts';
import { type SizeLimit, isOversized } from '../sizing.ts';
import type { CheckResult } from '../verdict.ts';
import { formatDuration } from '../../time.ts';
import { type EntryCheck, amount, judge } from './result.ts';

/** Whether this limit is what makes the quantity smaller, and how small. */
function trim(plan: EntryPlan, by: SizeLimit): Pick<CheckResult, 'trimmedTo'> {
  const most = plan.size.most[by];
  return most !== undefined && lessThan(most, plan.size.requested) ? { trimmedTo: formatDecimal(most) } : {};
}

const units = (plan: EntryPlan, quantity: Quantity): string =>
  `${formatDecimal(quantity)} ${plan.instrument.base}`;

/** base × maxPosition at the reference price. Twice that and more is an error. */
export const checkPositionSize: EntryCheck = (_input, plan) => {
  if (plan === undefined) return undefined;
  const { size } = plan;
  const compared = {
    check: 'position-size',
    value: `${amount(size.requestedNotional)} ${plan.instrument.quote}`,
    limit: `at most ${amount(size.positionLimit)} ${plan.instrument.quote}`,
  };
  if (isOversized(size)) return judge(compared, false, 'ORDER_OVERSIZED');
  return { ...compared, passed: true, ...trim(plan, 'position-size') };
};

/** `maxOrderNotional` at the price the order is sent with. */
export const checkOrderNotional: EntryCheck = ({ limits }, plan) =>
  plan && {
    check: 'order-notional',
    passed: true,
    value: `${amount(notional(plan.orderPrice, plan.size.requested))} ${plan.instrument.quote}`,
    limit: `at most ${amount(limits.maxOrderNotional)} ${plan.instrument.quote}`,
    ...trim(plan, 'order-notional'),
  };

export const checkOrderQuantity: EntryCheck = ({ limits }, plan) =>
  plan && {
    check: 'order-quantity',
    passed: true,
    value: units(plan, plan.size.requested),
    limit: limits.maxOrderQuantity === undefined ? 'none' : `at most ${units(plan, limits.maxOrderQuantity)}`,
    ...trim(plan, 'order-quantity'),
  };

export const checkLot: EntryCheck = (_input, plan) =>
  plan &&
  judge(
    {
      check: 'lot',
      value: units(plan, plan.size.quantity),
      limit: `at least ${units(plan, plan.instrument.lotSize)}`,
    },
    isPositive(plan.size.quantity),
    'BELOW_LOT',
  );

export const checkMinQuantity: EntryCheck = (_input, plan) =>
  plan &&
  judge(
    {
      check: 'min-quantity',
      value: units(plan, plan.size.quantity),
      limit: `at least ${units(plan, plan.instrument.minQuantity)}`,
    },
    atLeast(plan.size.quantity, plan.instrument.minQuantity),
    'BELOW_MIN_QUANTITY',
  );

/** At the reference price, the lower of the two a venue may value a purchase with. */
export const checkMinNotional: EntryCheck = (_input, plan) => {
  if (plan === undefined) return undefined;
  const value = notional(plan.referencePrice, plan.size.quantity);
  const { minNotional, quote } = plan.instrument;
  return judge(
    {
      check: 'min-notional',
      value: `${amount(value)} ${quote}`,
      limit: `at least ${amount(minNotional)} ${quote}`,
    },
    atLeast(value, minNotional),
    'BELOW_MIN_NOTIONAL',
  );
};

/** At the price the order is sent with. The venue's own limit: refused rather than trimmed, so that it is noticed. */
export const checkMaxNotional: EntryCheck = (_input, plan) => {
  if (plan === undefined) return undefined;
  const value = notional(plan.orderPrice, plan.size.quantity);
  const { maxNotional, quote } = plan.instrument;
  return judge(
    {
      check: 'max-notional',
      value: `${amount(value)} ${quote}`,
      limit: maxNotional === undefined ? 'none' : `at most ${amount(maxNotional)} ${quote}`,
    },
    maxNotional === undefined || atMost(value, maxNotional),
    'ABOVE_MAX_NOTIONAL',
  );
};

/** The same symbol, side and quantity within `duplicateWindow`. */
export const checkDuplicate: EntryCheck = ({ signal, activity, limits, now }, plan) => {
  if (plan === undefined) return undefined;
  const fingerprint = intentFingerprint(signal.symbol, signal.side, plan.size.quantity);
  const last = activity.intents[fingerprint];
  return judge(
    {
      check: 'duplicate',
      value: last === undefined ? 'none' : `${formatDuration(now - last)} ago`,
      limit: `not within ${formatDuration(limits.duplicateWindow)}`,
    },
    last === undefined || now - last >= limits.duplicateWindow,
    'DUPLICATE_INTENT',
  );
};
