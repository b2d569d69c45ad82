import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import { modelFill, type ModelledFill } from '../../domain/fills/fill-model.ts';
import { type Candle, closeTime } from '../../domain/market/candle.ts';
import { DepthEstimate } from '../../domain/market/depth.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { Volatility } from '../../domain/market/volatility.ts';
import {
  asQuantity,
  type Money,
  NO_QUANTITY,
  type Price,
  type Quantity,
  type Ratio,
} from '../../domain/money/amounts.ts';
import { add } from '../../domain/money/decimal.ts';
import type { OrderIntent } from '../../domain/orders/order.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';

/** An order meeting a price of the market. */
export interface MarketQuestion {
  readonly order: OrderIntent;
  /** What is left of the order. */
  readonly quantity: Quantity;
  /** The next candle's open, or a tick. */
  readonly price: Price;
  /** Whether the order waited in the book before. */
  readonly resting: boolean;
}

/** What the fill model knows of a symbol's market at this moment. */
export interface FillStatistics {
  /** Close time of the newest candle seen; 0 before the first. */
  readonly closedTime: Timestamp;
  /** Takes a closed candle in; nothing where the figures come from elsewhere. */
  observe(candle: Candle): void;
  /** Quote units; undefined during warm-up. */
  depth(depthShareRatio: Ratio): Money | undefined;
  /** Undefined during warm-up. */
  hourlySigmaBps(): number | undefined;
}

/** Statistics gathered candle by candle. */
export class CandleStatistics implements FillStatistics {
  readonly #volatility: Volatility;
  readonly #depth: DepthEstimate;
  #closedTime: Timestamp = 0;

  constructor(interval: Duration) {
    this.#volatility = new Volatility(interval);
    this.#depth = new DepthEstimate(interval);
  }

  get closedTime(): Timestamp {
    return this.#closedTime;
  }

  observe(candle: Candle): void {
    this.#volatility.put(candle);
    this.#depth.put(candle);
    this.#closedTime = Math.max(this.#closedTime, closeTime(candle));
  }

  depth(depthShareRatio: Ratio): Money | undefined {
    return this.#depth.depth(depthShareRatio);
  }

  hourlySigmaBps(): number | undefined {
    return this.#volatility.hourlySigmaBps();
  }
}

/** How the market of one symbol is modelled: its statistics, and what our orders took of the depth of this candle. */
export class SymbolMarket {
  readonly instrument: Instrument;
  readonly #settings: FillSettings;
  readonly #statistics: FillStatistics;
  #taken: Quantity = NO_QUANTITY;

  constructor(instrument: Instrument, settings: FillSettings, statistics: FillStatistics) {
    this.instrument = instrument;
    this.#settings = settings;
    this.#statistics = statistics;
  }

  /** Close time of the newest candle seen; 0 before the first. */
  get closedTime(): Timestamp {
    return this.#statistics.closedTime;
  }

  /** A closed candle: its figures count, and what was taken of the depth before does not any more. */
  observe(candle: Candle): void {
    this.#statistics.observe(candle);
    this.renewDepth();
  }

  /** A new candle: its depth is untouched. */
  renewDepth(): void {
    this.#taken = NO_QUANTITY;
  }

  /** What the order gets. A fill is `take`n by the caller, or was never there. */
  ask({ order, quantity, price, resting }: MarketQuestion): ModelledFill {
    return modelFill({
      side: order.side,
      type: order.type,
      limitPrice: order.limitPrice,
      quantity,
      marketPrice: price,
      depth: this.#statistics.depth(this.#settings.depthShareRatio),
      sigma1hBps: this.#statistics.hourlySigmaBps(),
      taken: this.#taken,
      resting,
      instrument: this.instrument,
      settings: this.#settings,
    });
  }

  take(quantity: Quantity): void {
    this.#taken = asQuantity(add(this.#taken, quantity));
  }
}
