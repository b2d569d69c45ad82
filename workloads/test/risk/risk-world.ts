/** A risk service, the order steps of execution and a scripted venue on a ledger in memory, without streams. */
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import type { RiskSettings } from '../../src/contract/settings.ts';
import { openAccount } from '../../src/domain/account/book.ts';
import {
  asMoney,
  asPrice,
  asQuantity,
  type Money,
  money,
  notional,
  price,
  ratio,
} from '../../src/domain/money/amounts.ts';
import { decimal, isPositive, minimum, multiply, subtract, toStep } from '../../src/domain/money/decimal.ts';
import { OPEN_STATES } from '../../src/domain/orders/order-machine.ts';
import type { Fill, Order } from '../../src/domain/orders/order.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import type { RiskLimits } from '../../src/domain/risk/limits.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { CandleEvent, StreamEvents, StreamName } from '../../src/events/event.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { ControlDesk } from '../../src/services/control/control-desk.ts';
import { makeExecutionMetrics } from '../../src/services/execution/metrics.ts';
import { OrderSteps } from '../../src/services/execution/order-steps.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { type RiskDeps, RiskService } from '../../src/services/risk/risk-service.ts';
import { componentSettings } from '../../src/contract/settings.ts';
import { LIMITS } from '../domain/entry-fixture.ts';
import { botSettings } from '../pipeline/test-pipeline.ts';
import { instruments, START } from '../pipeline/market-script.ts';
import { MemoryLedger } from './memory-ledger.ts';

export const SYMBOLS = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'] as const;
export const CAPITAL = money('10000');
export const WORLD_LIMITS: RiskLimits = {
  ...LIMITS,
  capital: CAPITAL,
  maxExposureRatio: ratio('0.18'),
  maxPositionRatio: ratio('0.1'),
  maxOpenPositions: 2,
  maxDailyDrawdownRatio: ratio('0.005'),
  maxOrderNotional: money('900'),
  maxPriceMoveRatio: ratio('1'),
  maxVolatilityMultiple: 100_000,
  maxSpreadMultiple: 10,
  maxTradesPerHour: 6,
  maxEntriesPerDay: 12,
  maxConsecutiveLosses: 3,
};
const INSTRUMENTS = instruments(SYMBOLS);
export const FACTS = {
  lastReconciliation: null,
  credentialsValid: null,
  accountHash: null,
  settingsHash: 'settings',
  hotSettingsHash: null,
};
const FEE = ratio('0.0006');
const INTERVAL = 30 * MINUTE;
/** Figures over a day are believed after six hours of them. */
const HISTORY = 16;

type Handlers = { [Name in StreamName]?: (event: StreamEvents[Name]) => Promise<void> };

