import type { FillSettings } from '../../src/domain/fills/fill-settings.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { money, price, quantity, ratio } from '../../src/domain/money/amounts.ts';
import type { Fill, OrderIntent } from '../../src/domain/orders/order.ts';
import { DAY, HOUR } from '../../src/domain/time.ts';
import type { ExecutionReport } from '../../src/ports/venue.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';

/** Builders for tests of the paper exchange: BTCUSDT in hourly candles around 100, depth 10,000 (cap 8,000) a candle. */
export const INTERVAL = HOUR;
/** The close time of the last warm-up candle. */
export const START = 20_000 * DAY;

export const FILLS: FillSettings = {
  depthShareRatio: ratio('0.5'),
  halfSpreadRatio: ratio('0.0002'),
  takerFeeRatio: ratio('0.0006'),
  makerFeeRatio: ratio('0.0002'),
};

export const makeInstrument = (changes: Partial<Instrument> = {}): Instrument => ({
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: price('0.01'),
  lotSize: quantity('0.001'),
  minQuantity: quantity('0.001'),
  minNotional: money('5'),
  tradable: true,
  marketOrders: true,
  ...changes,
});

export const makeCandle = (openTime: number, changes: Partial<Candle> = {}): Candle => ({
  symbol: 'BTCUSDT',
  interval: INTERVAL,
  openTime,
  open: price('100'),
  high: price('100'),
  low: price('100'),
  close: price('100'),
  volume: quantity('200'),
  quoteVolume: money('20000'),
  ...changes,
});

/** What the fill model needs to know the market: a day of hours and one more, the last of which closes at START. */
export const warmup = (changes: Partial<Candle> = {}): readonly Candle[] =>
  Array.from({ length: 26 }, (_, i) => makeCandle(START - (26 - i) * INTERVAL, changes));

const INTENT = {
  orderId: 'order-1',
  account: 'paper:momentum',
  symbol: 'BTCUSDT',
  side: 'BUY',
  purpose: 'ENTRY',
  quantity: quantity('1'),
  referencePrice: price('100'),
  verdictId: 'verdict-1',
  attempt: 0,
  decidedTime: START,
} as const;

/** An entry that is good for the candle after START. */
export const makeIntent = (changes: Partial<OrderIntent> = {}): OrderIntent => ({
  ...INTENT,
  type: 'LIMIT_IOC',
  limitPrice: price('101'),
  validUntil: START + INTERVAL,
  ...changes,
});

/** A purchase without a limit. */
export const makeMarketIntent = (): OrderIntent => ({ ...INTENT, type: 'MARKET' });

/** A sale of risk, which has no time limit. */
export const makeExit = (changes: Partial<OrderIntent> = {}): OrderIntent => ({
  ...INTENT,
  orderId: 'exit-1',
  side: 'SELL',
  purpose: 'EXIT',
  type: 'LIMIT_IOC',
  limitPrice: price('99'),
  ...changes,
});

const fillText = ({ side, quantity: amount, price: at, fee, liquidity }: Fill): string =>
  `${side} ${formatDecimal(amount)} at ${formatDecimal(at)} fee ${formatDecimal(fee.amount)} ${fee.asset} ${liquidity}`;

/** One line a report. */
export function reportText(report: ExecutionReport): string {
  if (report.kind === 'fill') return fillText(report.fill);
  const { orderId, status, reason } = report.order;
  return `${orderId} ${status}${reason === undefined ? '' : ` ${reason}`}`;
}
