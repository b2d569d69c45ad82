/** Amounts, times and ratios as people read them. For screens only: files and JSON carry exact texts. */
import {
  type Decimal,
  compare,
  divide,
  formatDecimal,
  formatFixed,
  isZero,
  subtract,
  ZERO,
} from '../../domain/money/decimal.ts';
import { RATIO_SCALE, type Ratio } from '../../domain/money/amounts.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../domain/time.ts';
import type { Cell } from './table.ts';

const CENT_ASSETS: ReadonlySet<string> = new Set(['USDT', 'USDC', 'USD', 'EUR', 'FDUSD', 'DAI']);

/** How many places an amount of this asset is shown with: cents for currencies, 1e-8 for coins. */
export const placesOf = (asset: string): number => (CENT_ASSETS.has(asset) ? 2 : 8);

/** "9.97312500 BTC" without the asset: fixed places, so that columns align. */
export const formatAmount = (value: Decimal, asset: string): string => formatFixed(value, placesOf(asset));

/** With a plus sign for gains. */
export function formatSigned(value: Decimal, asset: string): string {
  const text = formatAmount(value, asset);
  return compare(value, ZERO) > 0 ? `+${text}` : text;
}

/** A gain or loss in its colour. */
export function gainCell(value: Decimal, asset: string): Cell {
  const text = formatSigned(value, asset);
  if (isZero(value)) return text;
  return { text, tone: compare(value, ZERO) > 0 ? 'good' : 'bad' };
}

/** The exact text where it is short; otherwise rounded to `places`. For prices and averages. */
export const formatRounded = (value: Decimal, places = 10): string =>
  value.scale <= places ? formatDecimal(value) : formatDecimal(parseRounded(value, places));

const parseRounded = (value: Decimal, places: number): Decimal =>
  divide(value, { units: 1n, scale: 0 }, places, 'half-even');

/** part / whole in percent with two places and a sign: "+1.25%". "n/a" when the whole is zero. */
export function formatChange(part: Decimal, whole: Decimal): string {
  if (isZero(whole)) return 'n/a';
  const percent = divide({ units: part.units * 100n, scale: part.scale }, whole, 2, 'half-even');
  const text = formatFixed(percent, 2);
  return `${percent.units > 0n ? '+' : ''}${text}%`;
}

/** A ratio with two places: "1.39%". Journals and JSON have all of them. */
export const formatShare = (ratio: Ratio): string =>
  `${formatFixed({ units: ratio * 100n, scale: RATIO_SCALE }, 2)}%`;

/** How far `to` is from `from`, in percent of `from`. */
export const formatMove = (from: Decimal, to: Decimal): string => formatChange(subtract(to, from), from);

/** "2018-01-16 00:05:00", UTC; milliseconds only when there are any. */
export function formatTime(at: Timestamp): string {
  const iso = new Date(at).toISOString();
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
  return at % SECOND === 0 ? text : `${text}${iso.slice(19, 23)}`;
}

/** The two largest units of a span: "3d 4h", "1h 5m", "12s". */
export function formatSpan(span: Duration): string {
  const units: readonly (readonly [string, Duration])[] = [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ];
  const first = units.findIndex(([, size]) => span >= size);
  if (first === -1) return '0s';
  let rest = span;
  const parts: string[] = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ');
}

/** 57546 → "57,546". */
export const formatCount = (count: number): string => count.toString().replace(/\B(?=(\d{3})+$)/g, ',');

/** "1 candle", "2,000 candles". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
