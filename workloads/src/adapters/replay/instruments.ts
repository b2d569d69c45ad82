import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { asRatio, money, price, quantity, ratio, type Ratio } from '../../domain/money/amounts.ts';
import { systemCodeOf } from './system-code.ts';

export type InstrumentsErrorCode = 'INSTRUMENTS_MISSING' | 'INSTRUMENTS_UNREADABLE' | 'INSTRUMENTS_INVALID';

/** An instruments file that cannot be used. One line: file, path in it, what was wrong, what is allowed. */
export class InstrumentsError extends Error {
  readonly code: InstrumentsErrorCode;
  readonly file: string;
  readonly retryable = false;
  constructor(
    code: InstrumentsErrorCode,
    problem: string,
    place: { readonly file: string; readonly cause?: unknown },
  ) {
    super(`${place.file}: ${problem}`, { cause: place.cause });
    this.name = 'InstrumentsError';
    this.code = code;
    this.file = place.file;
  }
}

const text = (pattern: RegExp, allowed: string): z.ZodString =>
  z.string({ error: `must be text, ${allowed}` }).regex(pattern, {
    error: ({ input }) => `must be ${allowed}: was ${JSON.stringify(input)}`,
  });

const ASSET = text(/^[A-Z0-9]{1,20}$/, 'upper-case letters and digits');
const PLAIN = /^\d{1,20}(?:\.\d{1,18})?$/;
const NOT_ZERO = /[1-9]/;
const amount = text(PLAIN, 'a plain decimal number such as "0.001"');
const step = amount.regex(NOT_ZERO, {
  error: ({ input }) => `must be above 0: was ${JSON.stringify(input)}`,
});
const percent = text(/^\d{1,2}(?:\.\d{1,6})?%$/, 'a percentage such as "0.06%"');

const instrumentSchema = z.strictObject({
  symbol: ASSET,
  base: ASSET,
  quote: ASSET,
  tickSize: step,
  lotSize: step,
  minQuantity: amount,
  minNotional: amount,
  maxNotional: step.optional(),
  takerFee: percent.optional(),
  makerFee: percent.optional(),
  tradable: z.boolean({ error: 'must be true or false' }).default(true),
  marketOrders: z.boolean({ error: 'must be true or false' }).default(true),
});

const fileSchema = z.strictObject({
  instruments: z.array(instrumentSchema).min(1, { error: 'names no instrument' }),
});

type InstrumentText = z.infer<typeof instrumentSchema>;

const HUNDRED = 100n;
const ratioOfPercent = (value: string): Ratio => asRatio(ratio(value.slice(0, -1)) / HUNDRED);

function toInstrument(entry: InstrumentText): Instrument {
  return {
    symbol: entry.symbol,
    base: entry.base,
    quote: entry.quote,
    tickSize: price(entry.tickSize),
    lotSize: quantity(entry.lotSize),
    minQuantity: quantity(entry.minQuantity),
    minNotional: money(entry.minNotional),
    ...(entry.maxNotional === undefined ? {} : { maxNotional: money(entry.maxNotional) }),
    ...(entry.takerFee === undefined ? {} : { takerFeeRatio: ratioOfPercent(entry.takerFee) }),
    ...(entry.makerFee === undefined ? {} : { makerFeeRatio: ratioOfPercent(entry.makerFee) }),
    tradable: entry.tradable,
    marketOrders: entry.marketOrders,
  };
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const problem = `is not JSON: ${cause instanceof Error ? cause.message : 'unknown'}`;
    throw new InstrumentsError('INSTRUMENTS_INVALID', problem, { file, cause });
  }
}

/**
 * Reads the text of an instruments file.
 * @throws InstrumentsError
 */
export function parseInstruments(content: string, file: string): ReadonlyMap<TradingSymbol, Instrument> {
  const parsed = fileSchema.safeParse(parseJson(content, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${pathOf(issue?.path ?? [])}: ${issue?.message ?? 'is invalid'}`;
    throw new InstrumentsError('INSTRUMENTS_INVALID', problem, { file });
  }
  const instruments = new Map<TradingSymbol, Instrument>();
  for (const [i, entry] of parsed.data.instruments.entries()) {
    if (instruments.has(entry.symbol)) {
      const problem = `instruments[${i}].symbol: ${entry.symbol} is there twice; each is allowed once`;
      throw new InstrumentsError('INSTRUMENTS_INVALID', problem, { file });
    }
    instruments.set(entry.symbol, toInstrument(entry));
  }
  return instruments;
}

/**
 * The trading rules for replays, which have no exchange to ask.
 * @throws InstrumentsError
 */
export async function readInstruments(file: string): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    const code = systemCodeOf(cause);
    throw code === 'ENOENT'
      ? new InstrumentsError('INSTRUMENTS_MISSING', 'no such file', { file, cause })
      : new InstrumentsError('INSTRUMENTS_UNREADABLE', `cannot be read (${code})`, { file, cause });
  }
  return parseInstruments(content, file);
}
