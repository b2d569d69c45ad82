import type { RoundTrip } from '../../domain/account/account.ts';
import { approximate } from '../../domain/money/change.ts';
import type { BacktestResult } from '../result.ts';
import type { DayEquity } from '../stats/daily.ts';
import { netOf } from '../stats/metrics.ts';
import { escapeText } from './svg.ts';

export const percentText = (value: number | undefined, places = 2): string =>
  value === undefined ? 'N/A' : `${(value * 100).toFixed(places)} %`;
export const numberText = (value: number | undefined, places = 2): string =>
  value === undefined ? 'N/A' : value.toFixed(places);
export const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10);
export const timeText = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

const toned = (value: number, text: string): string =>
  `<td class="${value > 0 ? 'gain' : value < 0 ? 'loss' : ''}">${text}</td>`;

export function table(head: readonly string[], rows: readonly string[]): string {
  const titles = head.map((title) => `<th>${escapeText(title)}</th>`).join('');
  return `<table><thead><tr>${titles}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Return of each month: its last equity over that of the month before. */
export function monthlyTable(days: readonly DayEquity[]): string {
  const ends = new Map<string, number>();
  // An equity at 00:00 of the first belongs to the month that ended.
  for (const { time, equity } of days.slice(1)) ends.set(dayText(time - 1).slice(0, 7), equity);
  let before = days[0]?.equity ?? 0;
  const returns = new Map<string, number>();
  for (const [month, equity] of ends) {
    returns.set(month, before === 0 ? 0 : equity / before - 1);
    before = equity;
  }
  const years = [...new Set([...ends.keys()].map((month) => month.slice(0, 4)))];
  const rows = years.map((year) => {
    const cells = MONTHS.map((_, i) => {
      const value = returns.get(`${year}-${String(i + 1).padStart(2, '0')}`);
      return value === undefined ? '<td></td>' : toned(value, percentText(value));
    });
    const all =
      [...returns]
        .filter(([month]) => month.startsWith(year))
        .reduce((product, [, value]) => product * (1 + value), 1) - 1;
    return `<tr><td>${year}</td>${cells.join('')}${toned(all, percentText(all))}</tr>`;
  });
  return table(['year', ...MONTHS, 'all'], rows);
}

function tripRow(trip: RoundTrip): string {
  const net = netOf(trip);
  const [entry, exit] = [approximate(trip.averageEntry), approximate(trip.averageExit)];
  const bought = entry * approximate(trip.quantity);
  return `<tr><td>${timeText(trip.entryTime)}</td><td>${timeText(trip.exitTime)}</td><td>${escapeText(trip.symbol)}</td><td>${approximate(trip.quantity)}</td><td>${Number(entry.toPrecision(8))}</td><td>${Number(exit.toPrecision(8))}</td><td>${escapeText(trip.reason)}</td><td>${Number(approximate(trip.fees).toPrecision(6))}</td>${toned(net, String(Number(net.toPrecision(6))))}${toned(net, percentText(net / bought))}</tr>`;
}

/** Every round trip. */
export const tripTable = (trips: readonly RoundTrip[]): string =>
  table(
    [
      'entry (UTC)',
      'exit (UTC)',
      'symbol',
      'quantity',
      'bought at',
      'sold at',
      'exit by',
      'fees',
      'result',
      'of it',
    ],
    trips.map(tripRow),
  );

/** Why entries were denied. */
export function deniedTable({ verdicts }: BacktestResult): string {
  const counts = new Map<string, number>();
  for (const { outcome, code } of verdicts) {
    if (outcome === 'DENY') counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (counts.size === 0) return '<p>No entry was denied.</p>';
  const rows = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `<tr><td>${escapeText(code)}</td><td>${count}</td></tr>`);
  return table(['code', 'entries denied'], rows);
}

/** Where the money went. */
export function costTable(result: BacktestResult): string {
  const { realizedPnl, fees, unrealizedPnl, fills, verdicts, quote } = result;
  const orders = new Map(
    verdicts.flatMap(({ order }) => (order === undefined ? [] : [[order.orderId, order] as const])),
  );
  let [slippage, turnover] = [0, 0];
  for (const fill of fills) {
    const quantity = approximate(fill.quantity);
    const reference = approximate(orders.get(fill.orderId)?.referencePrice ?? fill.price);
    slippage += (fill.side === 'BUY' ? 1 : -1) * (approximate(fill.price) - reference) * quantity;
    turnover += approximate(fill.price) * quantity;
  }
  const gross = approximate(realizedPnl);
  const share = (value: number): string =>
    turnover === 0 ? 'N/A' : `${((value / turnover) * 10_000).toFixed(2)} bps`;
  const row = (name: string, value: number): string =>
    `<tr><td>${name}</td><td>${value.toFixed(4)} ${escapeText(quote)}</td><td>${share(value)}</td></tr>`;
  return table(
    ['', 'amount', 'of the turnover'],
    [
      row('turnover (bought and sold)', turnover),
      row('result as decided, before slippage and fees', gross + slippage),
      row('slippage and moves between decision and fill (in the prices)', -slippage),
      row('realised before fees', gross),
      row('fees', -approximate(fees)),
      row('still open', approximate(unrealizedPnl)),
    ],
  );
}
