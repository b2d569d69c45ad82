/**
 * Everything around real processes of execution: a simulator, Redis and PostgreSQL 15, all real servers on loopback, and a
 * test that plays the screener and risk. All clocks that trading rests on run faster than the machine's, together.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import { REDIS_BUS_DEFAULTS } from '../../src/adapters/redis/settings.ts';
import type { ProcessSettings } from '../../src/contract/index.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import type { OrderEvent, TickEvent } from '../../src/events/event.ts';
import { type GroupingLedger, LedgerError, type LedgerTransaction } from '../../src/ports/ledger.ts';
import { envelope } from '../../src/services/envelope.ts';
import { faultOrder } from '../../src/simulator/faults/fault.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { DEFAULT_LIMITS } from '../../src/simulator/rest/rate-limits.ts';
import { defaultSettings, seededAccount } from '../../src/simulator/simulator-settings.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { Venue } from '../../src/simulator/venue.ts';
import { connectBus, keysOf } from '../bus/redis-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { pause } from '../process/process-fixture.ts';
import { writeRunFolder } from '../process/run-folder.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { BOT, decide, type Wish } from './crash-episode.ts';
import { DoomedProcess } from './doomed-process.ts';
import { instrumentOf, OPENING, PRICE, SYMBOLS } from './exchange-world.ts';
import { SwiftClock } from './swift-clock.ts';

/** A second of the machine is so many on the clocks of venue and processes: leases and back-offs pass sooner. */
const SPEED = 10;
const DATABASE = 'claire_doomed';
const TICK_MS = 100;
const PATIENCE_MS = 120_000;

const botFile = (port: number, symbols: readonly string[]): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${BOT} }
spec:
  exchange:
    venue: simulator
    endpoints: { rest: 'http://127.0.0.1:${port}', ws: 'ws://127.0.0.1:${port}/ws' }
  universe: { quote: USDT, symbols: [${symbols.join(', ')}] }
  strategy: { momentum: {} }
