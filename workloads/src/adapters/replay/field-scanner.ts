import { type Decimal, DecimalFormatError, MAX_SCALE, parseDecimal } from '../../domain/money/decimal.ts';

const ZERO = 0x30;
const POINT = 0x2e;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

const POWERS: readonly number[] = Array.from({ length: MAX_SCALE + 1 }, (_, i) => 10 ** i);

const isFraction = (digits: number): boolean => digits > 0 && digits <= MAX_SCALE;

/** How a field ended. */
export type FieldEnd = 'comma' | 'line' | 'inside';

/**
 * Reads the fields of comma-separated lines straight from bytes: no text, regular expression or split a field, which is
 * what makes a year of candles readable in a second. Every block ends with a newline, so no read runs past it.
 */
export class FieldScanner {
  /** Offset of the next byte. */
  position = 0;
  #bytes: Buffer = Buffer.alloc(0);

  load(block: Buffer): void {
    this.#bytes = block;
    this.position = 0;
  }

  get atEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  /** Length of the line that begins at `start`. */
  lineBytes(start: number): number {
    return this.#bytes.indexOf(NEWLINE, start) - start;
  }

  /** A whole number up to 2^53 − 1; undefined when the field does not begin with one. */
  integer(): number | undefined {
    const bytes = this.#bytes;
    const start = this.position;
    let at = start;
    let value = 0;
    for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - ZERO) {
      value = value * 10 + digit;
      at += 1;
    }
    if (at === start || value > Number.MAX_SAFE_INTEGER) return undefined;
    this.position = at;
    return value;
  }

  /** A plain decimal in its canonical form; undefined when the field is none (then `position` has not moved). */
  decimal(): Decimal | undefined {
    const bytes = this.#bytes;
    const start = this.position;
    let at = start;
    let value = 0;
    for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - ZERO) {
      value = value * 10 + digit;
      at += 1;
    }
    if (at === start) return this.#slowDecimal();
    if (bytes[at] === POINT) return this.#fraction(at + 1, value);
    if (value > Number.MAX_SAFE_INTEGER) return this.#slowDecimal();
    this.position = at;
    return { units: BigInt(value), scale: 0 };
  }

  /** The digits after the point. Exact while the number without trailing zeros fits a float's 53 bits. */
  #fraction(start: number, whole: number): Decimal | undefined {
    const bytes = this.#bytes;
    let at = start;
    let value = whole;
    let significantEnd = start;
    for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - ZERO) {
      value = value * 10 + digit;
      at += 1;
      if (digit !== 0) significantEnd = at;
    }
    if (!isFraction(at - start) || value > Number.MAX_SAFE_INTEGER) return this.#slowDecimal();
    this.position = at;
    return { units: BigInt(value / (POWERS[at - significantEnd] ?? NaN)), scale: significantEnd - start };
  }

  /** Signs, long numbers and whatever is no number. */
  #slowDecimal(): Decimal | undefined {
    const start = this.position;
    try {
      return parseDecimal(this.text());
    } catch (error) {
      if (!(error instanceof DecimalFormatError)) throw error;
      this.position = start;
      return undefined;
    }
  }

  /** The field as it stands. */
  text(): string {
    const start = this.position;
    this.skip();
    return this.#bytes.toString('latin1', start, this.position);
  }

  /** Over the field without looking at it. */
  skip(): void {
    const bytes = this.#bytes;
    let at = this.position;
    for (;;) {
      const byte = bytes[at];
      if (byte === COMMA || byte === NEWLINE || byte === undefined) break;
      if (byte === RETURN && bytes[at + 1] === NEWLINE) break;
      at += 1;
    }
    this.position = at;
  }

  /** Over what stands between two fields or two lines; `inside` when the field goes on. */
  endField(): FieldEnd {
    const bytes = this.#bytes;
    const byte = bytes[this.position];
    if (byte === COMMA) {
      this.position += 1;
      return 'comma';
    }
    if (byte === NEWLINE) {
      this.position += 1;
      return 'line';
    }
    if (byte !== RETURN || bytes[this.position + 1] !== NEWLINE) return 'inside';
    this.position += 2;
    return 'line';
  }
}
