import type { Money } from '../../domain/money/amounts.ts';
import { approximate } from '../../domain/money/change.ts';
import { DAY, type Timestamp } from '../../domain/time.ts';
import type { EquityPoint } from '../engine/books.ts';

/** Equity at the end of a UTC day. */
export interface DayEquity {
  readonly time: Timestamp;
  readonly equity: number;
}

/**
 * Equity at the end of every UTC day of the period, the days without a change included; the first value is the capital
 * at its beginning. Between two points of the curve the equity stands.
 */
export function dailyEquity(
  curve: readonly EquityPoint[],
  capital: Money,
  period: { readonly from: Timestamp; readonly to: Timestamp },
): readonly DayEquity[] {
  const days: DayEquity[] = [{ time: period.from, equity: approximate(capital) }];
  let next = 0;
  let equity = approximate(capital);
  for (let end = (Math.floor(period.from / DAY) + 1) * DAY; ; end += DAY) {
    const until = Math.min(end, period.to);
    for (let point = curve[next]; point !== undefined && point.time <= until; point = curve[next]) {
      equity = approximate(point.equity);
      next += 1;
    }
    if (until > (days.at(-1)?.time ?? 0)) days.push({ time: until, equity });
    if (until >= period.to) return days;
  }
}

/** Simple returns from each value to the next. */
export const returnsOf = (days: readonly DayEquity[]): readonly number[] =>
  days.slice(1).map(({ equity }, i) => {
    const before = days[i]?.equity ?? 0;
    return before === 0 ? 0 : equity / before - 1;
  });
