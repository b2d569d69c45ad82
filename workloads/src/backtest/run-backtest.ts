/** One bot over recorded data on a virtual clock: opens the data, plays them, and says what it came to. */
import type { DataSpec } from '../adapters/replay/data-spec.ts';
import { REPLAY_INPUTS } from '../adapters/replay/replay-venue.ts';
import type { BotSettings } from '../contract/index.ts';
import { digest } from '../domain/journal/digest.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import { DEPTH_CANDLES } from '../domain/market/depth.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import { candlesCovering } from '../domain/market/price-move.ts';
import { volatilitySpan } from '../domain/market/volatility.ts';
import { candlesOf, type Strategy } from '../domain/strategy/strategy.ts';
import { DAY, type Duration, type Timestamp } from '../domain/time.ts';
import { Engine, type IntrabarMode } from './engine/engine.ts';
import { SymbolFigures } from './engine/symbol-figures.ts';
import type { BreakerMode } from './engine/trader.ts';
import { type BacktestResult, resultOf } from './result.ts';
import { openStore, type OpenStore, TradesGivenError } from './store/candle-store.ts';
import { PriceSampler } from './price-sampler.ts';
import { playStore } from './play-store.ts';
import { playTrades } from './play-trades.ts';
import { SymbolTape } from './tape/symbol-tape.ts';

export interface BacktestOptions {
  readonly settings: BotSettings;
  readonly strategy: Strategy;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly data: readonly DataSpec[];
  /** Where columns made of the data are kept. */
  readonly store: string;
  /** Trade from this time on; what is before warms up. */
  readonly from?: Timestamp | undefined;
  /** Trade before this time. */
  readonly to?: Timestamp | undefined;
  readonly breaker: BreakerMode;
  readonly intrabar: IntrabarMode;
  readonly latency: Duration;
  /** Milliseconds that only go forward. */
  readonly elapsed: () => number;
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Told of each tape when a stretch of candles was put on it, before it is played: how a test changes the future. */
  readonly onLoaded?: (tape: SymbolTape) => void;
}

export interface BacktestProgress {
  readonly phase: 'reading' | 'playing';
  /** 0 to 1. */
  readonly fraction: number;
}

/** Everything that is played: the engine and the tapes under it. */
export interface Stage {
  readonly engine: Engine;
  readonly tapes: ReadonlyMap<TradingSymbol, SymbolTape>;
  readonly figures: ReadonlyMap<TradingSymbol, SymbolFigures>;
  readonly sampler: PriceSampler;
}

/** What playing took. */
export interface Played {
  readonly candles: number;
  /** Reading columns or rows. */
  readonly loadMs: number;
  /** Deciding. */
  readonly playMs: number;
}

/** Slots beyond the widest window, so that a scan never runs out of them. */
const SPARE = 64;

/** The engine of a bot with empty tapes. @throws RangeError when a symbol has no instrument */
export function setStage(
  options: Pick<
    BacktestOptions,
    'settings' | 'strategy' | 'instruments' | 'breaker' | 'intrabar' | 'latency'
  >,
): Stage {
  const { settings, strategy, instruments } = options;
  const { interval } = strategy;
  const window = Math.max(candlesOf(strategy), candlesCovering(settings.limits.priceWindow, interval));
  const day = candlesCovering(DAY, interval);
  const lookback = Math.max(window, day, volatilitySpan(interval) + 1, DEPTH_CANDLES) + SPARE;
  const tapes = new Map<TradingSymbol, SymbolTape>();
  const figures = new Map<TradingSymbol, SymbolFigures>();
  for (const symbol of settings.universe.symbols) {
    const instrument = instruments.get(symbol);
    if (instrument === undefined) throw new RangeError(`there is no instrument for ${symbol}`);
    const tape = new SymbolTape(symbol, interval, lookback);
    tapes.set(symbol, tape);
    figures.set(
      symbol,
      new SymbolFigures(instrument, tape, {
        interval,
        priceWindow: settings.limits.priceWindow,
        ...settings.fills,
        quality: REPLAY_INPUTS,
        window,
      }),
    );
  }
  const account = `paper:${settings.name}`;
  const engine = new Engine({ ...options, figures, account });
  return { engine, tapes, figures, sampler: new PriceSampler(settings.universe.symbols) };
}

/** @throws DataFileError, TapeOverflowError, BrokenInvariantError */
export async function runBacktest(options: BacktestOptions): Promise<BacktestResult> {
  const { elapsed, settings, strategy } = options;
  const began = elapsed();
  const store = await open(options);
  const openMs = elapsed() - began;
  const stage = setStage(options);
  const played = store === undefined ? await playTrades(stage, options) : playAndClose(stage, store, options);
  const { trader, time } = stage.engine;
  trader.books.snapshot(time);
  return resultOf({
    settings,
    strategy,
    stage,
    played,
    openMs,
    kept: store?.kept ?? false,
    quality: store?.quality ?? [],
    digest: digest(trader.verdicts, trader.desk.fills),
  });
}

function playAndClose(stage: Stage, store: OpenStore, options: BacktestOptions): Played {
  try {
    return playStore(stage, store, options);
  } finally {
    store.close();
  }
}

/** Undefined when the data are single trades, which are played as they are read. */
async function open(options: BacktestOptions): Promise<OpenStore | undefined> {
  const { data, settings, strategy, store: folder, onProgress } = options;
  try {
    return await openStore({
      data,
      symbols: settings.universe.symbols,
      interval: strategy.interval,
      folder,
      onProgress: (fraction) => onProgress?.({ phase: 'reading', fraction }),
    });
  } catch (error) {
    if (error instanceof TradesGivenError) return undefined;
    throw error;
  }
}
