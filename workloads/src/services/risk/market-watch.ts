import { CandleWindow } from '../../domain/market/candle-window.ts';
import { type Candle, type TradingSymbol, closeTime } from '../../domain/market/candle.ts';
import { DepthEstimate } from '../../domain/market/depth.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { candlesCovering, largestMove } from '../../domain/market/price-move.ts';
import { Volatility } from '../../domain/market/volatility.ts';
import type { Price, Ratio } from '../../domain/money/amounts.ts';
import type { MarketView } from '../../domain/risk/entry-input.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { TickEvent } from '../../events/event.ts';
import type { VenueInputs } from '../../ports/venue.ts';
import { SpreadWatch } from './spread-watch.ts';

export interface MarketWatchSettings {
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly interval: Duration;
  /** How far back the check of the price's moves looks. */
  readonly priceWindow: Duration;
  readonly depthShareRatio: Ratio;
  readonly halfSpreadRatio: Ratio;
  readonly inputs: VenueInputs;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
}

export interface SpreadLimits {
  /** Of the average. */
  readonly multiple: number;
  /** Of measured best prices. */
  readonly maxAge: Duration;
}

/** What is known of the market of one symbol: everything a verdict asks about it. */
export class SymbolMarket {
  readonly #settings: MarketWatchSettings;
  readonly #instrument: Instrument | undefined;
  readonly #window: CandleWindow;
  readonly #volatility: Volatility;
  readonly #depth: DepthEstimate;
  readonly #spread: SpreadWatch;
  #mark: Price | undefined;
  #dataTime: Timestamp | undefined;

  constructor(symbol: TradingSymbol, settings: MarketWatchSettings) {
    const { interval, priceWindow, halfSpreadRatio, inputs } = settings;
    this.#settings = settings;
    this.#instrument = settings.instruments.get(symbol);
    this.#spread = new SpreadWatch({
      quality: inputs.spread,
      instrument: this.#instrument,
      halfSpreadRatio,
    });
    this.#window = new CandleWindow({ interval, capacity: candlesCovering(priceWindow, interval) });
    this.#volatility = new Volatility(interval);
    this.#depth = new DepthEstimate(interval);
  }

  /** The latest price. */
  get mark(): Price | undefined {
    return this.#mark;
  }

  get dataTime(): Timestamp | undefined {
    return this.#dataTime;
  }

  /** Whether the spread is wider than the multiple of its average; undefined while it is not known. */
  isSpreadWide(now: Timestamp, { multiple, maxAge }: SpreadLimits): boolean | undefined {
    const spread = this.#spread.at(now, maxAge);
    return spread === undefined ? undefined : spread.current > spread.average * BigInt(multiple);
  }

  get instrument(): Instrument | undefined {
    return this.#instrument;
  }

  /** A closed candle of any origin. Returns whether it is the newest: only then it is the price now. */
  takeCandle(candle: Candle): boolean {
    const placement = this.#window.put(candle);
    this.#volatility.put(candle);
    this.#depth.put(candle);
    const isNewest = placement === 'appended' || this.#window.latest === candle;
    if (isNewest && closeTime(candle) >= (this.#dataTime ?? 0)) this.#price(candle.close, closeTime(candle));
    return isNewest;
  }

  takeTick(tick: TickEvent): void {
    if (tick.eventTime < (this.#dataTime ?? 0)) return;
    this.#mark = tick.price;
    this.#dataTime = tick.eventTime;
    const { bid, ask, eventTime } = tick;
    if (bid !== undefined && ask !== undefined) this.#spread.takeBestPrices(bid, ask, eventTime);
  }

  /** What the checks see at `now`. `maxAge`: of measured best prices. */
  view(now: Timestamp, maxAge: Duration): MarketView {
    const { interval, inputs, depthShareRatio, clockOffset } = this.#settings;
    return {
      instrument: this.#instrument,
      referencePrice: this.#mark,
      dataTime: this.#dataTime,
      feedInterval: interval,
      priceMove:
        this.#mark === undefined
          ? undefined
          : largestMove(this.#window, this.#mark, this.#settings.priceWindow),
      spread: this.#spread.at(now, maxAge),
      volatility: this.#volatility.candleReturns(),
      depth: this.#depth.depth(depthShareRatio),
      clockOffset: clockOffset(),
      quality: inputs,
    };
  }

  #price(price: Price, time: Timestamp): void {
    this.#mark = price;
    this.#dataTime = time;
    this.#spread.takePrice(price, time);
  }
}

/** The markets of all symbols, and their latest prices as one map. */
export class MarketWatch {
  readonly #settings: MarketWatchSettings;
  readonly #markets = new Map<TradingSymbol, SymbolMarket>();
  readonly #marks = new Map<TradingSymbol, Price>();

  constructor(settings: MarketWatchSettings) {
    this.#settings = settings;
  }

  get marks(): ReadonlyMap<TradingSymbol, Price> {
    return this.#marks;
  }

  of(symbol: TradingSymbol): SymbolMarket {
    let market = this.#markets.get(symbol);
    if (market === undefined) {
      market = new SymbolMarket(symbol, this.#settings);
      this.#markets.set(symbol, market);
    }
    return market;
  }

  /** Age of the newest data of any symbol; undefined before the first. */
  feedAge(now: Timestamp): Duration | undefined {
    let newest: Timestamp | undefined;
    for (const { dataTime } of this.#markets.values()) {
      if (dataTime !== undefined && dataTime > (newest ?? 0)) newest = dataTime;
    }
    return newest === undefined ? undefined : now - newest;
  }

  /** Of how many symbols the spread is known, and of how many it is wide. */
  spreads(now: Timestamp, limits: SpreadLimits): { readonly known: number; readonly wide: number } {
    const known = [...this.#markets.values()]
      .map((market) => market.isSpreadWide(now, limits))
      .filter((wide) => wide !== undefined);
    return { known: known.length, wide: known.filter(Boolean).length };
  }

  takeCandle(candle: Candle): boolean {
    const market = this.of(candle.symbol);
    const isNewest = market.takeCandle(candle);
    this.#note(candle.symbol, market);
    return isNewest;
  }

  takeTick(tick: TickEvent): void {
    const market = this.of(tick.symbol);
    market.takeTick(tick);
    this.#note(tick.symbol, market);
  }

  #note(symbol: TradingSymbol, { mark }: SymbolMarket): void {
    if (mark !== undefined) this.#marks.set(symbol, mark);
  }
}
