import type { Instrument } from '../../src/domain/market/instrument.ts';
import fc from 'fast-check';
import type { Account, Position, RoundTrip } from '../../src/domain/account/account.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import { asMoney, money, price, quantity, ratio } from '../../src/domain/money/amounts.ts';
import type { Decimal } from '../../src/domain/money/decimal.ts';
import type { Fill, Order, OrderIntent } from '../../src/domain/orders/order.ts';
import type { Verdict } from '../../src/domain/risk/verdict.ts';
import type { OrderEvent, SignalEvent } from '../../src/events/event.ts';
import type {
  ControlOperation,
  EquitySnapshot,
  LatchedDemand,
  LedgerIdentity,
  ReplayCursor,
} from '../../src/ports/ledger.ts';

export const identityOf = (bot: string, changes: Partial<LedgerIdentity> = {}): LedgerIdentity => ({
  bot,
  mode: 'paper',
  venue: 'replay',
  market: 'spot',
  account: 'paper:samples',
  quote: 'USDT',
  ...changes,
});

const bareIntent = (orderId: string): OrderIntent => ({
  orderId,
  account: 'paper:samples',
  symbol: 'BTCUSDT',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT_IOC',
  quantity: quantity('0.5'),
  referencePrice: price('41990.05'),
  verdictId: `verdict-${orderId}`,
  attempt: 0,
  decidedTime: 1_704_067_200_000,
});

export const intentOf = (orderId: string): OrderIntent => ({
  ...bareIntent(orderId),
  limitPrice: price('42000.1'),
  signalId: 'signal-1',
  validUntil: 1_704_067_260_000,
});

const APPROVED = {
  state: 'APPROVED',
  filledQuantity: quantity('0'),
  filledNotional: money('0'),
  updatedTime: 1_704_067_200_000,
} as const;

export const orderOf = (orderId: string, changes: Partial<Order> = {}): Order => ({
  ...intentOf(orderId),
  ...APPROVED,
  ...changes,
});

/** A market exit: every optional field of an entry is absent. */
export const exitOf = (orderId: string): Order => ({
  ...bareIntent(orderId),
  ...APPROVED,
  side: 'SELL',
  purpose: 'EXIT',
  type: 'MARKET',
  exitReason: 'STOP_LOSS',
  attempt: 3,
});

export const fillOf = (tradeId: string, orderId: string, changes: Partial<Fill> = {}): Fill => ({
  tradeId,
  orderId,
  symbol: 'BTCUSDT',
  side: 'BUY',
  price: price('42000.05'),
  quantity: quantity('0.25'),
  fee: { asset: 'USDT', amount: quantity('6.3'), quoteValue: money('6.3') },
  liquidity: 'TAKER',
  time: 1_704_067_260_000,
  ...changes,
});

export const candleOf = (symbol: string): Candle => ({
  symbol,
  interval: 60_000,
  openTime: 1_704_067_200_000,
  open: price('42000.1'),
  high: price('42010'),
  low: price('41990.05'),
  close: price('42000.5'),
  volume: quantity('1.25'),
  quoteVolume: money('52500.625'),
});

export const positionOf = (symbol: string, changes: Partial<Position> = {}): Position => ({
  symbol,
  quantity: quantity('0.25'),
  totalCost: money('10500.0125'),
  realizedPnl: money('-1.5'),
  fees: money('6.3'),
  entryTime: 1_704_067_260_000,
  boughtQuantity: quantity('0.5'),
  boughtNotional: money('21000'),
  soldQuantity: quantity('0.25'),
  soldNotional: money('10498.5'),
  ...changes,
});

export const accountOf = (open: readonly Position[], dust: readonly Position[] = []): Account => ({
  capital: money('10000'),
  cash: money('-499.9875'),
  realizedPnl: money('-1.5'),
  fees: money('6.3'),
  positions: new Map(open.map((position) => [position.symbol, position])),
  dust: new Map(dust.map((position) => [position.symbol, position])),
});

