/**
 * Decisions of the real risk service on a real PostgreSQL 15 (`fsync` on) with 100 symbols and 1,000 open orders: from a
 * signal in hand to its verdict, order and reservation on disk. Beside it, by turns, a bare transaction that writes the
 * same rows: what the disk and the server take of it anyway.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import pg from 'pg';
import { EventClock } from '../../workloads/src/adapters/memory/event-clock.ts';
import { MemoryBus } from '../../workloads/src/adapters/memory/memory-bus.ts';
import { QUIET_METRICS } from '../../workloads/src/adapters/memory/quiet-metrics.ts';
import { openLedger } from '../../workloads/src/adapters/postgres/open-ledger.ts';
import { openAccount } from '../../workloads/src/domain/account/book.ts';
import { asQuantity, money, price, quantity, ratio } from '../../workloads/src/domain/money/amounts.ts';
import { decimal } from '../../workloads/src/domain/money/decimal.ts';
import { openOrder } from '../../workloads/src/domain/orders/order-machine.ts';
import type { Order, OrderIntent } from '../../workloads/src/domain/orders/order.ts';
import { reservationOf } from '../../workloads/src/domain/orders/reservation.ts';
import { SECOND } from '../../workloads/src/domain/time.ts';
import { SCHEMA_VERSION, type StreamEvents } from '../../workloads/src/events/event.ts';
import type { Ledger } from '../../workloads/src/ports/ledger.ts';
import type { MadeEnvelope } from '../../workloads/src/services/envelope.ts';
import { makeExecutionMetrics } from '../../workloads/src/services/execution/metrics.ts';
import { OrderSteps } from '../../workloads/src/services/execution/order-steps.ts';
import { OutboxRelay } from '../../workloads/src/services/outbox-relay.ts';
import { instruments, START } from '../../workloads/test/pipeline/market-script.ts';
import type { RiskService } from '../../workloads/src/services/risk/risk-service.ts';
import { makeRisk, SETTINGS } from '../../workloads/test/risk/risk-world.ts';
import { startPostgres15, type TestPostgres } from '../../workloads/test/support/postgres.ts';
import { type Sample, summarize } from '../measure.ts';
import { decideOnce } from './risk.ts';

export const VERDICT_SYMBOLS = 100;
export const OPEN_ORDERS = 1_000;
export const VERDICTS = 300;
export const VERDICT_RUNS = 5;

export interface VerdictFigures {
  /** Of the decision alone, nothing read and nothing written: ns. */
  readonly pure: { readonly p50: Sample; readonly p99: Sample };
  /** µs. */
  readonly durable: { readonly p50: Sample; readonly p99: Sample };
  readonly bare: { readonly p50: Sample; readonly p99: Sample };
  /** One after the other, over all runs. */
  readonly perSecond: Sample;
  /** How many of the verdicts allowed an order: the dearest kind. */
  readonly allowed: number;
  readonly denied: number;
  /** MiB of this process, with the garbage gone: before the first decision and after the last. */
  readonly memoryBefore: number;
  readonly memoryAfter: number;
}

const SYMBOLS = Array.from({ length: VERDICT_SYMBOLS }, (_, i) => `V${String(i).padStart(3, '0')}USDT`);
/** Those that are decided on; the others have the open orders. */
const DECIDED = 20;
const INTERVAL = SETTINGS.interval;
/** Figures over a day are believed after six hours of them. */
const HISTORY = 16;
const IDENTITY = {
  bot: 'verdicts',
  mode: 'paper',
  venue: 'replay',
  market: 'spot',
  account: 'paper:verdicts',
  quote: 'USDT',
};
/** Nothing but money and the state stands in an entry's way. */
const LIMITS = {
  ...SETTINGS.limits,
  capital: money('100000000'),
  maxExposureRatio: ratio('1'),
  maxPositionRatio: ratio('0.1'),
  maxOpenPositions: 10_000,
  maxOrderNotional: money('1000'),
  maxOrdersPerSecond: 1_000_000,
  maxOrdersPerMinute: 1_000_000,
  maxOrderToTradeRatio: 1_000_000,
  maxEntriesPerDay: 1_000_000,
  maxTradesPerHour: 1_000_000,
  duplicateWindow: 1,
};

const intentOf = (index: number, at: number): OrderIntent => ({
  orderId: `open-${index}`,
  account: IDENTITY.account,
  symbol: SYMBOLS[DECIDED + (index % (SYMBOLS.length - DECIDED))] ?? '',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT',
  quantity: quantity('0.5'),
  limitPrice: price('101'),
  referencePrice: price('100'),
  verdictId: `open-verdict-${index}`,
  attempt: 0,
  decidedTime: at,
});

