import type { BotSettings } from '../contract/index.ts';
import type { RoundTrip } from '../domain/account/account.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import { asRatio, type Money, type Ratio } from '../domain/money/amounts.ts';
import type { Fill } from '../domain/orders/order.ts';
import type { Verdict } from '../domain/risk/verdict.ts';
import type { Strategy } from '../domain/strategy/strategy.ts';
import type { Timestamp } from '../domain/time.ts';
import type { EquityPoint } from './engine/books.ts';
import type { LatchedBreaker } from './engine/latches.ts';
import type { PricePoint } from './price-sampler.ts';
import type { Played, Stage } from './run-backtest.ts';
import type { DataQuality } from './store/data-quality.ts';

/** Everything a back-test came to. Amounts are in the bot's quote asset and exact. */
export interface BacktestResult {
  readonly bot: string;
  readonly quote: string;
  readonly strategy: string;
  readonly symbols: readonly TradingSymbol[];
  readonly interval: number;
  /** Candles traded on, over all symbols. */
  readonly candles: number;
  /** Deciding, filling and booking. */
  readonly seconds: number;
  readonly candlesPerSecond: number;
  /** Reading the columns (or, for trades, the rows). */
  readonly loadSeconds: number;
  /** Opening the data; making the columns, when they were not there. */
  readonly openSeconds: number;
  /** Whether the columns were there already. */
  readonly kept: boolean;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly signals: number;
  readonly orders: number;
  readonly verdicts: readonly Verdict[];
  readonly fills: readonly Fill[];
  readonly roundTrips: readonly RoundTrip[];
  readonly capital: Money;
  readonly equity: Money;
  readonly realizedPnl: Money;
  readonly unrealizedPnl: Money;
  readonly fees: Money;
  readonly maxDrawdown: Ratio;
  readonly openPositions: number;
  readonly curve: readonly EquityPoint[];
  readonly breakers: readonly LatchedBreaker[];
  readonly quality: readonly DataQuality[];
  readonly prices: ReadonlyMap<TradingSymbol, readonly PricePoint[]>;
  readonly digest: string;
}

export interface ResultFacts {
  readonly settings: BotSettings;
  readonly strategy: Strategy;
  readonly stage: Stage;
  readonly played: Played;
  readonly openMs: number;
  readonly kept: boolean;
  readonly quality: readonly DataQuality[];
  readonly digest: string;
}

const MS = 1_000;

/** Puts together what a back-test came to. */
export function resultOf(facts: ResultFacts): BacktestResult {
  const { settings, strategy, stage, played, quality } = facts;
  const { engine, sampler } = stage;
  const { trader } = engine;
  const { books, desk } = trader;
  const { capital, cash, realizedPnl, fees, positions } = books.account;
  const times = [...sampler.series.values()].flatMap((points) => points.slice(0, 1).map(({ time }) => time));
  return {
    bot: settings.name,
    quote: settings.universe.quote,
    strategy: strategy.name,
    symbols: settings.universe.symbols,
    interval: strategy.interval,
    candles: played.candles,
    seconds: played.playMs / MS,
    candlesPerSecond: Math.round(played.candles / Math.max(played.playMs / MS, 1e-6)),
    loadSeconds: played.loadMs / MS,
    openSeconds: facts.openMs / MS,
    kept: facts.kept,
    from: times.length === 0 ? 0 : Math.min(...times) - strategy.interval,
    to: engine.time,
    signals: trader.signals,
    orders: desk.sent,
    verdicts: trader.verdicts,
    fills: desk.fills,
    roundTrips: books.roundTrips,
    capital,
    equity: books.equity ?? cash,
    realizedPnl,
    unrealizedPnl: books.unrealizedPnl,
    fees,
    maxDrawdown: books.run?.maxDrawdownRatio ?? asRatio(0n),
    openPositions: positions.size,
    curve: books.curve,
    breakers: trader.latches.history,
    quality,
    prices: sampler.series,
    digest: facts.digest,
  };
}
