import type { Candle } from '../market/candle.ts';
import type { Price } from '../money/amounts.ts';
import { maximum, minimum } from '../money/decimal.ts';

/**
 * How far the price went against and for a long position while it was held (Sweeney's MAE and MFE), as prices.
 * For reports only: the high and low of a candle are never seen by a decision.
 */
export interface Excursion {
  readonly adversePrice: Price;
  readonly favorablePrice: Price;
}

/** At the entry fill both extremes are its price. */
export const startExcursion = (entryPrice: Price): Excursion => ({
  adversePrice: entryPrice,
  favorablePrice: entryPrice,
});

function widen(excursion: Excursion, low: Price, high: Price): Excursion {
  const adversePrice = minimum(excursion.adversePrice, low);
  const favorablePrice = maximum(excursion.favorablePrice, high);
  const same = adversePrice === excursion.adversePrice && favorablePrice === excursion.favorablePrice;
  return same ? excursion : { adversePrice, favorablePrice };
}

/** A candle that passed while the position was held. The same object comes back when nothing changed. */
export const trackCandle = (excursion: Excursion, candle: Pick<Candle, 'high' | 'low'>): Excursion =>
  widen(excursion, candle.low, candle.high);

/** A single price while it was held: a tick, a further entry fill, the exit fill. */
export const trackPrice = (excursion: Excursion, price: Price): Excursion => widen(excursion, price, price);
