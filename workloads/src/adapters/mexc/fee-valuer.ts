import type { Price } from '../../domain/money/amounts.ts';
import { type Duration, MINUTE, type Timestamp } from '../../domain/time.ts';
import type { Fill } from '../../domain/orders/order.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { notSent } from './errors.ts';
import type { InstrumentCatalogue } from './instrument-catalogue.ts';
import { assetToValue, type RawFill, withFee } from './order-reader.ts';
import type { PublicRest } from './rest-client.ts';

const MAX_AGE: Duration = MINUTE;

export interface FeeValuerDeps {
  readonly rest: PublicRest;
  readonly catalogue: InstrumentCatalogue;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Completes fills with their fee in the quote asset. A fee in a third asset (MX, when its deduction is on) is valued at
 * that asset's last price, at most a minute old.
 */
export type FeeValuer = (raw: RawFill) => Promise<Fill>;

export function makeFeeValuer({ rest, catalogue, clock, log }: FeeValuerDeps): FeeValuer {
  const prices = new Map<string, { readonly price: Price | undefined; readonly readAt: Timestamp }>();
  const rateOf = async (symbol: string): Promise<Price | undefined> => {
    const known = prices.get(symbol);
    if (known !== undefined && clock.now() - known.readAt < MAX_AGE) return known.price;
    let price = known?.price;
    try {
      price = await rest.price(symbol);
    } catch (error) {
      // A fill must not be held back for the value of its fee: an older price or an upper bound serves.
      log.warn({ symbol, error: String(error) }, 'cannot read the price that values a fee');
    }
    prices.set(symbol, { price, readAt: clock.now() });
    return price;
  };
  return async (raw) => {
    const instrument = (await catalogue.find([raw.symbol])).get(raw.symbol);
    if (instrument === undefined) {
      throw notSent(
        'REPLY_INVALID',
        'retryable',
        `MEXC reports a fill of ${raw.symbol} but does not list it`,
      );
    }
    const asset = assetToValue(raw, instrument);
    const rate = asset === undefined ? undefined : await rateOf(`${asset}${instrument.quote}`);
    return withFee(raw, { instrument, rate });
  };
}
