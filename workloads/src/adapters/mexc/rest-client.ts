import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import { isPositive } from '../../domain/money/decimal.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Clock } from '../../ports/clock.ts';
import { readKlineRow } from './candle-reader.ts';
import { MexcError } from './errors.ts';
import type { HttpAnswer, HttpTransport } from './http-transport.ts';
import { readInstrument } from './instruments.ts';
import type { MexcMetrics } from './mexc-metrics.ts';
import type { Lane } from './rate-limiter.ts';
import { readRow, type ReplySchema } from './reply-schema.ts';
import { repeatReads, type RepeatSettings } from './repeat.ts';
import type { TimedReading } from './server-time.ts';
import { readPrice } from './venue-decimal.ts';
import { intervalNames } from './wire/intervals.ts';
import { type Parameters, writeQuery } from './wire/query.ts';
import {
  exchangeInfoReply,
  klineRow,
  klinesReply,
  priceReply,
  serverTimeReply,
  type TickerRow,
  tickerRow,
  tickersReply,
} from './wire/rest-fields.ts';
import { WireError } from './wire/wire-error.ts';

/** Public data over REST. It knows no credentials and cannot place orders. */
export interface PublicRest {
  /** Repeats nothing, so that the round trip is that of one request. @throws MexcError */
  time(): Promise<TimedReading>;
  /** All symbols, or those asked for. Rows that cannot be read are left out and counted. @throws MexcError */
  instruments(symbols?: readonly TradingSymbol[]): Promise<readonly Instrument[]>;
  /** Klines whose windows start within [from, to], oldest first, the open one included. @throws MexcError */
  klines(range: KlineRange): Promise<readonly Candle[]>;
  /** 24-hour figures of all symbols. @throws MexcError */
  tickers(): Promise<readonly TickerRow[]>;
  /** The last price. @throws MexcError or WireError */
  price(symbol: TradingSymbol): Promise<Price>;
}

export interface KlineRange {
  readonly symbol: TradingSymbol;
  readonly interval: Duration;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly lane: Lane;
}

export interface PublicRestDeps {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: MexcMetrics;
}

/** Weights of the later table (B), the heavier one. */
const WEIGHT = { time: 1, exchangeInfo: 25, klines: 1, ticker24hr: 25, tickerPrice: 10 } as const;
/** Figures of all 2,000 symbols are about 2 MB. */
const MAX_CATALOGUE_BYTES = 32 * 1024 * 1024;
/** 1,000 is documented, but 500 were seen as the most: pages of 500 are right either way. */
const ROWS_PER_PAGE = 500;
/** A longer list would make the query too long; all symbols are asked for instead. */
const MAX_LISTED_SYMBOLS = 50;
const REPEAT: RepeatSettings = { attempts: 4, backoff: { base: 500, cap: 10 * SECOND } };

export function makePublicRest(deps: PublicRestDeps): PublicRest {
  const { transport, metrics } = deps;
  const ask = <T>(
    schema: ReplySchema<T>,
    path: string,
    parameters: Parameters,
    permit: { lane: Lane; weight: number },
  ): Promise<HttpAnswer<T>> =>
    transport({
      method: 'GET',
      path,
      permit,
      schema,
      prepare: () => Promise.resolve({ query: writeQuery(parameters), headers: {} }),
      ...(permit.weight >= WEIGHT.exchangeInfo ? { maxBytes: MAX_CATALOGUE_BYTES } : {}),
    });
  const get = async <T>(
    schema: ReplySchema<T>,
    path: string,
    parameters: Parameters,
    permit: { lane: Lane; weight: number },
  ): Promise<T> => (await repeatReads(() => ask(schema, path, parameters, permit), REPEAT, deps)).body;

  /** What can be read of a list; the rest is counted. */
  const readRows = <T>(rows: readonly unknown[], read: (row: unknown) => T): readonly T[] => {
    const good: T[] = [];
    for (const row of rows) {
      try {
        good.push(read(row));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        metrics.rejectedFrames.add(1, { reason: error.code });
      }
    }
    return good;
  };

  const page = async (range: KlineRange): Promise<readonly Candle[]> => {
    const { symbol, interval, from, to, lane } = range;
    const rows = await get(
      klinesReply,
      '/api/v3/klines',
      { symbol, interval: intervalNames(interval).rest, startTime: from, endTime: to, limit: ROWS_PER_PAGE },
      { lane, weight: WEIGHT.klines },
    );
    return readRows(rows, (row) => readKlineRow(symbol, interval, readRow(klineRow, row, 'klines')));
  };

  const catalogue = async (parameters: Parameters): Promise<readonly Instrument[]> => {
    const permit = { lane: 'query', weight: WEIGHT.exchangeInfo } as const;
    const reply = await get(exchangeInfoReply, '/api/v3/exchangeInfo', parameters, permit);
    return readRows(reply.symbols, readInstrument);
  };

  return {
    time: async () => {
      const permit = { lane: 'query', weight: WEIGHT.time } as const;
      const { body, sentAt, receivedAt } = await ask(serverTimeReply, '/api/v3/time', {}, permit);
      return { ...body, sentAt, receivedAt };
    },
    instruments: async (symbols = []) => {
      if (symbols.length === 0 || symbols.length > MAX_LISTED_SYMBOLS) return catalogue({});
      try {
        return await catalogue({ symbols: symbols.join(',') });
      } catch (error) {
        // One symbol that the venue does not list must not hide the others.
        if (error instanceof MexcError && error.rereadInstrument) return catalogue({});
        throw error;
      }
    },
    klines: async (range) => {
      const byTime = new Map<Timestamp, Candle>();
      const span = ROWS_PER_PAGE * range.interval;
      const first = Math.floor(range.from / range.interval) * range.interval;
      for (let from = first; from <= range.to; from += span) {
        const candles = await page({ ...range, from, to: Math.min(range.to, from + span - 1) });
        for (const candle of candles) byTime.set(candle.openTime, candle);
      }
      return [...byTime.values()]
        .filter(({ openTime }) => openTime >= range.from && openTime <= range.to)
        .sort((a, b) => a.openTime - b.openTime);
    },
    tickers: async () => {
      const permit = { lane: 'background', weight: WEIGHT.ticker24hr } as const;
      const rows = await get(tickersReply, '/api/v3/ticker/24hr', {}, permit);
      return readRows(rows, (row) => readRow(tickerRow, row, 'ticker/24hr'));
    },
    price: async (symbol) => {
      const path = '/api/v3/ticker/price';
      const reply = await get(priceReply, path, { symbol }, { lane: 'query', weight: WEIGHT.tickerPrice });
      const value = readPrice(reply.price);
      if (!isPositive(value)) {
        throw new WireError('PRICE_INVALID', `a price above 0 is expected of ${symbol}`);
      }
      return value;
    },
  };
}
