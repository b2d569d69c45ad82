import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asMoney, price, quantity } from '../../src/domain/money/amounts.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { MINUTE } from '../../src/domain/time.ts';

/** 2024-01-02 00:00 UTC: a day of its own, and an hour's beginning. */
export const START = Date.UTC(2024, 0, 2);
export const INTERVAL = 5 * MINUTE;
/** Candles before anything may happen: figures over 24 h are believed after six hours. */
export const WARM_UP = 80;

/** One candle of a script. A number is a close; the rest follows: it opens at the last close, with plenty of volume. */
export type ScriptCandle =
  | number
  | 'missing'
  | {
      readonly close: number;
      readonly open?: number;
      readonly quoteVolume?: number;
    };

/** A quiet market around 100: it moves enough for a volatility to be known, and far less than any threshold. */
export const quiet = (count: number, around = 100): number[] =>
  Array.from({ length: count }, (_, i) => around * (i % 2 === 0 ? 1 : 1.004));

const text = (value: number): string => value.toFixed(4);

function rowsOf(symbol: string, candles: readonly ScriptCandle[]): string[] {
  let last = 100;
  return candles.flatMap((candle, i) => {
    if (candle === 'missing') return [];
    const {
      close,
      open = last,
      quoteVolume = 1_000_000,
    } = typeof candle === 'number' ? { close: candle } : candle;
    last = close;
    const [high, low] = [Math.max(open, close), Math.min(open, close)];
    const volume = quoteVolume / close;
    return [
      [START + i * INTERVAL, symbol, open, high, low, close, volume, quoteVolume]
        .map((field, column) => (column > 1 ? text(Number(field)) : String(field)))
        .join(','),
    ];
  });
}

/** Writes a market as a data file, ordered by time and symbol. Returns its path. */
export async function writeMarket(
  folder: string,
  name: string,
  market: Readonly<Record<string, readonly ScriptCandle[]>>,
): Promise<string> {
  const rows = Object.entries(market).flatMap(([symbol, candles]) => rowsOf(symbol, candles));
  const timeOf = (row: string): number => Number(row.slice(0, row.indexOf(',')));
  rows.sort((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : 1));
  const path = join(folder, `${name}.csv`);
  await writeFile(path, ['open_time,symbol,open,high,low,close,volume,quote_volume', ...rows, ''].join('\n'));
  return path;
}

const BASE: Omit<Instrument, 'symbol' | 'base'> = {
  quote: 'USDT',
  tickSize: price('0.01'),
  lotSize: quantity('0.001'),
  minQuantity: quantity('0.001'),
  minNotional: asMoney(price('5')),
  tradable: true,
  marketOrders: true,
};

/** The trading rules of a script's symbols (`AAAUSDT`, …). */
export const instruments = (
  symbols: readonly string[],
  changes: Partial<Instrument> = {},
): ReadonlyMap<string, Instrument> =>
  new Map(
    symbols.map((symbol) => [symbol, { ...BASE, symbol, base: symbol.replace('USDT', ''), ...changes }]),
  );

/** When the n-th candle of a script closes. */
export const closeOf = (index: number): number => START + (index + 1) * INTERVAL;

export const show = formatDecimal;
