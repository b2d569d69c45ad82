/** Reading columns and writing parameters: the one place where types meet SQL. */
import { type Money, type Price, type Quantity, money, price, quantity } from '../../domain/money/amounts.ts';
import { type Decimal, MAX_SCALE, formatDecimal, normalize } from '../../domain/money/decimal.ts';
import { LedgerError } from '../../ports/ledger.ts';
import type { Row } from './statement.ts';

/** What `parseDecimal` reads back: more digits are refused before they are stored. */
const MAX_WHOLE_DIGITS = 40;

function broken(message: string): LedgerError {
  return new LedgerError('LEDGER_BROKEN', message, { retryable: false });
}

function read<T>(row: Row, column: string, isIt: (value: unknown) => value is T): T {
  const value = row[column];
  if (isIt(value)) return value;
  throw broken(`column ${column} of the ledger cannot be read: was ${JSON.stringify(value)}`);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

/** @throws LedgerError LEDGER_BROKEN when the column holds no text */
export const text = (row: Row, column: string): string => read(row, column, isText);
/** @throws LedgerError LEDGER_BROKEN when the column holds no safe integer */
export const integer = (row: Row, column: string): number => read(row, column, isInteger);
/** @throws LedgerError LEDGER_BROKEN when the column holds no boolean */
export const flag = (row: Row, column: string): boolean => read(row, column, isFlag);

/**
 * A member of an enumeration.
 * @throws LedgerError LEDGER_BROKEN when the column holds anything else
 */
export const oneOf = <Name extends string>(
  row: Row,
  column: string,
  members: Readonly<Record<Name, true>>,
): Name => read(row, column, (value): value is Name => typeof value === 'string' && value in members);

export const priceIn = (row: Row, column: string): Price => price(text(row, column));
export const quantityIn = (row: Row, column: string): Quantity => quantity(text(row, column));
export const moneyIn = (row: Row, column: string): Money => money(text(row, column));

/** `{ key: value }`, or `{}` when the column is NULL: optional properties are absent, never undefined. */
export function optional<Key extends string, T>(
  row: Row,
  source: { readonly column: string; readonly key: Key },
  readColumn: (row: Row, column: string) => T,
): Partial<Record<Key, T>> {
  if (row[source.column] === null) return {};
  return { [source.key]: readColumn(row, source.column) } as Partial<Record<Key, T>>;
}

/**
 * An amount as a parameter: its canonical text.
 * @throws LedgerError LEDGER_BROKEN when it has more digits than can be read back
 */
export function amount(value: Decimal): string {
  const canonical = formatDecimal(value);
  const whole = canonical.length - (canonical.startsWith('-') ? 1 : 0) - fractionLength(canonical);
  if (normalize(value).scale > MAX_SCALE || whole > MAX_WHOLE_DIGITS) {
    throw broken(
      `an amount has at most 40 digits before and ${MAX_SCALE} behind the point: was ${canonical}`,
    );
  }
  return canonical;
}

function fractionLength(canonical: string): number {
  const point = canonical.indexOf('.');
  return point < 0 ? 0 : canonical.length - point;
}

export const optionalAmount = (value: Decimal | undefined): string | null =>
  value === undefined ? null : amount(value);
