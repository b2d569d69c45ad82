import type { FillStatistics } from '../../adapters/paper/symbol-market.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { DEPTH_CANDLES, depthOf } from '../../domain/market/depth.ts';
import { largestMove } from '../../domain/market/price-move.ts';
import {
  averageSpread,
  type MinuteSpreads,
  type MinuteSum,
  SpreadAverage,
  spreadOf,
} from '../../domain/market/spread-average.ts';
import { candleReturns, hourlySigmaBps, volatilitySpan } from '../../domain/market/volatility.ts';
import { DAY_FIGURES_WARMUP } from '../../domain/market/warm-up.ts';
import { type Money, type Price, type Ratio } from '../../domain/money/amounts.ts';
import type { InputQualities, MarketView } from '../../domain/risk/entry-input.ts';
import { type Duration, MINUTE, type Timestamp } from '../../domain/time.ts';
import type { SymbolTape } from '../tape/symbol-tape.ts';
import {
  closesOf,
  makeFastSpread,
  minuteOf,
  modelledSpread,
  TapeView,
  volumesOf,
} from '../tape/tape-view.ts';

export interface FigureSettings {
  readonly interval: Duration;
  /** How far back the check of the price's moves looks. */
  readonly priceWindow: Duration;
  readonly depthShareRatio: Ratio;
  readonly halfSpreadRatio: Ratio;
  readonly quality: InputQualities;
  /** Candles in reach of the strategy and of the check of price moves. */
  readonly window: number;
}

/** A trade of the market, with the spread modelled around it. */
export interface SeenTick {
  readonly price: Price;
  readonly bid: Price;
  readonly ask: Price;
  readonly time: Timestamp;
}

/**
 * Everything that decisions ask about the market of one symbol, at the moment the engine stands at. Nothing is computed
 * before it is asked for: on most candles nobody asks.
 */
export class SymbolFigures implements FillStatistics {
  readonly instrument: Instrument;
  readonly view: TapeView;
  readonly #settings: FigureSettings;
  readonly #fastSpread: { scale: number; of: (units: number) => number | undefined };
  /** Of trades, which give several spreads a minute; undefined where the data are candles. */
  #spreads: SpreadAverage | undefined;
  #tick: SeenTick | undefined;

  constructor(instrument: Instrument, tape: SymbolTape, settings: FigureSettings) {
    this.instrument = instrument;
    this.view = new TapeView(tape, settings.window);
    this.#settings = settings;
    this.#fastSpread = { scale: -1, of: () => undefined };
  }

  // -- what the engine tells

  /** The data are single trades. */
  expectTicks(): void {
    this.#spreads = new SpreadAverage({ warmup: DAY_FIGURES_WARMUP });
  }

  takeTick(tick: SeenTick): void {
    this.#tick = tick;
    this.#spreads?.put(tick.time, spreadOf(tick.bid, tick.ask));
  }

  /** A candle closed: it is the newest now. */
  closed(slot: number): void {
    this.view.seek(slot);
    this.#tick = undefined;
    const { close } = this.view;
    if (this.#spreads === undefined || close === undefined) return;
    this.#spreads.put(this.closedTime, this.#modelled(close));
  }

  // -- what decisions ask

  /** The latest price; undefined before the first. */
  get mark(): Price | undefined {
    return this.#tick?.price ?? this.view.close;
  }

  get dataTime(): Timestamp | undefined {
    return this.#tick?.time ?? (this.view.newest < 0 ? undefined : this.closedTime);
  }

  marketView(now: Timestamp): MarketView {
    const { interval, priceWindow, quality, depthShareRatio } = this.#settings;
    const { mark } = this;
    return {
      instrument: this.instrument,
      referencePrice: mark,
      dataTime: this.dataTime,
      feedInterval: interval,
      priceMove: mark === undefined ? undefined : largestMove(this.view, mark, priceWindow),
      spread: this.#spread(now),
      volatility: candleReturns(closesOf(this.view, volatilitySpan(interval) + 1), interval),
      depth: this.depth(depthShareRatio),
      clockOffset: 0,
      quality,
    };
  }

  // -- FillStatistics

  get closedTime(): Timestamp {
    const { newest, interval } = this.view;
    return newest < 0 ? 0 : (newest + 1) * interval;
  }

  /** The tape has it already. */
  observe(): void {}

  depth(depthShareRatio: Ratio): Money | undefined {
    return depthOf(volumesOf(this.view, DEPTH_CANDLES), depthShareRatio);
  }

  hourlySigmaBps(): number | undefined {
    const { interval } = this.#settings;
    return hourlySigmaBps(closesOf(this.view, volatilitySpan(interval) + 1), interval);
  }

  // -- spreads

  #modelled(price: Price): Ratio {
    return modelledSpread(price, this.#settings.halfSpreadRatio, this.instrument);
  }

  #spread(now: Timestamp): MarketView['spread'] {
    const average =
      this.#spreads === undefined
        ? averageSpread(this.#minutes(), now, DAY_FIGURES_WARMUP)
        : this.#spreads.average(now);
    const current = this.#currentSpread();
    return current === undefined || average === undefined ? undefined : { current, average };
  }

  #currentSpread(): Ratio | undefined {
    if (this.#tick !== undefined) return spreadOf(this.#tick.bid, this.#tick.ask);
    const { close } = this.view;
    return close === undefined ? undefined : this.#modelled(close);
  }

  /** Each candle gives one spread, in the minute it closes in. */
  #minutes(): MinuteSpreads {
    const { tape, interval, newest } = this.view;
    const minutes = interval / MINUTE;
    return {
      newest: newest < 0 ? -1 : minuteOf(newest, interval),
      first: newest < 0 ? -1 : minuteOf(tape.first, interval),
      sumOf: (from, to) => this.#sumOfSlots(Math.ceil(from / minutes) - 1, Math.floor(to / minutes) - 1),
    };
  }

  /** From slot to slot, both included. */
  #sumOfSlots(from: number, to: number): MinuteSum {
    const { view } = this;
    const { base, close } = view.tape;
    const fast = this.#fast();
    let [total, count] = [0, 0];
    for (let index = Math.max(0, from - base); index <= to - base; index += 1) {
      const units = close[index] as number;
      if (units === 0) continue;
      total += fast(units) ?? Number(this.#modelled(view.priceOf(units)));
      count += 1;
    }
    return { total, count };
  }

  #fast(): (units: number) => number | undefined {
    const { tape } = this.view;
    if (this.#fastSpread.scale !== tape.scale) {
      this.#fastSpread.scale = tape.scale;
      this.#fastSpread.of = makeFastSpread(tape, this.#settings.halfSpreadRatio, this.instrument);
    }
    return this.#fastSpread.of;
  }
}
