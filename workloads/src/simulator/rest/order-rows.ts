import { formatDecimal } from '../../domain/money/decimal.ts';
import type { VenueFill, VenueOrder } from '../book/order.ts';
import { isTerminal } from '../book/order.ts';

const priceOf = ({ price }: VenueOrder): string => (price === undefined ? '0' : formatDecimal(price));
const quantityOf = ({ quantity, executed }: VenueOrder): string => formatDecimal(quantity ?? executed);

/** The reply to a placed order: no status, no client id, no fills. */
export const placedRow = (order: VenueOrder): object => ({
  symbol: order.symbol,
  orderId: order.id,
  orderListId: -1,
  price: priceOf(order),
  origQty: quantityOf(order),
  type: order.type,
  side: order.side,
  stpMode: '',
  transactTime: order.time,
});

/** The reply to a cancellation does not tell how the order ended. */
export const cancelledRow = (order: VenueOrder): object => ({
  symbol: order.symbol,
  orderId: order.id,
  price: priceOf(order),
  origQty: quantityOf(order),
  type: order.type,
  side: order.side,
});

/** The double m of cummulativeQuoteQty is the venue's. */
export const orderRow = (order: VenueOrder): object => ({
  symbol: order.symbol,
  orderId: order.id,
  orderListId: -1,
  clientOrderId: order.clientId === '' ? null : order.clientId,
  price: priceOf(order),
  origQty: quantityOf(order),
  executedQty: formatDecimal(order.executed),
  cummulativeQuoteQty: formatDecimal(order.executedAmount),
  status: order.status,
  timeInForce: null,
  type: order.type,
  side: order.side,
  stopPrice: null,
  icebergQty: null,
  time: order.time,
  updateTime: order.updateTime,
  isWorking: !isTerminal(order.status),
  origQuoteOrderQty: order.budget === undefined ? '0' : formatDecimal(order.budget),
  stpMode: '',
  cancelReason: null,
});

export const fillRow = (fill: VenueFill): object => ({
  symbol: fill.symbol,
  id: fill.id,
  orderId: fill.orderId,
  orderListId: -1,
  price: formatDecimal(fill.price),
  qty: formatDecimal(fill.quantity),
  quoteQty: formatDecimal(fill.amount),
  commission: formatDecimal(fill.fee),
  commissionAsset: fill.feeAsset,
  time: fill.time,
  isBuyer: fill.side === 'BUY',
  isMaker: fill.isMaker,
  isBestMatch: true,
  isSelfTrade: fill.isSelfTrade,
  clientOrderId: fill.clientId === '' ? null : fill.clientId,
});
