/**
 * Layer 4 of the original: what is at stake, **with the working orders and this order** at the worst they can cost, and
 * whether it can be paid. Judged after the size, because the order judged is the one that goes out.
 */
import { type Money, asMoney, scaleBy } from '../../money/amounts.ts';
import { add, atLeast, atMost, subtract } from '../../money/decimal.ts';
import type { EntryInput } from '../entry-input.ts';
import { type EntryCheck, amount, judge, missing, percent, qualified } from './result.ts';

/** Holdings at their marks + reservations + this order ≤ base × maxExposure. Allowed at the limit. */
export const checkExposure: EntryCheck = ({ money, limits }, plan) => {
  const share = `at most ${percent(limits.maxExposureRatio)}`;
  if (money.holdings === undefined) return missing('exposure', share, 'EXPOSURE_MISSING');
  if (plan === undefined) return undefined;
  const most = asMoney(scaleBy(plan.size.base, limits.maxExposureRatio));
  const exposed = asMoney(add(add(money.holdings, money.reserved.quote), plan.cost));
  return judge(
    {
      check: 'exposure',
      value: `${amount(exposed)} ${plan.instrument.quote}`,
      limit: `${share} (${amount(most)} ${plan.instrument.quote})`,
    },
    atMost(exposed, most),
    'EXPOSURE_LIMIT',
  );
};

/** Symbols with a position or a working entry; this one counts once. */
function positionsWith({ money, signal }: EntryInput): number | undefined {
  if (money.book === undefined) return undefined;
  let count = money.book.positions.size;
  for (const symbol of money.reserved.buys.keys()) {
    if (!money.book.positions.has(symbol)) count += 1;
  }
  const counted = money.book.positions.has(signal.symbol) || money.reserved.buys.has(signal.symbol);
  return counted ? count : count + 1;
}

export const checkOpenPositions: EntryCheck = (input) => {
  const count = positionsWith(input);
  if (count === undefined) return undefined;
  const most = input.limits.maxOpenPositions;
  return judge(
    { check: 'open-positions', value: `${count}`, limit: `at most ${most}` },
    count <= most,
    'OPEN_POSITIONS',
  );
};

/** Cash − reservations ≥ this order at its collar with its fee. */
export const checkBalance: EntryCheck = ({ money, market }, plan) => {
  if (money.cash === undefined || market.quality.balances === 'absent') {
    return missing('balance', 'the cost of the order', 'BALANCE_MISSING');
  }
  if (plan === undefined) return undefined;
  const free: Money = asMoney(subtract(money.cash, money.reserved.quote));
  return judge(
    {
      check: 'balance',
      value: qualified(`${amount(free)} ${plan.instrument.quote}`, market.quality.balances),
      limit: `at least ${amount(plan.cost)} ${plan.instrument.quote}`,
    },
    atLeast(free, plan.cost),
    'BALANCE',
  );
};
