import { type Decimal, ZERO } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Column } from './csv-header.ts';
import { type DataFileCode, DataFileError, showValue } from './data-file-error.ts';
import { type FieldEnd, FieldScanner } from './field-scanner.ts';
import { MAX_LINE_BYTES } from './line-blocks.ts';

/** 1973 and 5138: outside, the times are in seconds or microseconds. */
const EARLIEST: Timestamp = 1e11;
const LATEST: Timestamp = 1e14;

/**
 * Reads rows of named columns. The row in hand is in the fields, which the next row overwrites: objects are made for
 * what is kept, not for what is looked at.
 */
export class RowScanner {
  /** Of the row in hand; the header is 1. */
  line = 1;
  time: Timestamp = 0;
  symbol = '';
  id = '';
  side = '';
  readonly amounts: Decimal[];
  readonly #file: string;
  readonly #columns: readonly Column[];
  readonly #fields = new FieldScanner();
  /** Where the row in hand begins. */
  #start = 0;
  /** The first blank line, allowed at the end of the file only. */
  #blankLine: number | undefined;

  constructor(file: string, columns: readonly Column[]) {
    this.#file = file;
    this.#columns = columns;
    this.amounts = columns.filter(({ kind }) => kind === 'amount').map(() => ZERO);
  }

  /** The next block of whole lines. */
  load(block: Buffer): void {
    this.#fields.load(block);
  }

  /** Over a line without reading it: the header. */
  skipLine(): void {
    while (this.#fields.endField() !== 'line') this.#fields.skip();
  }

  /** Reads the next row of the block; false at its end. @throws DataFileError */
  next(): boolean {
    const fields = this.#fields;
    while (!fields.atEnd) {
      this.line += 1;
      this.#start = fields.position;
      if (fields.endField() === 'line') {
        this.#blankLine ??= this.line;
        continue;
      }
      fields.position = this.#start;
      this.#row();
      if (fields.position - this.#start > MAX_LINE_BYTES) throw this.#tooLong();
      return true;
    }
    return false;
  }

  /** An error about the row in hand. A line that is too long is told as that, whatever is in it. */
  fail(code: DataFileCode, text: string, value?: string): DataFileError {
    if (this.#fields.lineBytes(this.#start) > MAX_LINE_BYTES) return this.#tooLong();
    return new DataFileError(code, text, { file: this.#file, line: this.line, value });
  }

  #tooLong(): DataFileError {
    const problem = `the line is longer than ${MAX_LINE_BYTES} bytes`;
    return new DataFileError('LINE_TOO_LONG', problem, { file: this.#file, line: this.line });
  }

  #row(): void {
    if (this.#blankLine !== undefined) {
      this.line = this.#blankLine;
      throw this.fail('FIELD_COUNT_WRONG', 'the line is blank in the middle of the file', '');
    }
    const fields = this.#fields;
    let left = this.#columns.length;
    for (const column of this.#columns) {
      const start = fields.position;
      this.#field(column);
      left -= 1;
      const end = fields.endField();
      if (end !== (left > 0 ? 'comma' : 'line')) throw this.#wrongEnd(column, end, start);
    }
    if (this.time < EARLIEST || this.time > LATEST) throw this.#wrongTime();
  }

  #field(column: Column): void {
    const fields = this.#fields;
    switch (column.kind) {
      case 'amount':
        this.#amount(column);
        return;
      case 'time':
        this.#time(column);
        return;
      case 'ignored':
        fields.skip();
        return;
      case 'id':
      case 'side':
      case 'symbol':
        this[column.kind] = fields.text();
    }
  }

  #amount(column: Column & { readonly kind: 'amount' }): void {
    const value = this.#fields.decimal();
    if (value === undefined) throw this.#wrongNumber(column);
    this.amounts[column.slot] = value;
  }

  #time(column: Column): void {
    const value = this.#fields.integer();
    if (value === undefined) throw this.#wrongNumber(column);
    this.time = value;
  }

  #wrongNumber({ name }: Column): DataFileError {
    const value = this.#fields.text();
    return this.fail(
      'NUMBER_WRONG',
      `${name} must be a plain decimal number: was ${showValue(value)}`,
      value,
    );
  }

  #wrongTime(): DataFileError {
    const value = String(this.time);
    const unit = this.time < EARLIEST ? 'seconds' : 'microseconds';
    const problem = `the time must be in milliseconds since 1970: was ${value} (in ${unit}?)`;
    return this.fail('TIME_WRONG', problem, value);
  }

  /** A number followed by something else, or a line with too many or too few fields. */
  #wrongEnd(column: Column, end: FieldEnd, start: number): DataFileError {
    const expected = `the header names ${this.#columns.length} fields`;
    if (end === 'comma') {
      return this.fail('FIELD_COUNT_WRONG', `the line goes on after ${column.name}; ${expected}`);
    }
    if (end === 'line') {
      return this.fail('FIELD_COUNT_WRONG', `the line ends after ${column.name}; ${expected}`);
    }
    this.#fields.position = start;
    return this.#wrongNumber(column);
  }
}
