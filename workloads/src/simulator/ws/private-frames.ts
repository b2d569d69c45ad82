import { PRIVATE_CHANNELS } from '../../adapters/mexc/wire/channels.ts';
import type { PushFrame } from '../../adapters/mexc/wire/push-frame.ts';
import { ZERO, divide, formatDecimal, isZero, subtract } from '../../domain/money/decimal.ts';
import type { OrderStatus, VenueFill, VenueOrder } from '../book/order.ts';
import type { BalanceChange } from '../exchange-event.ts';
import type { OrderType } from '../market/symbol-rules.ts';

const STATUS: Readonly<Record<OrderStatus, number>> = {
  NEW: 1,
  FILLED: 2,
  PARTIALLY_FILLED: 3,
  CANCELED: 4,
  PARTIALLY_CANCELED: 5,
};
const TYPE: Readonly<Record<OrderType, number>> = {
  LIMIT: 1,
  LIMIT_MAKER: 2,
  IMMEDIATE_OR_CANCEL: 3,
  FILL_OR_KILL: 4,
  MARKET: 5,
};
const AVERAGE_SCALE = 18;

export function orderFrame(order: VenueOrder, fill: VenueFill | undefined): PushFrame {
  const quantity = order.quantity ?? order.executed;
  const value =
    order.budget ??
    (order.price === undefined
      ? order.executedAmount
      : { units: order.price.units * quantity.units, scale: order.price.scale + quantity.scale });
  const average = isZero(order.executed)
    ? ZERO
    : divide(order.executedAmount, order.executed, AVERAGE_SCALE, 'half-even');
  return {
    kind: 'privateOrder',
    channel: PRIVATE_CHANNELS.orders,
    symbol: order.symbol,
    time: order.updateTime,
    body: {
      id: order.id,
      clientId: order.clientId,
      price: order.price === undefined ? '' : formatDecimal(order.price),
      quantity: formatDecimal(quantity),
      amount: formatDecimal(value),
      avgPrice: formatDecimal(average),
      orderType: TYPE[order.type],
      tradeType: order.side === 'BUY' ? 1 : 2,
      isMaker: fill?.isMaker ?? false,
      remainAmount: formatDecimal(subtract(value, order.executedAmount)),
      remainQuantity: formatDecimal(subtract(quantity, order.executed)),
      lastDealQuantity: fill === undefined ? '' : formatDecimal(fill.quantity),
      cumulativeQuantity: formatDecimal(order.executed),
      cumulativeAmount: formatDecimal(order.executedAmount),
      status: STATUS[order.status],
      createTime: order.time,
      market: '',
      triggerType: 0,
      triggerPrice: '',
      state: 0,
      ocoId: '',
      routeFactor: '',
      symbolId: '',
      marketId: '',
      marketCurrencyId: '',
      currencyId: '',
    },
  };
}

export const fillFrame = (fill: VenueFill): PushFrame => ({
  kind: 'privateDeal',
  channel: PRIVATE_CHANNELS.deals,
  symbol: fill.symbol,
  time: fill.time,
  body: {
    price: formatDecimal(fill.price),
    quantity: formatDecimal(fill.quantity),
    amount: formatDecimal(fill.amount),
    tradeType: fill.side === 'BUY' ? 1 : 2,
    isMaker: fill.isMaker,
    isSelfTrade: fill.isSelfTrade,
    tradeId: fill.id,
    clientOrderId: fill.clientId,
    orderId: fill.orderId,
    feeAmount: formatDecimal(fill.fee),
    feeCurrency: fill.feeAsset,
    time: fill.time,
  },
});

export const balanceFrame = (change: BalanceChange): PushFrame => ({
  kind: 'privateAccount',
  channel: PRIVATE_CHANNELS.account,
  symbol: '',
  time: change.time,
  body: {
    vcoinName: change.asset,
    coinId: '',
    balanceAmount: formatDecimal(change.free),
    balanceAmountChange: formatDecimal(change.freeChange),
    frozenAmount: formatDecimal(change.locked),
    frozenAmountChange: formatDecimal(change.lockedChange),
    type: change.reason,
    time: change.time,
  },
});
