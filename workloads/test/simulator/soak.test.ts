import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { makeFixedCredentials } from '../../src/adapters/mexc/credentials.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import { type BotSettings, parseTradingBot } from '../../src/contract/index.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import { add, formatDecimal, subtract, ZERO } from '../../src/domain/money/decimal.ts';
import { AT_VENUE_STATES } from '../../src/domain/orders/order-machine.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { runLive } from '../../src/pipeline/live-run.ts';
import { connectSimulator } from '../../src/pipeline/venues/simulator.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { bot } from '../contract/bots.ts';
import { seeded } from '../mexc/faults.ts';
import { openTestPlace, type TestPlace } from '../pipeline/test-pipeline.ts';
import { ACCOUNT, openSimulator, type TestSimulator } from './open-simulator.ts';

const SEED = 20_261_127;
const SYMBOLS = Array.from({ length: 6 }, (_, i) => `S${String(i + 1).padStart(4, '0')}USDT`);
const SPEED = 20;
/** What must have happened before it ends. */
const LEAST = { fills: 14, partialFills: 4, unknown: 4 };
const CLIENT_FAULTS = ['lost-reply', 'hidden-order', 'partial-fill', 'delay', 'status', 'error-code'];
const STREAM_FAULTS = [
  'drop-frames',
  'duplicate-frames',
  'reorder-frames',
  'broken-frames',
  'unknown-fields',
];