/** Events go to the world by hand: what is published is lost, as on a stream that was emptied. */
function emptyBus(handlers: Handlers): Bus {
  return {
    publish: () => Promise.resolve(),
    subscribe: ({ stream, handle }) => {
      const take = (event: StreamEvents[typeof stream]) => handle(event, { attempt: 1 });
      Object.assign(handlers, { [stream]: take });
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    deadLetters: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

export const SETTINGS: RiskSettings = {
  ...componentSettings(botSettings()).risk,
  interval: INTERVAL,
  limits: WORLD_LIMITS,
};

/** A risk service on a ledger, whose events go to `handlers`. */
export function makeRisk(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: EventClock },
  handlers: Handlers = {},
  more: Partial<RiskDeps> = {},
): RiskService {
  const bus = emptyBus(handlers);
  return new RiskService({
    ...commonDeps({ ledger, clock }, bus),
    settings: SETTINGS,
    account: ledger.identity.account,
    instruments: INSTRUMENTS,
    inputs: {
      candles: 'measured',
      spread: 'modelled',
      depth: 'modelled',
      clockOffset: 'measured',
      balances: 'modelled',
    },
    model: { depthShareRatio: ratio('0.5'), halfSpreadRatio: ratio('0.0002') },
    validFor: 5 * SECOND,
    cooldown: MINUTE,
    reconciled: () => true,
    clockOffset: () => 0,
    crash: () => undefined,
    onVerdict: () => undefined,
    ...more,
  });
}

const commonDeps = (
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: EventClock },
  bus: Bus,
) => ({
  bot: 'histories',
  ledger,
  bus,
  relay: new OutboxRelay({ ledger, bus }),
  clock,
  log: QUIET_LOGGER,
  metrics: QUIET_METRICS,
});

function flatCandle(symbol: string, openTime: number, text: string): Candle {
  const close = price(text);
  const prices = { open: close, high: close, low: close, close };
  const amounts = { volume: asQuantity(decimal(10_000n, 0)), quoteVolume: money('1000000') };
  return { symbol, interval: INTERVAL, openTime, ...prices, ...amounts };
}

export class RiskWorld {
  readonly ledger = new MemoryLedger();
  readonly clock = new EventClock(START + HISTORY * INTERVAL);
  readonly marks = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, 100]));
  /** The day's highest equity that was ever seen, by day. */
  readonly highest = new Map<number, Money>();
  #handlers: Handlers = {};
  #risk: RiskService | undefined;
  #steps: OrderSteps | undefined;
  #desk: ControlDesk | undefined;
  #count = 0;
  readonly #settings: RiskSettings;

  constructor(settings: RiskSettings = SETTINGS) {
    this.#settings = settings;
  }

  static async open(changes: Partial<RiskSettings> = {}): Promise<RiskWorld> {
    const world = new RiskWorld({ ...SETTINGS, ...changes });
    await world.ledger.transaction((tx) => tx.putAccount(openAccount(CAPITAL), undefined));
    await world.start();
    return world;
  }

  /** A new life of the process on the same ledger; its prices come from history, as at every start. */
  async start({ history = [] }: { readonly history?: readonly string[] } = {}): Promise<void> {
    const handlers: Handlers = {};
    this.#risk = makeRisk(this, handlers, { settings: this.#settings });
    this.#steps = new OrderSteps({
      ...commonDeps(this, emptyBus({})),
      instruments: INSTRUMENTS,
      metrics: makeExecutionMetrics(QUIET_METRICS),
    });
    this.#desk = this.#risk.control(() => FACTS);
    await this.#risk.start();
    this.#handlers = handlers;
    for (const symbol of SYMBOLS) await this.#history(symbol, history);
  }

  get risk(): RiskService {
    return this.#risk!;
  }

  get desk(): ControlDesk {
    return this.#desk!;
  }

  openOrders(): readonly Order[] {
    const open: readonly string[] = OPEN_STATES;
    return [...this.ledger.tables.orders.values()].filter(({ state }) => open.includes(state));
  }

  wait(duration: number): void {
    this.clock.advanceTo(this.clock.now() + duration);
  }

  async signal(
    symbol: string,
    change: { readonly confidence?: string; readonly price?: string } = {},
  ): Promise<void> {
    const now = this.clock.now();
    const signalId = `signal-${(this.#count += 1)}`;
    await this.#handlers.signals?.({
      ...this.#head('signal', signalId),
      signal: {
        signalId,
        strategy: 'momentum',
        symbol,
        side: 'BUY',
        price: price(change.price ?? this.#text(symbol)),
        changeRatio: ratio('0.05'),
        quoteVolume: money('1000000'),
        confidenceRatio: ratio(change.confidence ?? '1'),
        candleOpenTime: now - INTERVAL,
        decidedTime: now,
      },
    });
  }

  /** The price moves, by a tick. */
  async move(symbol: string, factor: number): Promise<void> {
    const next = Math.min(
      10_000,
      Math.max(1, Math.round((this.marks.get(symbol) ?? 100) * factor * 100) / 100),
    );
    this.marks.set(symbol, next);
    await this.tick(symbol);
  }

  async tick(symbol: string): Promise<void> {
    const event = {
      ...this.#head('tick', `tick-${(this.#count += 1)}`),
      symbol,
      price: price(this.#text(symbol)),
    };
    await this.#handlers.market_data?.(event);
  }

  /** The stream says that something became of the order; what, risk reads in the ledger. */
  async tell(order: Order): Promise<void> {
    const { orderId, symbol, purpose, filledQuantity } = order;
    await this.#handlers.order_results?.({
      ...this.#head('order_state', `result-${(this.#count += 1)}`),
      orderId,
      symbol,
      purpose,
      state: 'FILLED',
      filledQuantity,
    });
  }

  async tickAll(): Promise<void> {
    for (const symbol of SYMBOLS) await this.tick(symbol);
  }

  /** The venue takes the order, once. */
  async accept(order: Order): Promise<void> {
    const at = this.clock.now();
    if (order.state === 'APPROVED') await this.#advance(order.orderId, { kind: 'submit', at });
    const { state } = this.ledger.tables.orders.get(order.orderId)!;
    if (state !== 'SUBMITTING' && state !== 'UNKNOWN') return;
    await this.#advance(order.orderId, { kind: 'accepted', at, venueOrderId: `v-${order.orderId}` });
  }

  async doubt(order: Order): Promise<void> {
    const at = this.clock.now();
    if (order.state === 'APPROVED') await this.#advance(order.orderId, { kind: 'submit', at });
    await this.#advance(order.orderId, { kind: 'unknown', at, reason: 'TIMEOUT' });
  }

  async cancel(order: Order): Promise<void> {
    await this.accept(order);
    const at = this.clock.now();
    const { filledQuantity } = this.ledger.tables.orders.get(order.orderId)!;
    await this.#advance(order.orderId, { kind: 'cancel-requested', at });
    await this.#advance(order.orderId, { kind: 'cancelled', at, filledQuantity });
  }

  /** A share of what is left of the order trades at its mark, never worse than its limit. */
  async fill(order: Order, percent: number): Promise<void> {
    await this.accept(order);
    const found = this.ledger.tables.orders.get(order.orderId)!;
    const left = subtract(found.quantity, found.filledQuantity);
    const lot = INSTRUMENTS.get(order.symbol)!.lotSize;
    const share = toStep(multiply(left, decimal(BigInt(percent), 2)), lot, 'floor');
    const traded = asQuantity(isPositive(share) ? minimum(share, left) : left);
    if (!isPositive(traded)) return;
    const mark = price(this.#text(order.symbol));
    const at =
      order.limitPrice === undefined
        ? mark
        : order.side === 'BUY'
          ? asPrice(minimum(mark, order.limitPrice))
          : mark;
    const value = notional(at, traded);
    const fee = asMoney(toStep(multiply(value, decimal(FEE, 8)), decimal(1n, 8), 'floor'));
    const fill: Fill = {
      tradeId: `trade-${(this.#count += 1)}`,
      orderId: order.orderId,
      symbol: order.symbol,
      side: order.side,
      price: at,
      quantity: traded,
      fee: { asset: 'USDT', amount: asQuantity(fee), quoteValue: fee },
      liquidity: 'TAKER',
      time: this.clock.now(),
    };
    await this.ledger.transaction(async (tx) => {
      await this.#steps!.bookFill(tx, (await tx.order(order.orderId))!, fill);
    });
  }

  async #advance(orderId: string, event: Parameters<OrderSteps['advance']>[2]): Promise<void> {
    await this.ledger.transaction(async (tx) => {
      await this.#steps!.advance(tx, (await tx.order(orderId))!, event);
    });
  }

  #text(symbol: string): string {
    return (this.marks.get(symbol) ?? 100).toFixed(2);
  }

  #head<Type extends string>(type: Type, eventId: string) {
    const now = this.clock.now();
    return { schemaVersion: 1 as const, type, eventId, eventTime: now, createdTime: now, bot: 'histories' };
  }

  /** The candle that has just closed. */
  async candle(symbol: string, close: string, origin: CandleEvent['origin']): Promise<void> {
    const openTime = Math.floor(this.clock.now() / INTERVAL) * INTERVAL - INTERVAL;
    this.marks.set(symbol, Number(close));
    const head = this.#head('candle', `candle-${symbol}-${openTime}-${(this.#count += 1)}`);
    await this.#handlers.market_data?.({ ...head, candle: flatCandle(symbol, openTime, close), origin });
  }

  /** Quiet candles up to now; the last of them close as given. */
  async #history(symbol: string, last: readonly string[]): Promise<void> {
    const first = Math.floor(this.clock.now() / INTERVAL) * INTERVAL - HISTORY * INTERVAL;
    const quiet = this.marks.get(symbol)!;
    for (let i = 0; i < HISTORY; i += 1) {
      const openTime = first + i * INTERVAL;
      const close = last[i - HISTORY + last.length] ?? (quiet * (i % 2 === 0 ? 1 : 1.001)).toFixed(2);
      const head = this.#head('candle', `history-${symbol}-${openTime}`);
      const candle = flatCandle(symbol, openTime, close);
      await this.#handlers.market_data?.({ ...head, candle, origin: 'backfill' });
    }
    await this.tick(symbol);
  }
}
