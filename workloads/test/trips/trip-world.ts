/**
 * A real process of risk on a real Redis and PostgreSQL 15 that holds a position whose price this side sends: it falls, the
 * breaker of the daily drawdown latches, an alert reaches the stream; it recovers, a person resumes, and again.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import { CONTROL_PATHS, type ControlOutcome } from '../../src/contract/index.ts';
import type { Position } from '../../src/domain/account/account.ts';
import { openAccount } from '../../src/domain/account/book.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import type { Fill, Order } from '../../src/domain/orders/order.ts';
import type { Verdict } from '../../src/domain/risk/verdict.ts';
import { HOUR, MINUTE } from '../../src/domain/time.ts';
import type { AlertEvent, TickEvent } from '../../src/events/event.ts';
import type { LedgerTransaction } from '../../src/ports/ledger.ts';
import { connectBus, keysOf } from '../bus/redis-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { A_FILL, A_VERDICT, AN_ORDER } from '../cli/sample-trade.ts';
import { instrumentOf } from '../crash/exchange-world.ts';
import {
  ask,
  commandLine,
  killAll,
  startProcess,
  type TestProcess,
  until,
} from '../process/process-fixture.ts';
import { writeRunFolder } from '../process/run-folder.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const BOT = { namespace: 'default', name: 'trips' };
const SYMBOL = 'AAAUSDT';
const DATABASE = 'claire_trips';
const SHARDS = 4;
const WELL = '100';
/** Nine tenths of the equity lose a tenth: 9 %, where 5 % are allowed. */
const FALLEN = '90';

const botFile = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${BOT.name} }
spec:
  exchange: { venue: simulator, endpoints: { rest: 'http://127.0.0.1:9', ws: 'ws://127.0.0.1:9/ws' } }
  universe: { quote: USDT, symbols: [${SYMBOL}] }
  strategy: { momentum: {} }