/** A bot that enters whenever something moves, and leaves soon. */
function settings(simulator: TestSimulator): BotSettings {
  const parsed = parseTradingBot(
    bot({
      mode: 'paper',
      'exchange.venue': 'simulator',
      'exchange.endpoints': { rest: simulator.rest, ws: simulator.socket },
      'universe.symbols': SYMBOLS,
      // So that not all of them are silent while one connection is.
      'universe.maxSymbolsPerConnection': 1,
      'strategy.momentum.interval': '1m',
      'strategy.momentum.threshold': '0.1%',
      'strategy.momentum.lookback': '1m',
      'strategy.momentum.minQuoteVolume': '0',
      'strategy.momentum.cooldown': '1m',
      'strategy.momentum.takeProfit': '0.1%',
      'strategy.momentum.maxHolding': '2m',
      'execution.orderType': 'LimitIoc',
      'risk.capital': '50000',
      'risk.maxVolatilityMultiple': 100,
      'risk.maxPriceMove': '50%',
    }),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { settings: read } = parsed.value;
  return {
    ...read,
    momentum: { ...read.momentum, thresholdRatio: ratio('0.00001') },
    limits: {
      ...read.limits,
      maxTradesPerHour: 100_000,
      maxEntriesPerDay: 100_000,
      maxOrdersPerMinute: 100_000,
      maxOrdersPerSecond: 100_000,
      maxOrderToTradeRatio: 100_000,
      maxConsecutiveLosses: 100_000,
      maxOpenPositions: 200,
      maxSpreadMultiple: 100_000,
      duplicateWindow: 1_000,
      maxDailyDrawdownRatio: ratio('0.9'),
      maxOrderNotional: money('20000'),
    },
  };
}

let place: TestPlace;
let simulator: TestSimulator;
beforeAll(async () => {
  place = await openTestPlace();
  simulator = await openSimulator({
    rules: SYMBOLS.map(defaultRules),
    history: 500,
    steps: 10,
    start: 'now',
    speed: SPEED,
    seed: String(SEED),
  });
});
afterAll(async () => {
  await simulator.close();
  await place.close();
});

/** Arms faults at random, each kind again and again, until it is told to stop. */
class Mischief {
  readonly counts = { cutAll: 0, cutOne: 0, stalled: 0 };
  readonly #random = seeded(SEED);

  readonly #bag: string[] = [];

  /** One after the other in an order that the seed shuffles, so that each comes soon and again. */
  async strike(): Promise<void> {
    if (this.#bag.length === 0) this.#fill();
    const kind = this.#bag.pop()!;
    if (kind === 'cut-all') this.counts.cutAll += await this.#sockets({ do: 'cut' });
    else if (kind === 'cut-one') {
      this.counts.cutOne += await this.#sockets({ do: 'cut', id: await this.#anyone() });
    } else if (kind === 'stall') {
      this.counts.stalled += await this.#sockets({ do: 'stall', id: await this.#anyone() });
    } else await this.#arm(kind);
  }

  #fill(): void {
    const often = [...CLIENT_FAULTS, 'lost-reply', 'partial-fill', 'lost-reply', 'partial-fill'];
    // A stalled socket is noticed after some 25 s: once is enough.
    const stall = this.counts.stalled === 0 ? ['stall'] : [];
    for (const kind of [...often, ...STREAM_FAULTS, 'cut-all', 'cut-one', ...stall]) {
      this.#bag.splice(Math.floor(this.#random() * (this.#bag.length + 1)), 0, kind);
    }
  }

  async #arm(kind: string): Promise<void> {
    const writes = { match: '/api/v3/order' };
    const orders: Readonly<Record<string, object>> = {
      'lost-reply': {
        match: 'POST /api/v3/order',
        as: this.#one(['cut', '504']),
        when: 'after',
      },
      'hidden-order': { delay: 700 },
      'partial-fill': { share: 0.3 },
      delay: { ...writes, delay: 400 },
      status: { match: 'GET /api/v3/order', status: this.#one([429, 503]), retryAfter: 1 },
      'error-code': { match: 'GET /api/v3/klines', code: 10_098 },
    };
    const body = { kind, count: 1 + Math.floor(this.#random() * 2), for: 20_000, ...orders[kind] };
    const { status } = await simulator.admin('POST', 'faults', body);
    expect(status).toBe(200);
  }

  async #sockets(order: { readonly do: string; readonly id?: number | undefined }): Promise<number> {
    const { json } = await simulator.admin('POST', 'connections', order);
    return (json as { readonly connections: number }).connections;
  }

  async #anyone(): Promise<number | undefined> {
    const { json } = await simulator.admin('GET', 'connections');
    const open = json as readonly { readonly id: number }[];
    return open[Math.floor(this.#random() * open.length)]?.id;
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!;
  }
}

/** How often an order's journal says that its fate was unknown. */
async function unknownOutcomes(ledger: Ledger): Promise<number> {
  const entries = await ledger.transaction((tx) => tx.journal('execution', 0, 100_000));
  return entries.filter(({ body }) => body.includes('"UNKNOWN"')).length;
}

const truth = (kind: 'fill' | 'order') =>
  simulator.venue.truth.after(0, 1_000_000, kind) as readonly Readonly<Record<string, string>>[];

/** What the ledger says, held against what really happened at the exchange. */
async function expectEqualBooks(ledger: Ledger): Promise<void> {
  const [fills, orders, account] = await ledger.transaction(async (tx) => [
    await tx.fills(),
    await tx.orders(),
    await tx.account(),
  ]);
  // Every trade of the exchange is booked once with its price, quantity and fee, and nothing else is.
  const booked = fills.map(({ tradeId, orderId, price, quantity, fee }) =>
    [tradeId, orderId, formatDecimal(price), formatDecimal(quantity), formatDecimal(fee.amount)].join(' '),
  );
  const traded = truth('fill').map((fill) =>
    [fill['tradeId'], fill['clientOrderId'], fill['price'], fill['quantity'], fill['fee']].join(' '),
  );
  expect(booked.sort()).toEqual(traded.sort());
  // Every order of the exchange is one of the ledger's, was placed once, and ended alike.
  const last = new Map(truth('order').map((order) => [order['clientOrderId'], order]));
  const placed = new Set(truth('order').map(({ orderId }) => orderId));
  expect(placed.size).toBe(last.size);
  for (const [clientId, order] of last) {
    const own = orders.find(({ orderId }) => orderId === clientId);
    expect([clientId, own?.state]).toEqual([clientId, order['status']]);
  }
  // The account holds what the books say.
  const balanceOf = (asset: string) =>
    simulator.venue.exchange.account(ACCOUNT.key.account)!.wallet.of(asset);
  for (const symbol of SYMBOLS) {
    const held = account?.positions.get(symbol)?.quantity ?? account?.dust.get(symbol)?.quantity ?? ZERO;
    const { free, locked } = balanceOf(symbol.replace('USDT', ''));
    expect([symbol, formatDecimal(add(free, locked))]).toEqual([symbol, formatDecimal(held)]);
  }
  const { free, locked } = balanceOf('USDT');
  expect(formatDecimal(subtract(add(free, locked), ACCOUNT.balances['USDT']!))).toBe(
    formatDecimal(subtract(account!.cash, account!.capital)),
  );
}

const partialFills = () => truth('order').filter(({ status }) => status === 'PARTIALLY_CANCELED').length;

/** Whether every fault has struck. */
function isWild({ counts }: Mischief): boolean {
  const struck = simulator.venue.faults.counts();
  const kinds = [...CLIENT_FAULTS, ...STREAM_FAULTS];
  return kinds.every((kind) => (struck[kind] ?? 0) > 0) && Object.values(counts).every((count) => count > 0);
}

it(
  `ends with equal books on both sides, whatever went wrong in between (seed ${SEED})`,
  async () => {
    const read = settings(simulator);
    const connection = await connectSimulator(read, {
      clock: new SystemClock(),
      log: QUIET_LOGGER,
      metrics: QUIET_METRICS,
      random: seeded(SEED + 1),
      fetch: (url, init) => fetch(url, init),
      openSocket: openWebSocket,
      credentials: makeFixedCredentials(ACCOUNT.key.key, ACCOUNT.key.secret),
      challenge: () => randomUUID(),
    });
    const ledger = await place.open(read, true, connection.identity.account);
    const controller = new AbortController();
    const run = runLive({
      ...connection,
      ...(await connection.open(ledger)),
      settings: read,
      ledger,
      signal: controller.signal,
    });
    const state = { isOver: false };
    const end = () => {
      state.isOver = true;
    };
    run.then(end, end);

    const mischief = new Mischief();
    const isEnough = async () =>
      truth('fill').length >= LEAST.fills &&
      partialFills() >= LEAST.partialFills &&
      (await unknownOutcomes(ledger)) >= LEAST.unknown &&
      isWild(mischief);
    while (!state.isOver && !(await isEnough())) {
      await mischief.strike();
      await pause(700);
    }
    await simulator.admin('DELETE', 'faults');

    // Nothing is entered any more; what is held is sold, and what is at the venue comes to its end.
    const since = connection.clock.now();
    const demand = {
      source: 'control',
      state: 'ReduceOnly',
      reason: 'the soak ends',
      evidence: {},
      since,
    } as const;
    await ledger.transaction((tx) => tx.latchDemand(demand));
    const isQuiet = () =>
      ledger.transaction(
        async (tx) =>
          (await tx.orders([...AT_VENUE_STATES, 'APPROVED'])).length === 0 &&
          (await tx.account())?.positions.size === 0,
      );
    while (!state.isOver && !(await isQuiet())) await pause(200);
    controller.abort();
    await run;

    await expectEqualBooks(ledger);
    expect(state.isOver).toBe(true);
    await ledger.close();
    await connection.close();
  },
  4 * MINUTE,
);
