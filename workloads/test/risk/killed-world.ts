/**
 * Everything around real processes of risk: Redis and PostgreSQL 15 on loopback, and a test that plays the screener, the
 * signal engine and execution.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import { REDIS_BUS_DEFAULTS } from '../../src/adapters/redis/settings.ts';
import type { ProcessSettings } from '../../src/contract/index.ts';
import { openAccount } from '../../src/domain/account/book.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import { money, price, quantity, ratio } from '../../src/domain/money/amounts.ts';
import type { Fill, Order } from '../../src/domain/orders/order.ts';
import { MINUTE } from '../../src/domain/time.ts';
import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import { writeExecutionDocument } from '../../src/process/components/execution-document.ts';
import { envelope } from '../../src/services/envelope.ts';
import { makeExecutionMetrics } from '../../src/services/execution/metrics.ts';
import { OrderSteps } from '../../src/services/execution/order-steps.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { connectBus, keysOf } from '../bus/redis-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { DoomedProcess } from '../crash/doomed-process.ts';
import { instrumentOf } from '../crash/exchange-world.ts';
import { SwiftClock } from '../crash/swift-clock.ts';
import { writeRunFolder } from '../process/run-folder.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const BOT = 'killed';
const DATABASE = 'claire_killed';
const RISK = fileURLToPath(new URL('./doomed-risk.ts', import.meta.url));
/** As many as the processes have. */
const { shards: SHARDS } = REDIS_BUS_DEFAULTS;
const TICK_MS = 100;
const PRICE = 100;
/** Figures over a day are believed after six hours of them. */
const HISTORY = 7 * 60;

const botFile = (symbols: readonly string[]): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${BOT} }
spec:
  exchange: { venue: simulator, endpoints: { rest: 'http://127.0.0.1:9', ws: 'ws://127.0.0.1:9/ws' } }
  universe: { quote: USDT, symbols: [${symbols.join(', ')}] }
  strategy: { momentum: { interval: 1m, lookback: 5m, cooldown: 1m, takeProfit: 50%, maxHolding: 4h } }
  risk:
    profile: aggressive
    capital: '10000'
    stopLoss: 3%
    maxDailyDrawdown: 5%
    maxPosition: 5%
    maxOrderNotional: '500'
    maxTradesPerHour: 100
    maxConsecutiveLosses: 50
    maxPriceMove: 100%
    maxVolatilityMultiple: 100
    maxOrdersPerSecond: 12
    maxOrdersPerMinute: 720