`;

const ACCOUNT = seededAccount('doomed', 'tester', {
  USDT: '10000000',
  AAA: OPENING,
  BBB: OPENING,
  CCC: OPENING,
});

export interface WorldOptions {
  readonly speed?: number;
  readonly symbols?: readonly string[];
  /** The venue keeps to its rate limits. */
  readonly limited?: boolean;
}

export class ProcessWorld {
  readonly clock: SwiftClock;
  readonly redis: TestRedis;
  readonly postgres: TestPostgres;
  readonly folder: TemporaryFolder;
  readonly symbols: readonly string[];
  /** Steps that any process came by. */
  readonly met = new Set<string>();
  readonly #simulator: RunningSimulator;
  readonly #processes: DoomedProcess[] = [];
  #settings: ProcessSettings<'execution'> | undefined;
  #ledger: GroupingLedger | undefined;
  #bus: RedisBus | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #ticks = 0;

  private constructor(parts: {
    readonly clock: SwiftClock;
    readonly simulator: RunningSimulator;
    readonly redis: TestRedis;
    readonly postgres: TestPostgres;
    readonly folder: TemporaryFolder;
    readonly symbols: readonly string[];
  }) {
    this.clock = parts.clock;
    this.#simulator = parts.simulator;
    this.redis = parts.redis;
    this.postgres = parts.postgres;
    this.folder = parts.folder;
    this.symbols = parts.symbols;
  }

  static async open({
    speed = SPEED,
    symbols = SYMBOLS,
    limited = false,
  }: WorldOptions = {}): Promise<ProcessWorld> {
    const clock = new SwiftClock(Date.now(), speed);
    const [folder, redis, postgres] = await Promise.all([temporaryFolder(), startRedis(), startPostgres15()]);
    const simulator = await startSimulator(
      {
        ...defaultSettings('only-for-tests'),
        seed: 'doomed',
        speed: 0,
        accounts: [ACCOUNT],
        rules: symbols.map((symbol) => ({ ...defaultRules(symbol), priceScale: 4, quantityScale: 4 })),
        limits: { ...DEFAULT_LIMITS, enabled: limited },
        keptTruth: 2_000_000,
      },
      { clock, logger: QUIET_LOGGER },
    );
    const world = new ProcessWorld({ clock, simulator, redis, postgres, folder, symbols });
    await world.#prepare();
    return world;
  }

  get venue(): Venue {
    return this.#simulator.venue;
  }

  get account(): string {
    return this.settings.identity.account;
  }

  get settings(): ProcessSettings<'execution'> {
    if (this.#settings === undefined) throw new Error('not prepared');
    return this.#settings;
  }

  /** The ledger as risk has it; a server that is away is waited for. `work` may run more than once. */
  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        if (this.#ledger === undefined) throw new Error('not prepared');
        return await this.#ledger.transaction(work);
      } catch (error) {
        const isAway = error instanceof LedgerError && error.retryable;
        if (!isAway || performance.now() > deadline) throw error;
      }
      await pause(50);
    }
  }

  /** A process of execution, ready to be told to go. */
  spawn(): DoomedProcess {
    const settings = {
      folder: join(this.folder.path, 'run'),
      base: this.clock.base,
      speed: this.clock.speed,
    };
    const made = new DoomedProcess(settings, (point) => this.met.add(point));
    this.#processes.push(made);
    return made;
  }

  /** The market stands at a price, with depth enough for every order. */
  quote(symbol: string, at: string): void {
    const now = this.clock.now();
    const standing = {
      quantity: quantity('0'),
      amount: money('0'),
      side: 'BUY',
      depth: quantity('1000000'),
    } as const;
    this.venue.exchange.print({ symbol, time: now, price: price(at), ...standing }, now);
  }

  arm(order: Parameters<typeof faultOrder.parse>[0]): void {
    this.venue.faults.arm(faultOrder.parse(order));
  }

  /** What risk does: order and reservation in one transaction, then the hint, so many times. */
  async approve(wish: Wish, hints = 1): Promise<Order> {
    const { order, reservation } = decide(this.account, this.clock.now(), wish);
    await this.transaction(async (tx) => {
      if ((await tx.order(order.orderId)) !== undefined) return;
      await tx.insertOrder(order);
      await tx.insertReservation(reservation);
    });
    const head = envelope(
      { bot: BOT, clock: this.clock },
      { type: 'order', id: [order.orderId], eventTime: order.decidedTime },
    );
    const event: OrderEvent = { ...head, order };
    // Not waited for: a stream that is away loses hints, and the scan finds the order.
    for (let n = 0; n < hints; n += 1) void this.#bus?.publish('orders', [event]).catch(() => undefined);
    return order;
  }

  /** The codes of all alerts from now on. */
  async alerts(): Promise<readonly string[]> {
    const codes: string[] = [];
    await this.#bus?.subscribe({
      stream: 'alerts',
      group: 'test',
      handle: (alert) => {
        codes.push(alert.code);
        return Promise.resolve();
      },
    });
    return codes;
  }

  async restartRedis(): Promise<void> {
    await this.redis.kill();
    await this.redis.start();
  }

  async flushRedis(): Promise<void> {
    await this.redis.client.flushall();
  }

  async restartPostgres(): Promise<void> {
    await this.postgres.kill();
    await this.postgres.start();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    for (const process of this.#processes) await process.kill();
    await this.#bus?.close();
    await this.#ledger?.close();
    await this.#simulator.close();
    await Promise.all([this.redis.stop(), this.postgres.stop()]);
    await this.folder.remove();
  }

  async #prepare(): Promise<void> {
    this.#settings = await writeRunFolder(this.folder, botFile(this.#simulator.port, this.symbols), {
      name: 'execution',
      servers: { redis: this.redis, postgres: this.postgres, database: DATABASE },
    });
    const secrets = join(this.folder.path, 'run/secrets');
    await writeFile(join(secrets, 'exchange-api-key'), ACCOUNT.key.key);
    await writeFile(join(secrets, 'exchange-api-secret'), ACCOUNT.key.secret);
    this.#ledger = await openLedger({
      location: this.postgres.url(),
      database: DATABASE,
      identity: this.settings.identity,
      writers: ['screener-rest', 'risk'],
    });
    await this.transaction((tx) => tx.putInstruments(this.symbols.map(instrumentOf)));
    for (const symbol of this.symbols) this.quote(symbol, PRICE);
    await this.#openBus();
  }

  async #openBus(): Promise<void> {
    const { bot } = this.settings.settings;
    const settings = { shards: REDIS_BUS_DEFAULTS.shards };
    this.#bus = await connectBus({ port: this.redis.port, keys: keysOf(bot), settings });
    this.#ticker = setInterval(() => {
      void this.#bus
        ?.publish(
          'market_data',
          this.symbols.map((symbol) => this.#tick(symbol)),
        )
        .catch(() => undefined);
    }, TICK_MS);
  }

  #tick(symbol: string): TickEvent {
    this.#ticks += 1;
    const head = envelope(
      { bot: BOT, clock: this.clock },
      { type: 'tick', id: [symbol, this.#ticks], eventTime: this.clock.now() },
    );
    return { ...head, symbol, price: price(PRICE) };
  }
}