async function openOrders(ledger: Ledger, at: number): Promise<void> {
  const terms = { feeRatio: ratio('0.0006'), marketCollarRatio: ratio('0.01') };
  const orders = Array.from({ length: OPEN_ORDERS }, (_, i): Order => ({
    ...openOrder(intentOf(i, at), at),
    state: 'WORKING',
    filledQuantity: i % 10 === 0 ? quantity('0.1') : asQuantity(decimal(0n, 0)),
    filledNotional: i % 10 === 0 ? money('10') : money('0'),
  }));
  await ledger.transaction(async (tx) => {
    await tx.putAccount(openAccount(LIMITS.capital), undefined);
    for (const order of orders) {
      await tx.insertOrder(order);
      await tx.insertReservation(reservationOf(order, terms));
    }
  });
}

class Bench {
  readonly #clock: EventClock;
  readonly #handlers: { [Name in keyof StreamEvents]?: (event: StreamEvents[Name]) => Promise<void> } = {};
  #count = 0;

  constructor(clock: EventClock) {
    this.#clock = clock;
  }

  async start(ledger: Ledger): Promise<RiskService> {
    const risk = makeRisk({ ledger, clock: this.#clock }, this.#handlers, {
      bot: IDENTITY.bot,
      settings: { ...SETTINGS, limits: LIMITS },
      instruments: instruments(SYMBOLS),
      validFor: 5 * SECOND,
    });
    await risk.start();
    for (const symbol of SYMBOLS) await this.#history(symbol);
    return risk;
  }

  /** One decision. */
  async decide(): Promise<void> {
    const symbol = SYMBOLS[this.#count % DECIDED] ?? '';
    this.#clock.advanceTo(this.#clock.now() + 30 * SECOND);
    await this.#tick(symbol);
    const signalId = `signal-${(this.#count += 1)}`;
    const signal = {
      ...this.#head('signal', signalId),
      signal: {
        signalId,
        strategy: 'momentum',
        symbol,
        side: 'BUY' as const,
        price: price('100'),
        changeRatio: ratio('0.05'),
        quoteVolume: money('1000000'),
        confidenceRatio: ratio('1'),
        candleOpenTime: this.#clock.now() - INTERVAL,
        decidedTime: this.#clock.now(),
      },
    };
    await this.#handlers.signals?.(signal);
  }

  async #tick(symbol: string): Promise<void> {
    await this.#handlers.market_data?.({
      ...this.#head('tick', `tick-${symbol}-${this.#clock.now()}`),
      symbol,
      price: price('100'),
    });
  }

  async #history(symbol: string): Promise<void> {
    const first = Math.floor(this.#clock.now() / INTERVAL) * INTERVAL - HISTORY * INTERVAL;
    for (let i = 0; i < HISTORY; i += 1) {
      const close = price(i % 2 === 0 ? '100' : '100.1');
      const candle = {
        ...{ symbol, interval: INTERVAL, openTime: first + i * INTERVAL },
        ...{ open: close, high: close, low: close, close },
        volume: quantity('1000000'),
        quoteVolume: money('100000000'),
      };
      const head = this.#head('candle', `history-${symbol}-${candle.openTime}`);
      await this.#handlers.market_data?.({ ...head, candle, origin: 'backfill' });
    }
    await this.#tick(symbol);
  }

  #head<Type extends string>(type: Type, eventId: string): MadeEnvelope<Type> {
    const now = this.#clock.now();
    return {
      schemaVersion: SCHEMA_VERSION,
      type,
      eventId,
      eventTime: now,
      createdTime: now,
      bot: IDENTITY.bot,
    };
  }
}

