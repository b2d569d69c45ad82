/** Everything that can be wrong with a data file. `FILE_…` is about the file as such, the others about its content. */
export const DATA_FILE_CODES = [
  'FILE_MISSING',
  'FILE_UNREADABLE',
  'FILE_EMPTY',
  'FILE_NOT_TEXT',
  'GZIP_TRUNCATED',
  'GZIP_CORRUPT',
  'HEADER_WRONG',
  'SYMBOL_UNKNOWN',
  'SYMBOL_OUTSIDE_UNIVERSE',
  'FILES_OVERLAP',
  'INTERVAL_WRONG',
  'LINE_TOO_LONG',
  'FIELD_COUNT_WRONG',
  'NUMBER_WRONG',
  'TIME_WRONG',
  'SIDE_WRONG',
  'CANDLE_WRONG',
  'TRADE_WRONG',
  'ROW_OUT_OF_ORDER',
  'ROW_DUPLICATED',
  'ROW_CONFLICTING',
  'POSITION_UNKNOWN',
] as const;
export type DataFileCode = (typeof DATA_FILE_CODES)[number];

export interface DataFilePlace {
  readonly file: string;
  /** 1 for the header. */
  readonly line?: number | undefined;
  /** What stood there. */
  readonly value?: string | undefined;
  readonly cause?: unknown;
}

/** How much of a wrong value is shown. */
const SHOWN = 80;

/** A wrong value for people: printable, short, in quotes. */
export const showValue = (value: string): string => JSON.stringify(value.slice(0, SHOWN));

/** A data file that cannot be replayed (further). One line: `file:line: what was wrong, what is allowed`. */
export class DataFileError extends Error {
  readonly code: DataFileCode;
  readonly file: string;
  readonly line: number | undefined;
  /** The message without the place. */
  readonly problem: string;
  readonly value: string | undefined;
  readonly retryable = false;
  constructor(code: DataFileCode, problem: string, place: DataFilePlace) {
    super(`${place.file}${place.line === undefined ? '' : `:${place.line}`}: ${problem}`, {
      cause: place.cause,
    });
    this.name = 'DataFileError';
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.problem = problem;
    this.value = place.value?.slice(0, SHOWN);
  }
}
