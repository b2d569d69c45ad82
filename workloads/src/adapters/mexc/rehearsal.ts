/** An order that is checked by the venue and never taken: what only an order shows is found before the first real one. */
import type { Instrument } from '../../domain/market/instrument.ts';
import { asPrice, asQuantity, type Price } from '../../domain/money/amounts.ts';
import { decimal, divide, maximum, multiply, toStep } from '../../domain/money/decimal.ts';
import { orderId, orderIdPrefix } from '../../domain/orders/client-id.ts';
import type { OrderIntent } from '../../domain/orders/order.ts';
import type { Timestamp } from '../../domain/time.ts';

/** Above the least that the venue takes, so that a moving price does not matter. */
const MARGIN = decimal(2n, 0);
const DIVISION_SCALE = 18;

/** A small BUY at the last price. */
export function rehearsalOrder(
  instrument: Instrument,
  last: Price,
  by: { readonly account: string; readonly bot: string; readonly now: Timestamp },
): OrderIntent {
  const { symbol, tickSize, lotSize, minQuantity, minNotional } = instrument;
  const limitPrice = asPrice(toStep(last, tickSize, 'floor'));
  const least = maximum(minQuantity, divide(minNotional, limitPrice, DIVISION_SCALE, 'ceil'));
  const prefix = orderIdPrefix(by.account, by.bot);
  return {
    orderId: orderId({ prefix, subject: `rehearsal ${by.now}`, purpose: 'ENTRY', attempt: 0 }),
    account: by.account,
    symbol,
    side: 'BUY',
    purpose: 'ENTRY',
    type: 'LIMIT',
    quantity: asQuantity(toStep(multiply(least, MARGIN), lotSize, 'ceil')),
    limitPrice,
    referencePrice: limitPrice,
    verdictId: 'rehearsal',
    attempt: 0,
    decidedTime: by.now,
  };
}