/** Writes rows as large as a verdict with its order leaves, in one transaction, sent in one go. */
class BareCommit {
  readonly #client: pg.Client;
  #count = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(location: string): Promise<BareCommit> {
    const client = new pg.Client({ connectionString: location });
    await client.connect();
    await client.query(
      `CREATE TABLE bare (kind int NOT NULL, id text NOT NULL, body text NOT NULL, PRIMARY KEY (kind, id))`,
    );
    return new BareCommit(client);
  }

  /** Mark, verdict, journal entry and head, order, reservation, outbox, counters: eight rows. */
  async commit(): Promise<void> {
    this.#count += 1;
    const body = 'x'.repeat(400);
    const rows = Array.from({ length: 8 }, (_, kind) => `(${kind}, 'bare-${this.#count}', '${body}')`);
    await this.#client.query(`BEGIN; INSERT INTO bare VALUES ${rows.join(', ')}; COMMIT`);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** `after` is not counted. */
async function timed(
  count: number,
  work: () => Promise<void>,
  after?: () => Promise<void>,
): Promise<Histogram> {
  const histogram = build();
  for (let n = 0; n < count; n += 1) {
    const start = process.hrtime.bigint();
    await work();
    histogram.recordValue(Number((process.hrtime.bigint() - start) / 1_000n));
    await after?.();
  }
  return histogram;
}

/** The day has a fill: without one the order-to-trade ratio stops everything. */
async function fillFirst(ledger: Ledger, clock: EventClock): Promise<void> {
  const steps = new OrderSteps({
    bot: IDENTITY.bot,
    clock,
    instruments: instruments(SYMBOLS),
    relay: new OutboxRelay({ ledger, bus: new MemoryBus({ dispatch: 'serial' }) }),
    metrics: makeExecutionMetrics(QUIET_METRICS),
  });
  await ledger.transaction(async (tx) => {
    const at = clock.now();
    for (const event of [
      { kind: 'submit', at },
      { kind: 'accepted', at, venueOrderId: 'first' },
    ] as const) {
      const [order] = await tx.orders(['APPROVED', 'SUBMITTING']);
      if (order !== undefined) await steps.advance(tx, order, event);
    }
    const order = (await tx.orders(['WORKING'])).find(({ venueOrderId }) => venueOrderId === 'first');
    if (order === undefined) throw new Error('the first signal was not allowed');
    await steps.bookFill(tx, order, {
      tradeId: 'first',
      orderId: order.orderId,
      symbol: order.symbol,
      side: order.side,
      price: price('100'),
      quantity: order.quantity,
      fee: { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') },
      liquidity: 'TAKER',
      time: at,
    });
  });
}

/** What execution does when an order came to nothing: there are as many open ones as before. */
const endApproved = (ledger: Ledger, at: number): Promise<void> =>
  ledger.transaction(async (tx) => {
    for (const order of await tx.orders(['APPROVED'])) {
      await tx.updateOrder({ ...order, state: 'EXPIRED', updatedTime: at }, 'APPROVED');
      await tx.releaseReservation(order.orderId);
    }
  });

const percentiles = (runs: readonly Histogram[]): VerdictFigures['bare'] => ({
  p50: summarize(runs.map((run) => run.getValueAtPercentile(50))),
  p99: summarize(runs.map((run) => run.getValueAtPercentile(99))),
});

const PURE_DECISIONS = 20_000;

/** Each decision timed by itself, ns. */
function timedPure(): Histogram {
  const histogram = build();
  for (let n = 0; n < PURE_DECISIONS; n += 1) {
    const start = process.hrtime.bigint();
    decideOnce(n);
    histogram.recordValue(Number(process.hrtime.bigint() - start));
  }
  return histogram;
}

const mebibytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1024 / 1024;
};

async function measure(postgres: TestPostgres): Promise<VerdictFigures> {
  const clock = new EventClock(START + HISTORY * INTERVAL);
  const ledger = await openLedger({
    location: postgres.url(),
    database: 'claire_verdicts',
    identity: IDENTITY,
    writers: ['risk', 'execution'],
  });
  const bare = await BareCommit.open(postgres.url());
  try {
    await openOrders(ledger, clock.now());
    const bench = new Bench(clock);
    const risk = await bench.start(ledger);
    const decide = (): Promise<void> => bench.decide();
    const after = (): Promise<void> => endApproved(ledger, clock.now());
    await decide();
    await fillFirst(ledger, clock);
    await risk.scan();
    await timed(VERDICTS / 3, decide, after);
    const memoryBefore = mebibytes();
    timedPure();
    const pure = Array.from({ length: VERDICT_RUNS }, timedPure);
    const [durable, commits]: [Histogram[], Histogram[]] = [[], []];
    for (let run = 0; run < VERDICT_RUNS; run += 1) {
      durable.push(await timed(VERDICTS, decide, after));
      commits.push(await timed(VERDICTS, () => bare.commit()));
    }
    const memoryAfter = mebibytes();
    const verdicts = await ledger.transaction((tx) => tx.verdicts());
    await risk.stop();
    const allowed = verdicts.filter(({ order }) => order !== undefined).length;
    return {
      pure: percentiles(pure),
      durable: percentiles(durable),
      bare: percentiles(commits),
      perSecond: summarize(durable.map((run) => 1e6 / run.mean)),
      allowed,
      denied: verdicts.length - allowed,
      memoryBefore,
      memoryAfter,
    };
  } finally {
    await bare.close();
    await ledger.close();
  }
}

/** @throws Error saying what to install when PostgreSQL 15 is missing */
export async function measureVerdicts(): Promise<VerdictFigures> {
  const postgres = await startPostgres15({ durable: true });
  try {
    return await measure(postgres);
  } finally {
    await postgres.stop();
  }
}