export const tripOf = (entryOrderId: string, exitOrderId: string): RoundTrip => ({
  symbol: 'BTCUSDT',
  entryOrderId,
  exitOrderId,
  entryTime: 1_704_067_260_000,
  exitTime: 1_704_081_660_000,
  quantity: quantity('0.25'),
  averageEntry: price('42000.05'),
  averageExit: price('41000'),
  grossPnl: money('-250.0125'),
  fees: money('12.4'),
  reason: 'STOP_LOSS',
  adversePrice: price('40990'),
  favorablePrice: price('42100.5'),
});

export const verdictOf = (verdictId: string, changes: Partial<Verdict> = {}): Verdict => ({
  verdictId,
  outcome: 'DENY',
  code: 'EXPOSURE',
  symbol: 'BTCUSDT',
  subject: 'ENTRY',
  signalId: 'signal-1',
  checks: [
    { check: 'state', passed: true, value: 'Running', limit: 'none' },
    { check: 'exposure', passed: false, value: '31.5%', limit: '30%' },
  ],
  limitsHash: 'limits-1',
  time: 1_704_067_200_000,
  ...changes,
});

export const demandOf = (source: string, state: LatchedDemand['state']): LatchedDemand => ({
  source,
  state,
  reason: `asked for ${state}`,
  evidence: { equity: '9500', mark: '10000' },
  since: 1_704_067_200_000,
});

export const equityAt = (time: number, equity: string): EquitySnapshot => ({
  time,
  equity: money(equity),
  cash: money('1'),
  realizedPnl: money('2'),
  unrealizedPnl: money('-3.25'),
  fees: money('0.000000000001'),
});

export const cursorAt = (candles: number, changes: Partial<ReplayCursor> = {}): ReplayCursor => ({
  dataHash: 'data-1',
  settingsHash: 'settings-1',
  candles,
  time: 1_704_067_200_000 + candles * 60_000,
  finished: false,
  ...changes,
});

export const orderEventOf = (eventId: string): OrderEvent => ({
  schemaVersion: 1,
  type: 'order',
  eventId,
  eventTime: 1_704_067_200_000,
  createdTime: 1_704_067_200_005,
  bot: 'samples',
  cause: 'signal-event',
  order: intentOf('event-order'),
});

export const signalEventOf = (signalId: string, symbol: string): SignalEvent => ({
  schemaVersion: 1,
  type: 'signal',
  eventId: `event-${signalId}`,
  eventTime: 1_704_067_200_000,
  createdTime: 1_704_067_200_005,
  bot: 'samples',
  cause: 'candle-event',
  signal: {
    signalId,
    strategy: 'momentum',
    symbol,
    side: 'BUY',
    price: price('41990.05'),
    changeRatio: ratio('0.03'),
    quoteVolume: money('1000000'),
    confidenceRatio: ratio('0.3'),
    candleOpenTime: 1_704_067_140_000,
    decidedTime: 1_704_067_200_000,
  },
});

/** Any amount the domain can read: up to 40 digits before and 36 behind the point, canonical or not. */
export const anyDecimal: fc.Arbitrary<Decimal> = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n) + 1n, max: 10n ** 40n - 1n }), fc.integer({ min: 0, max: 36 }))
  .map(([units, scale]) => ({ units, scale }));

export const anyMoney = anyDecimal.map(asMoney);

/** A call of the control API that was refused. */
export const operationOf = (
  operationId: string,
  changes: Partial<ControlOperation> = {},
): ControlOperation => ({
  operationId,
  action: 'resume',
  actor: 'ada',
  reason: 'drill',
  result: 'refused',
  code: 'CAUSE_PERSISTS',
  message: 'nothing was cleared',
  state: 'Halted',
  time: 7,
  ...changes,
});

export const instrumentOf = (symbol: string, change: Partial<Instrument> = {}): Instrument => ({
  symbol,
  base: symbol.slice(0, -4),
  quote: 'USDT',
  tickSize: price('0.01'),
  lotSize: quantity('0.0001'),
  minQuantity: quantity('0.0001'),
  minNotional: money('5'),
  tradable: true,
  marketOrders: true,
  ...change,
});
