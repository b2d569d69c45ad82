/** One trade as tests show it: signalled, judged, filled, and closed with a profit. */
import type { RoundTrip } from '../../src/domain/account/account.ts';
import { asRatio, money, price, quantity } from '../../src/domain/money/amounts.ts';
import type { Fill, Order } from '../../src/domain/orders/order.ts';
import type { Verdict } from '../../src/domain/risk/verdict.ts';
import type { Signal } from '../../src/domain/strategy/signal.ts';
import { MINUTE } from '../../src/domain/time.ts';

/** 2018-01-16 00:00 UTC. */
export const MIDNIGHT = 1_516_060_800_000;
export const DECIDED = MIDNIGHT + 5 * MINUTE;

export const A_SIGNAL: Signal = {
  signalId: '0t5v3k2m1n0p9q8r',
  strategy: 'momentum',
  symbol: 'TRXBTC',
  side: 'BUY',
  price: price('0.00001'),
  changeRatio: asRatio(4_120_000n),
  quoteVolume: money('35.25'),
  confidenceRatio: asRatio(41_200_000n),
  candleOpenTime: MIDNIGHT,
  decidedTime: DECIDED,
};

export const AN_ORDER: Order = {
  orderId: '4n1c0m8k2q-0t5v3k2m1n0p9q-e0',
  account: 'paper:momentum',
  symbol: 'TRXBTC',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT_IOC',
  quantity: quantity('10000'),
  limitPrice: price('0.0000101'),
  referencePrice: price('0.00001'),
  verdictId: 'v-7c2f',
  signalId: A_SIGNAL.signalId,
  attempt: 0,
  decidedTime: DECIDED,
  validUntil: DECIDED + 5 * MINUTE,
  state: 'FILLED',
  filledQuantity: quantity('10000'),
  filledNotional: money('0.1005'),
  venueOrderId: 'paper-1',
  updatedTime: DECIDED,
};

export const A_VERDICT: Verdict = {
  verdictId: 'v-7c2f',
  outcome: 'TRIM',
  code: 'TRIMMED',
  symbol: 'TRXBTC',
  subject: 'ENTRY',
  signalId: A_SIGNAL.signalId,
  checks: [
    { check: 'state', passed: true, value: 'Running', limit: 'Running' },
    { check: 'exposure', passed: true, value: '12.1%', limit: '30%', trimmedTo: '10000' },
    { check: 'trades per hour', passed: true, value: '2', limit: '10' },
  ],
  limitsHash: 'f00dfeed',
  time: DECIDED,
  order: AN_ORDER,
};

export const A_DENIAL: Verdict = {
  verdictId: 'v-9d01',
  outcome: 'DENY',
  code: 'OPEN_POSITIONS',
  symbol: 'ADABTC',
  subject: 'ENTRY',
  signalId: '1a2b',
  checks: [
    { check: 'state', passed: true, value: 'Running', limit: 'Running' },
    { check: 'open-positions', passed: false, value: '10', limit: 'at most 10' },
  ],
  limitsHash: 'f00dfeed',
  time: DECIDED,
};

export const A_FILL: Fill = {
  tradeId: 'paper-1-1',
  orderId: AN_ORDER.orderId,
  symbol: 'TRXBTC',
  side: 'BUY',
  price: price('0.00001005'),
  quantity: quantity('10000'),
  fee: { asset: 'BTC', amount: quantity('0.00006'), quoteValue: money('0.00006') },
  liquidity: 'TAKER',
  time: DECIDED,
};

export const A_ROUND_TRIP: RoundTrip = {
  symbol: 'TRXBTC',
  entryOrderId: AN_ORDER.orderId,
  exitOrderId: '4n1c0m8k2q-7h2j1k0p9s8d7f-x0',
  entryTime: DECIDED,
  exitTime: DECIDED + 35 * MINUTE,
  quantity: quantity('10000'),
  averageEntry: price('0.00001005'),
  averageExit: price('0.00001045'),
  grossPnl: money('0.004'),
  fees: money('0.00012'),
  reason: 'TAKE_PROFIT',
  adversePrice: price('0.00000995'),
  favorablePrice: price('0.0000105'),
};
