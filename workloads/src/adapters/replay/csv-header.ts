import { DataFileError, showValue } from './data-file-error.ts';

/** The amounts of a row, by their place in `RowScanner.amounts`. */
export const CANDLE_AMOUNTS = ['open', 'high', 'low', 'close', 'volume', 'quote_volume'] as const;
export const TRADE_AMOUNTS = ['price', 'quantity'] as const;

export type Column =
  | { readonly kind: 'time' | 'symbol' | 'id' | 'side' | 'ignored'; readonly name: string }
  | { readonly kind: 'amount'; readonly name: string; readonly slot: number };

export interface CsvHeader {
  readonly content: 'candles' | 'trades';
  readonly columns: readonly Column[];
  readonly hasSymbol: boolean;
}

const FORMATS = [
  { content: 'candles', time: 'open_time', amounts: CANDLE_AMOUNTS, texts: [] },
  { content: 'trades', time: 'time', amounts: TRADE_AMOUNTS, texts: ['id', 'side'] },
] as const;

const ALLOWED =
  'allowed are open_time,[symbol,]open,high,low,close,volume,quote_volume and time,[symbol,]id,side,price,quantity';

const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;
const TEXT = /^[\t\x20-\x7e]*$/;

function columnOf(name: string, format: (typeof FORMATS)[number]): Column {
  const slot = (format.amounts as readonly string[]).indexOf(name);
  if (slot >= 0) return { kind: 'amount', name, slot };
  if (name === format.time) return { kind: 'time', name };
  if (name === 'symbol') return { kind: 'symbol', name };
  const text = format.texts.find((known) => known === name);
  return text === undefined ? { kind: 'ignored', name } : { kind: text, name };
}

/**
 * What a header line says: columns are found by name, in any order; further columns are ignored.
 * @param line the bytes of the line as Latin-1 text
 * @throws DataFileError
 */
export function parseHeader(line: string, file: string): CsvHeader {
  const text = line.replace(BYTE_ORDER_MARK, '').replace(/\r?\n?$/, '');
  const place = { file, line: 1, value: text };
  if (!TEXT.test(text)) throw new DataFileError('FILE_NOT_TEXT', `is not a CSV file; ${ALLOWED}`, place);
  const names = text.split(',');
  const format = FORMATS.find(({ time }) => names.includes(time));
  const wrong = (problem: string): DataFileError =>
    new DataFileError('HEADER_WRONG', `the header ${problem}: was ${showValue(text)}, ${ALLOWED}`, place);
  if (format === undefined) throw wrong('has neither open_time nor time');
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw wrong(`names the column ${showValue(repeated)} twice`);
  const missing = [...format.texts, ...format.amounts].filter((name) => !names.includes(name));
  if (missing.length > 0) throw wrong(`lacks ${missing.join(', ')}`);
  const columns = names.map((name) => columnOf(name, format));
  return { content: format.content, columns, hasSymbol: names.includes('symbol') };
}
