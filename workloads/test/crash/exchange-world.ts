import type { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { makeFixedCredentials } from '../../src/adapters/mexc/credentials.ts';
import { makeFeeValuer } from '../../src/adapters/mexc/fee-valuer.ts';
import { makeHttpTransport } from '../../src/adapters/mexc/http-transport.ts';
import { makeInstrumentCatalogue } from '../../src/adapters/mexc/instrument-catalogue.ts';
import { makeMexcMetrics } from '../../src/adapters/mexc/mexc-metrics.ts';
import { makeOrderGateway } from '../../src/adapters/mexc/order-gateway.ts';
import { RateLimiter } from '../../src/adapters/mexc/rate-limiter.ts';
import { makePublicRest } from '../../src/adapters/mexc/rest-client.ts';
import { SERVER_TIME_SETTINGS, ServerTime } from '../../src/adapters/mexc/server-time.ts';
import { makeSignedRest, type TakeStamp } from '../../src/adapters/mexc/signed-rest.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { asMoney, type Money, money, price, quantity } from '../../src/domain/money/amounts.ts';
import { formatDecimal, multiply } from '../../src/domain/money/decimal.ts';
import type { ExecutionReport, OrderGateway, VenueOrder } from '../../src/ports/venue.ts';
import type { VenueFill, VenueOrder as TrueOrder } from '../../src/simulator/book/order.ts';
import { Exchange } from '../../src/simulator/exchange.ts';
import type { ExchangeEvent } from '../../src/simulator/exchange-event.ts';
import { DEFAULT_EXCHANGE_SETTINGS, type DuplicateClientIds } from '../../src/simulator/exchange-settings.ts';
import { FaultDesk } from '../../src/simulator/faults/fault-desk.ts';
import { faultOrder } from '../../src/simulator/faults/fault.ts';
import { FeedClock } from '../../src/simulator/feed-clock.ts';
import {
  fillFields,
  GroundTruth,
  orderFields,
  type TruthEntry,
} from '../../src/simulator/ground-truth/ground-truth.ts';
import { ListenKeys } from '../../src/simulator/listen-keys.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { makeRandom } from '../../src/simulator/random.ts';
import { DEFAULT_LIMITS, RateLimits } from '../../src/simulator/rest/rate-limits.ts';
import { answerRequest } from '../../src/simulator/rest/rest-api.ts';
import { seededAccount } from '../../src/simulator/simulator-settings.ts';
import type { Venue } from '../../src/simulator/venue.ts';

import type { Life } from './mortal.ts';

export const SYMBOLS = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'] as const;
export const PRICE = '100';
const BASE_URL = 'http://venue.test';
/** So much of every coin is in the account before the bot comes. */
export const OPENING = '7';

/** What the private stream does to a report. */
export type Delivery = (report: ExecutionReport) => 'once' | 'at once' | 'twice' | 'later' | 'never';

export const instrumentOf = (symbol: string): Instrument => ({
  symbol,
  base: symbol.slice(0, -'USDT'.length),
  quote: 'USDT',
  tickSize: price('0.0001'),
  lotSize: quantity('0.0001'),
  minQuantity: quantity('0.0001'),
  minNotional: money('1'),
  tradable: true,
  marketOrders: true,
});

const INSTRUMENTS: ReadonlyMap<string, Instrument> = new Map(
  SYMBOLS.map((symbol) => [symbol, instrumentOf(symbol)]),
);

/** The simulated exchange in this process, on a clock of its own, reached through the real order gateway. */
export class ExchangeWorld {
  readonly clock: EventClock;
  readonly venue: Venue;
  readonly instruments = INSTRUMENTS;
  readonly #account = seededAccount('crash', 'tester', {
    USDT: '10000000',
    AAA: OPENING,
    BBB: OPENING,
    CCC: OPENING,
  });
  readonly #limits = new RateLimits({ ...DEFAULT_LIMITS, enabled: false });
  #listeners: ((report: ExecutionReport) => Promise<void>)[] = [];
  #gapListeners: (() => Promise<void>)[] = [];
  delivery: Delivery = () => 'once';

  constructor(clock: EventClock, seed: string) {
    this.clock = clock;
    const truth = new GroundTruth(
      () => clock.now(),
      1_000_000,
      () => undefined,
    );
    const rules = SYMBOLS.map((symbol) => ({ ...defaultRules(symbol), priceScale: 4, quantityScale: 4 }));
    const exchange = new Exchange(rules, { ...DEFAULT_EXCHANGE_SETTINGS, seed }, (event) => {
      this.#record(truth, event);
    });
    this.venue = {
      exchange,
      keys: new Map([[this.#account.key.key, this.#account.key]]),
      listenKeys: new ListenKeys(makeRandom(`${seed}/keys`), 3_600_000),
      feed: new FeedClock(clock, clock.now(), 0),
      faults: new FaultDesk(
        makeRandom(`${seed}/faults`),
        () => clock.now(),
        (fault, target) => {
          truth.add('fault', { fault, target });
        },
      ),
      truth,
      now: () => clock.now(),
      realNow: () => clock.now(),
    };
    exchange.openAccount('tester');
    for (const [asset, amount] of Object.entries(this.#account.balances)) {
      exchange.deposit('tester', asset, { amount, now: clock.now() });
    }
    for (const symbol of SYMBOLS) this.quote(symbol, PRICE);
  }

  /** The market stands at a price, with depth enough for every order. */
  quote(symbol: string, at: string): void {
    const print = {
      symbol,
      time: this.clock.now(),
      price: price(at),
      quantity: quantity('0'),
      amount: money('0'),
      side: 'BUY' as const,
      depth: quantity('1000000'),
    };
    this.venue.exchange.print(print, this.clock.now());
  }

  arm(order: Parameters<typeof faultOrder.parse>[0]): void {
    this.venue.faults.arm(faultOrder.parse(order));
  }

  calm(): void {
    this.venue.faults.clear();
  }

  answerDuplicates(how: DuplicateClientIds): void {
    this.venue.exchange.change({ duplicateClientIds: how });
  }

  truth(kind: TruthEntry['kind']): readonly TruthEntry[] {
    return this.venue.truth.after(0, 10_000_000, kind);
  }

  /** Forgets who listens: the connection of a dead process is gone. */
  hangUp(): void {
    this.#listeners = [];
    this.#gapListeners = [];
  }

  /** The real gateway of one process; `ready` reads the venue's clock, without which nothing is signed. */
  connect(
    takeStamp: TakeStamp,
    life: Life,
  ): { readonly gateway: OrderGateway; readonly ready: () => Promise<void> } {
    const { clock } = this;
    const metrics = makeMexcMetrics(QUIET_METRICS);
    const wide = { burst: 1_000_000, perSecond: 1_000_000 };
    const limiter = new RateLimiter(clock, {
      requests: wide,
      weight: wide,
      orders: wide,
      orderPool: wide,
      maxWaiting: 10_000,
    });
    const transport = makeHttpTransport({
      fetch: async (url, init) => {
        const request = `${init.method ?? 'GET'} ${new URL(url).pathname}`;
        await life.reach(`before request ${request}`);
        try {
          return await this.#fetch(url, init);
        } finally {
          await life.reach(`after request ${request}`);
        }
      },
      clock,
      limiter,
      metrics,
      baseUrl: BASE_URL,
      timeout: 10_000,
    });
    const rest = makePublicRest({ transport, clock, random: () => 0.5, metrics });
    const serverTime = new ServerTime({
      clock,
      log: QUIET_LOGGER,
      read: () => rest.time(),
      settings: { ...SERVER_TIME_SETTINGS, every: 1_000_000_000 },
      onReading: () => undefined,
    });
    const catalogue = makeInstrumentCatalogue(rest, clock);
    const { key, secret } = this.#account.key;
    const signed = makeSignedRest({
      admitKey: () => Promise.resolve(),
      transport,
      credentials: makeFixedCredentials(key, secret),
      serverTime,
      takeStamp,
    });
    const gateway = makeOrderGateway({
      rest: signed,
      catalogue,
      valueFee: makeFeeValuer({ rest, catalogue, clock, log: QUIET_LOGGER }),
      reports: {
        onReport: (listener) => this.#listeners.push(listener),
        onGap: (listener) => this.#gapListeners.push(listener),
      },
      clock,
      random: () => 0.5,
    });
    return { gateway, ready: () => serverTime.sync() };
  }

  #fetch(address: string, init: RequestInit): Promise<Response> {
    const url = new URL(address);
    const headers = Object.fromEntries(
      Object.entries(init.headers as Readonly<Record<string, string>>).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
    );
    const reply = answerRequest(
      {
        method: init.method ?? 'GET',
        path: url.pathname,
        query: url.search.slice(1),
        body: '',
        headers,
        address: '127.0.0.1',
      },
      { venue: this.venue, limits: this.#limits },
    );
    if (reply.kind === 'cut') {
      const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return Promise.reject(new TypeError('fetch failed', { cause }));
    }
    return Promise.resolve(new Response(reply.body, { status: reply.status, headers: { ...reply.headers } }));
  }

  #record(truth: GroundTruth, event: ExchangeEvent): void {
    if (event.kind === 'order') {
      truth.add('order', orderFields(event.order));
      this.#push({ kind: 'order', order: viewOf(event.order) });
    }
    if (event.kind !== 'fill') return;
    truth.add('fill', fillFields(event.fill));
    this.#push({ kind: 'fill', fill: fillOf(event.fill) });
  }

  #push(report: ExecutionReport): void {
    const how = this.delivery(report);
    if (how === 'never') return;
    const tell = (): void => {
      for (const listener of this.#listeners) void listener(report).catch(() => undefined);
    };
    // Before the answer to the request that caused it.
    if (how === 'at once') {
      queueMicrotask(tell);
      return;
    }
    // After the answer to the request that caused it, or much later; never inside the exchange's own step.
    this.clock.after(how === 'later' ? 3_000 : 1, tell);
    if (how === 'twice') this.clock.after(1_500, tell);
  }
}

const STATUSES: Readonly<Record<TrueOrder['status'], VenueOrder['status']>> = {
  NEW: 'WORKING',
  PARTIALLY_FILLED: 'PARTIALLY_FILLED',
  FILLED: 'FILLED',
  CANCELED: 'CANCELED',
  PARTIALLY_CANCELED: 'PARTIALLY_CANCELED',
};

const viewOf = (order: TrueOrder): VenueOrder => ({
  orderId: order.clientId,
  venueOrderId: order.id,
  symbol: order.symbol,
  status: STATUSES[order.status],
  filledQuantity: order.executed,
  time: order.updateTime,
});

const fillOf = (fill: VenueFill): Extract<ExecutionReport, { kind: 'fill' }>['fill'] => ({
  tradeId: fill.id,
  orderId: fill.clientId,
  symbol: fill.symbol,
  side: fill.side,
  price: fill.price,
  quantity: fill.quantity,
  fee: { asset: fill.feeAsset, amount: quantity(formatDecimal(fill.fee)), quoteValue: feeValue(fill) },
  liquidity: fill.isMaker ? 'MAKER' : 'TAKER',
  time: fill.time,
});

const feeValue = ({ fee, feeAsset, price: at }: VenueFill): Money =>
  asMoney(feeAsset === 'USDT' ? fee : multiply(at, fee));
