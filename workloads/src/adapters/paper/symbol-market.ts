import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import { modelFill, type ModelledFill } from '../../domain/fills/fill-model.ts';
import { type Candle, closeTime } from '../../domain/market/candle.ts';
import { DepthEstimate } from '../../domain/market/depth.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { Volatility } from '../../domain/market/volatility.ts';
import { asQuantity, NO_QUANTITY, type Price, type Quantity } from '../../domain/money/amounts.ts';
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

/** How the market of one symbol is modelled: its statistics, and what our orders took of the depth of this candle. */
export class SymbolMarket {
  readonly instrument: Instrument;
  readonly #settings: FillSettings;
  readonly #volatility: Volatility;
  readonly #depth: DepthEstimate;
  #taken: Quantity = NO_QUANTITY;
  #closedTime: Timestamp = 0;

  constructor(instrument: Instrument, settings: FillSettings, interval: Duration) {
    this.instrument = instrument;
    this.#settings = settings;
    this.#volatility = new Volatility(interval);
    this.#depth = new DepthEstimate(interval);
  }

  /** Close time of the newest candle seen; 0 before the first. */
  get closedTime(): Timestamp {
    return this.#closedTime;
  }

  /** A closed candle: volatility and depth. */
  observe(candle: Candle): void {
    this.#volatility.put(candle);
    this.#depth.put(candle);
    this.#closedTime = Math.max(this.#closedTime, closeTime(candle));
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
      depth: this.#depth.depth(this.#settings.depthShareRatio),
      sigma1hBps: this.#volatility.hourlySigmaBps(),
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
