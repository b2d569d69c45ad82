/**
 * The amounts of trading, told apart by type so that a price cannot be used as a quantity (the original system bought
 * 850 "BTC" that way). All are exact decimals; a `Ratio` is an integer of 1e-8.
 *
 * Price — quote units per base unit. Quantity — base units. Money — quote units.
 */
import {
  type Decimal,
  type Rounding,
  divideUnits,
  multiply,
  normalize,
  parseDecimal,
  pow10,
  rescale,
} from './decimal.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type Price = Branded<Decimal, 'Price'>;
export type Quantity = Branded<Decimal, 'Quantity'>;
export type Money = Branded<Decimal, 'Money'>;
/** A dimensionless ratio in units of 1e-8: 3 % is 3_000_000n. Names end in `Ratio`. */
export type Ratio = Branded<bigint, 'Ratio'>;

export const asPrice = (value: Decimal): Price => normalize(value) as Price;
export const asQuantity = (value: Decimal): Quantity => normalize(value) as Quantity;
export const asMoney = (value: Decimal): Money => normalize(value) as Money;
export const asRatio = (units: bigint): Ratio => units as Ratio;

/** @throws DecimalFormatError */
export const price = (text: string): Price => parseDecimal(text) as Price;
/** @throws DecimalFormatError */
export const quantity = (text: string): Quantity => parseDecimal(text) as Quantity;
/** @throws DecimalFormatError */
export const money = (text: string): Money => parseDecimal(text) as Money;

export const NO_MONEY: Money = money('0');
export const NO_QUANTITY: Quantity = quantity('0');

export const RATIO_SCALE = 8;
export const ONE_RATIO: Ratio = asRatio(pow10(RATIO_SCALE));

/** Price × quantity, exact. */
export const notional = (at: Price, amount: Quantity): Money => multiply(at, amount) as Money;

/** Read "0.03" as a ratio; more than 8 places are refused rather than rounded. @throws DecimalFormatError */
export function ratio(text: string): Ratio {
  const value = parseDecimal(text);
  if (value.scale > RATIO_SCALE) throw new RangeError(`a ratio has at most 8 decimal places: was ${text}`);
  return asRatio(rescale(value, RATIO_SCALE, 'down').units);
}

export const ratioToDecimal = (value: Ratio): Decimal => ({ units: value, scale: RATIO_SCALE });

/** a / b as a ratio, rounded as named. Both in the same unit, b not zero. */
export function ratioOf(a: Decimal, b: Decimal, rounding: Rounding): Ratio {
  const shift = RATIO_SCALE + b.scale - a.scale;
  const numerator = shift >= 0 ? a.units * pow10(shift) : a.units;
  const divisor = shift >= 0 ? b.units : b.units * pow10(-shift);
  return asRatio(divideUnits(numerator, divisor, rounding));
}

/** value × ratio, exact. */
export const scaleBy = (value: Decimal, by: Ratio): Decimal => ({
  units: value.units * by,
  scale: value.scale + RATIO_SCALE,
});

/** "3%" for people and for journals: a ratio as percent without trailing zeros. */
export function formatPercent(value: Ratio): string {
  const negative = value < 0n;
  const digits = (negative ? -BigInt(value) : value).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${negative ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}%`;
}