`;

export class KilledWorld {
  readonly clock = new SwiftClock(0, 1);
  readonly folder: TemporaryFolder;
  /** Steps that any process came by. */
  readonly met = new Set<string>();
  readonly #redis: TestRedis;
  readonly #postgres: TestPostgres;
  readonly #symbols: readonly string[];
  readonly #prices = new Map<string, number>();
  readonly #processes: DoomedProcess[] = [];
  #settings: ProcessSettings<'risk'> | undefined;
  #ledger: GroupingLedger | undefined;
  #bus: RedisBus | undefined;
  #steps: OrderSteps | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #count = 0;

  private constructor(parts: {
    readonly folder: TemporaryFolder;
    readonly redis: TestRedis;
    readonly postgres: TestPostgres;
    readonly symbols: readonly string[];
  }) {
    this.folder = parts.folder;
    this.#redis = parts.redis;
    this.#postgres = parts.postgres;
    this.#symbols = parts.symbols;
  }

  static async open(symbols: readonly string[]): Promise<KilledWorld> {
    const [folder, redis, postgres] = await Promise.all([temporaryFolder(), startRedis(), startPostgres15()]);
    const world = new KilledWorld({ folder, redis, postgres, symbols });
    await world.#prepare();
    return world;
  }

  get settings(): ProcessSettings<'risk'> {
    if (this.#settings === undefined) throw new Error('not prepared');
    return this.#settings;
  }

  get redis(): TestRedis {
    return this.#redis;
  }

  /** What opens the control API. */
  async token(): Promise<string> {
    return (await readFile(join(this.folder.path, 'run/secrets/control-token'), 'utf8')).trim();
  }

  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    if (this.#ledger === undefined) throw new Error('not prepared');
    return this.#ledger.transaction(work);
  }

  /** A process of risk, ready to be told to go. */
  spawn(): DoomedProcess {
    const made = new DoomedProcess(
      { folder: join(this.folder.path, 'run'), base: 0, speed: 1 },
      (point) => this.met.add(point),
      RISK,
    );
    this.#processes.push(made);
    return made;
  }

  /** The market of a symbol stands there from now on. */
  quote(symbol: string, at: number): void {
    this.#prices.set(symbol, at);
  }

  /** What the signal engine sends; returns the signal's id. */
  async signal(symbol: string): Promise<string> {
    const now = this.clock.now();
    const signalId = `signal-${(this.#count += 1)}`;
    await this.#bus?.publish('signals', [
      {
        ...envelope({ bot: BOT, clock: this.clock }, { type: 'signal', id: [signalId], eventTime: now }),
        signal: {
          signalId,
          strategy: 'momentum',
          symbol,
          side: 'BUY',
          price: price(String(PRICE)),
          changeRatio: ratio('0.05'),
          quoteVolume: money('1000000'),
          confidenceRatio: ratio('1'),
          candleOpenTime: now - MINUTE,
          decidedTime: now,
        },
      },
    ]);
    return signalId;
  }

  /** What execution does: the order is filled as a whole, in one transaction. */
  async fill(order: Order): Promise<void> {
    const at = this.clock.now();
    const steps = this.#steps;
    if (steps === undefined) throw new Error('not prepared');
    const value = this.#prices.get(order.symbol) ?? PRICE;
    const fill: Fill = {
      tradeId: `trade-${(this.#count += 1)}`,
      orderId: order.orderId,
      symbol: order.symbol,
      side: order.side,
      price: price(value.toFixed(4)),
      quantity: order.quantity,
      fee: { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') },
      liquidity: 'TAKER',
      time: at,
    };
    await this.transaction(async (tx) => {
      await steps.advance(tx, order, { kind: 'submit', at });
      for (const event of [{ kind: 'accepted', at, venueOrderId: `v-${order.orderId}` }] as const) {
        await steps.advance(tx, await existing(tx, order), event);
      }
      await steps.bookFill(tx, await existing(tx, order), fill);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    for (const process of this.#processes) await process.kill();
    await this.#bus?.close();
    await this.#ledger?.close();
    await Promise.all([this.#redis.stop(), this.#postgres.stop()]);
    await this.folder.remove();
  }

  async #prepare(): Promise<void> {
    this.#settings = await writeRunFolder(this.folder, botFile(this.#symbols), {
      name: 'risk',
      servers: { redis: this.#redis, postgres: this.#postgres, database: DATABASE },
    });
    this.#ledger = await openLedger({
      location: this.#postgres.url(),
      database: DATABASE,
      identity: this.#settings.identity,
      writers: ['screener', 'screener-rest', 'execution'],
    });
    await this.transaction((tx) => this.#fillLedger(tx));
    await this.#openBus();
  }

  async #fillLedger(tx: LedgerTransaction): Promise<void> {
    await tx.putInstruments(this.#symbols.map(instrumentOf));
    await tx.putAccount(openAccount(money('10000')), undefined);
    const first = Math.floor(this.clock.now() / MINUTE) * MINUTE - HISTORY * MINUTE;
    for (const symbol of this.#symbols) {
      this.quote(symbol, PRICE);
      await tx.insertCandles(
        Array.from({ length: HISTORY }, (_, i) => candleOf(symbol, first + i * MINUTE, i % 2 === 0)),
      );
    }
  }

  async #openBus(): Promise<void> {
    const { bot } = this.settings.settings;
    const bus = await connectBus({ port: this.#redis.port, keys: keysOf(bot), settings: { shards: SHARDS } });
    this.#bus = bus;
    const ledger = this.#ledger;
    if (ledger === undefined) throw new Error('not prepared');
    this.#steps = new OrderSteps({
      bot: BOT,
      clock: this.clock,
      instruments: new Map(this.#symbols.map((symbol) => [symbol, instrumentOf(symbol)])),
      // What it would publish is lost, as on a stream that was emptied: risk reads the ledger.
      relay: new OutboxRelay({ ledger, bus }),
      metrics: makeExecutionMetrics(QUIET_METRICS),
    });
    this.#ticker = setInterval(() => {
      void this.#beat().catch(() => undefined);
    }, TICK_MS);
  }

  /** The market goes on, and execution says that it agrees with the venue. */
  async #beat(): Promise<void> {
    const time = this.clock.now();
    this.#count += 1;
    const ticks = this.#symbols.map((symbol) => {
      const at = this.#prices.get(symbol) ?? PRICE;
      const head = envelope(
        { bot: BOT, clock: this.clock },
        { type: 'tick', id: [symbol, this.#count], eventTime: time },
      );
      const [bid, ask] = [price((at * 0.9999).toFixed(4)), price((at * 1.0001).toFixed(4))];
      return { ...head, symbol, price: price(at.toFixed(4)), bid, ask };
    });
    await this.#bus?.publish('market_data', ticks);
    await this.transaction((tx) =>
      writeExecutionDocument(tx, { reconciled: true, lastReconciliation: time, clockOffset: 0, time }),
    );
  }
}

async function existing(tx: LedgerTransaction, { orderId }: Order): Promise<Order> {
  const order = await tx.order(orderId);
  if (order === undefined) throw new Error(`order ${orderId} is gone`);
  return order;
}

function candleOf(symbol: string, openTime: number, isEven: boolean): Candle {
  const close = price(isEven ? '100' : '100.1');
  return {
    ...{ symbol, interval: MINUTE, openTime, open: close, high: close, low: close, close },
    volume: quantity('100000'),
    quoteVolume: money('10000000'),
  };
}