`;
/** One trip: what was raised, and how long after the price had been sent it was read from the stream, ms. */
export interface Trip {
  readonly alert: AlertEvent;
  readonly delay: number;
}

export class TripWorld {
  readonly #folder: TemporaryFolder;
  readonly #redis: TestRedis;
  readonly #postgres: TestPostgres;
  readonly #bus: RedisBus;
  readonly #risk: TestProcess;
  readonly #trips: { readonly alert: AlertEvent; readonly at: number }[] = [];
  #token = '';
  #ticks = 0;

  private constructor(
    servers: { readonly redis: TestRedis; readonly postgres: TestPostgres },
    made: { readonly folder: TemporaryFolder; readonly bus: RedisBus; readonly risk: TestProcess },
  ) {
    this.#redis = servers.redis;
    this.#postgres = servers.postgres;
    this.#folder = made.folder;
    this.#bus = made.bus;
    this.#risk = made.risk;
  }

  /** `durable`: PostgreSQL waits for its disk, as it does in earnest. @throws Error saying what to install */
  static async open(durable: boolean): Promise<TripWorld> {
    const [folder, redis, postgres] = await Promise.all([
      temporaryFolder(),
      startRedis(),
      startPostgres15({ durable }),
    ]);
    await prepare(folder, redis, postgres);
    const bus = await connectBus({
      port: redis.port,
      settings: { shards: SHARDS },
      keys: keysOf(BOT),
    });
    const risk = startProcess(commandLine('risk'), folder.path);
    const world = new TripWorld({ redis, postgres }, { folder, bus, risk });
    await world.#start();
    return world;
  }

  /** The price falls, and the alert of it is there. The bot trades again afterwards. */
  async trip(): Promise<Trip> {
    const before = this.#trips.length;
    const sent = performance.now();
    await this.#tick(FALLEN);
    await until(
      () => this.#trips.length > before,
      () => this.#standing(),
    );
    const trip = this.#trips[before];
    if (trip === undefined) throw new Error('no trip');
    await this.#tick(WELL);
    await until(() => this.#resume());
    return { alert: trip.alert, delay: trip.at - sent };
  }

  /** What risk said last, for who waits in vain. */
  #standing(): string {
    const lines = this.#risk.log.slice(-15).map((line) => JSON.stringify(line));
    return [...lines, this.#risk.stderr()].join('\n');
  }

  /** Alerts of trips that were read so far. */
  get count(): number {
    return this.#trips.length;
  }

  async close(): Promise<void> {
    await killAll([this.#risk]);
    await this.#bus.close();
    await Promise.all([this.#redis.stop(), this.#postgres.stop()]);
    await this.#folder.remove();
  }

  async #start(): Promise<void> {
    this.#token = await readFile(join(this.#folder.path, 'run/secrets/control-token'), 'utf8');
    await this.#bus.subscribe({
      stream: 'alerts',
      group: 'trips',
      handle: (alert) => {
        if (alert.code === 'TradingCircuitBreakerOpen') this.#trips.push({ alert, at: performance.now() });
        return Promise.resolve();
      },
    });
    await this.#risk.until('/readyz', ({ text }) => !text.includes('STARTING'));
    await this.#tick(WELL);
  }

  async #tick(text: string): Promise<void> {
    this.#ticks += 1;
    const now = Date.now();
    const tick: TickEvent = {
      schemaVersion: 1,
      type: 'tick',
      eventId: `tick-${this.#ticks}`,
      eventTime: now,
      createdTime: now,
      bot: BOT.name,
      symbol: SYMBOL,
      price: price(text),
    };
    await this.#bus.publish('market_data', [tick]);
  }

  /** False while the recovered price has not arrived: the cause persists then. */
  async #resume(): Promise<boolean> {
    const { status, json, text } = await ask(
      `http://127.0.0.1:${await this.#risk.port('control')}${CONTROL_PATHS.operations}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token.trim()}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          operationId: randomUUID(),
          action: 'resume',
          actor: 'tester',
          reason: 'the price recovered',
        }),
      },
    );
    const { result, code } = json as Partial<ControlOutcome>;
    // As fast as the control API lets anybody call.
    if (result === 'done' || status === 429 || code === 'CAUSE_PERSISTS') return result === 'done';
    throw new Error(`resume was answered with ${status}: ${text}`);
  }
}

const AMOUNT = { quantity: quantity('90'), notional: money('9000') };
const NO_MONEY = money('0');

/** Filled an hour ago. */
function entry(account: string): { readonly verdict: Verdict; readonly order: Order; readonly fill: Fill } {
  const at = Date.now() - HOUR;
  const order: Order = {
    ...AN_ORDER,
    account,
    symbol: SYMBOL,
    quantity: AMOUNT.quantity,
    limitPrice: price(WELL),
    referencePrice: price(WELL),
    decidedTime: at,
    validUntil: at + MINUTE,
    filledQuantity: AMOUNT.quantity,
    filledNotional: AMOUNT.notional,
    updatedTime: at,
  };
  const fee = { asset: 'USDT', amount: quantity('0'), quoteValue: NO_MONEY };
  return {
    verdict: { ...A_VERDICT, symbol: SYMBOL, time: at, order },
    order,
    fill: { ...A_FILL, symbol: SYMBOL, price: price(WELL), quantity: AMOUNT.quantity, fee, time: at },
  };
}

/** An account that holds what was bought, as execution leaves it. */
async function holdPosition(tx: LedgerTransaction, account: string): Promise<void> {
  const { verdict, order, fill } = entry(account);
  const position: Position = {
    symbol: SYMBOL,
    quantity: AMOUNT.quantity,
    totalCost: AMOUNT.notional,
    realizedPnl: NO_MONEY,
    fees: NO_MONEY,
    entryTime: fill.time,
    boughtQuantity: AMOUNT.quantity,
    boughtNotional: AMOUNT.notional,
    soldQuantity: quantity('0'),
    soldNotional: NO_MONEY,
  };
  await tx.putInstruments([instrumentOf(SYMBOL)]);
  await tx.insertVerdict(verdict);
  await tx.insertOrder(order);
  await tx.insertFill(fill);
  const opened = openAccount(money('10000'));
  await tx.putAccount({ ...opened, cash: money('1000'), positions: new Map([[SYMBOL, position]]) }, SYMBOL);
}

/** The files of risk, and a ledger with an account that holds a position. */
async function prepare(folder: TemporaryFolder, redis: TestRedis, postgres: TestPostgres): Promise<void> {
  const servers = { redis, postgres, database: DATABASE };
  const { identity } = await writeRunFolder(folder, botFile, { name: 'risk', servers });
  const ledger = await openLedger({
    location: postgres.url(),
    database: DATABASE,
    identity,
    writers: ['screener-rest', 'risk', 'execution'],
  });
  await ledger.transaction((tx) => holdPosition(tx, identity.account));
  await ledger.close();
}
