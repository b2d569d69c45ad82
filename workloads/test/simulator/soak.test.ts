import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { makeFixedCredentials } from '../../src/adapters/mexc/credentials.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import { type BotSettings, parseTradingBot } from '../../src/contract/index.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import {
  add,
  divide,
  formatDecimal,
  multiply,
  parseDecimal,
  rescale,
  subtract,
  ZERO,
} from '../../src/domain/money/decimal.ts';
import { AT_VENUE_STATES, isTerminal } from '../../src/domain/orders/order-machine.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { runLive } from '../../src/pipeline/live-run.ts';
import { connectSimulator } from '../../src/pipeline/venues/simulator.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { bot } from '../contract/bots.ts';
import { seeded } from '../mexc/faults.ts';
import { openTestPlace, type TestPlace, withMomentum } from '../pipeline/test-pipeline.ts';
import { ACCOUNT, openSimulator, type TestSimulator } from './open-simulator.ts';

const SEED = 20_261_127;
const SYMBOLS = Array.from({ length: 6 }, (_, i) => `S${String(i + 1).padStart(4, '0')}USDT`);
const SPEED = 20;
const KLINE = 'Min1';
/** What must have happened before it ends. */
const LEAST = {
  fills: 14,
  partialFills: 4,
  /** Orders whose fate was not known for a while. */
  unknown: 4,
  /** Of them, such as the exchange never got. */
  neverPlaced: 1,
  /** Requests answered with this status. */
  statuses: { 403: 2, 418: 2, 429: 1, 503: 1 },
  /** Times the exchange's clock was wrong; deposits and orders of somebody else in the account. */
  skewed: 2,
  deposits: 3,
  foreignOrders: 3,
  /** Every other fault, each. */
  faults: 1,
};
const CLIENT_FAULTS = ['lost-reply', 'hidden-order', 'partial-fill', 'delay', 'status', 'error-code'];
/** What comes once the bot has traded through the rest, by what is still to happen: little is traded while it lasts. */
const STORMS: Readonly<Record<string, string>> = {
  skewed: 'skew',
  deposits: 'deposit',
  foreignOrders: 'foreign-order',
  403: 'storm',
  418: 'storm',
  429: 'storm',
  503: 'storm',
  neverPlaced: 'never-placed',
};
/** Such an order takes long to be proved absent: so many strikes are let go between two of them. */
const PATIENCE = 30;
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
    ...withMomentum(read, { thresholdRatio: ratio('0.00001') }),
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
  readonly others = { skewed: 0, deposits: 0, foreignOrders: 0 };
  /** What somebody else put into the account. */
  deposited = ZERO;
  #statuses = 0;
  /** Strikes to let go. */
  #let = 0;
  readonly #random = seeded(SEED);

  readonly #bag: string[] = [];

  /** One after the other in an order that the seed shuffles, so that each comes soon and again. */
  async strike(outstanding: readonly string[]): Promise<void> {
    const names = outstanding.map((row) => row.split(' ')[0]!);
    if (names.some((name) => STORMS[name] === undefined)) return this.#begin(this.#fromBag());
    if (!names.includes('neverPlaced')) return this.#begin(STORMS[names[0]!]!);
    // First, since nothing is entered any more while somebody else's orders are there.
    if (this.#let === 0) await this.#begin('never-placed');
    this.#let = (this.#let + 1) % PATIENCE;
  }

  #fromBag(): string {
    if (this.#bag.length === 0) this.#fill();
    return this.#bag.pop()!;
  }

  async #begin(kind: string): Promise<void> {
    if (kind === 'cut-all') this.counts.cutAll += await this.#sockets({ do: 'cut' });
    else if (kind === 'cut-one') {
      this.counts.cutOne += await this.#sockets({ do: 'cut', id: await this.#anyone() });
    } else if (kind === 'stall') {
      this.counts.stalled += await this.#sockets({ do: 'stall', id: await this.#anyone() });
    } else if (kind === 'skew') await this.#skew();
    else if (kind === 'deposit') await this.#deposit();
    else if (kind === 'foreign-order') await this.#orderElsewhere();
    else await this.#arm(kind);
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
      'never-placed': {
        kind: 'lost-reply',
        match: 'POST /api/v3/order',
        as: this.#one(['cut', '504']),
        when: 'before',
        count: 1,
        for: 60_000,
      },
      status: { match: 'GET /api/v3/order', status: this.#one([429, 503]), retryAfter: 1 },
      // Each in turn, on whatever is asked; 403 is the page of a firewall.
      storm: {
        kind: 'status',
        match: '/api/v3/',
        status: [403, 418, 429, 503][this.#statuses % 4],
        retryAfter: 1,
      },
      'error-code': { match: 'GET /api/v3/klines', code: 10_098 },
    };
    const body = { kind, count: 1 + Math.floor(this.#random() * 2), for: 20_000, ...orders[kind] };
    if (kind === 'storm') this.#statuses += 1;
    await this.#admin('faults', body);
  }

  async #admin(command: string, body: object): Promise<void> {
    const { status, text } = await simulator.admin('POST', command, body);
    expect([status, text]).toEqual([200, text]);
  }

  /** The exchange's clock runs ahead by more than a request may be old, for a moment. */
  async #skew(): Promise<void> {
    this.others.skewed += 1;
    await this.#admin('clock', { skew: 20_000 });
    await pause(1_500);
    await this.#admin('clock', { skew: 0 });
  }

  async #deposit(): Promise<void> {
    this.others.deposits += 1;
    await this.#admin('balances', { account: ACCOUNT.key.account, asset: 'USDT', change: '12.5' });
    this.deposited = add(this.deposited, parseDecimal('12.5'));
  }

  /** It rests far below the market, so that it is there to be seen and never filled. */
  async #orderElsewhere(): Promise<void> {
    this.others.foreignOrders += 1;
    const symbol = this.#one(SYMBOLS);
    const price = simulator.venue.exchange.market(symbol)!.klines.windows(KLINE).at(-1)!.close;
    const tick = defaultRules(symbol).priceScale;
    await this.#admin('orders', {
      ...{ account: ACCOUNT.key.account, symbol, side: 'BUY', type: 'LIMIT' },
      quantity: formatDecimal(divide(parseDecimal('20'), price, 2, 'up')),
      price: formatDecimal(rescale(multiply(price, parseDecimal('0.7')), tick, 'up')),
    });
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

/** Orders whose journal says that their fate was unknown; an order may be there several times. */
async function unknownOutcomes(ledger: Ledger): Promise<readonly string[]> {
  const entries = await ledger.transaction((tx) => tx.journal('execution', 0, 100_000));
  return entries
    .filter(({ body }) => body.includes('"UNKNOWN"'))
    .map(({ body }) => /"orderId":"([^"]+)"/.exec(body)?.[1] ?? '');
}

/** Of them, those that the exchange never got and that the ledger has done with. */
async function neverPlaced(ledger: Ledger): Promise<readonly string[]> {
  const placed = new Set(truth('order').map(({ clientOrderId }) => clientOrderId));
  const unknown = new Set(await unknownOutcomes(ledger));
  const orders = await ledger.transaction((tx) => tx.orders());
  return orders
    .filter(({ orderId, state }) => unknown.has(orderId) && !placed.has(orderId) && isTerminal(state))
    .map(({ orderId }) => orderId);
}

/** What the exchange recorded; orders of somebody else are left out. */
const truth = (kind: 'fill' | 'order') =>
  (simulator.venue.truth.after(0, 1_000_000, kind) as readonly Readonly<Record<string, string>>[]).filter(
    ({ origin }) => origin !== 'elsewhere',
  );

/** What the ledger says, held against what really happened at the exchange. */
async function expectEqualBooks(ledger: Ledger, { deposited }: Mischief): Promise<void> {
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
  const change = subtract(subtract(add(free, locked), ACCOUNT.balances['USDT']!), deposited);
  expect(formatDecimal(change)).toBe(formatDecimal(subtract(account!.cash, account!.capital)));
}

const partialFills = () => truth('order').filter(({ status }) => status === 'PARTIALLY_CANCELED').length;

/** How often requests were answered with each status. */
function answered(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { status } of simulator.venue.truth.after(0, 1_000_000, 'request')) {
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
  }
  return counts;
}

/** What is still to happen, by name, with how often it did; empty when it was wild enough. */
type Tally = readonly (readonly [name: string, happened: number, least: number])[];

/** What has happened, and how much of it has to. */
async function tally(ledger: Ledger, { counts, others }: Mischief): Promise<Tally> {
  const struck = simulator.venue.faults.counts();
  const statuses = answered();
  const { faults, statuses: wanted, ...least } = LEAST;
  const happened: Readonly<Record<string, number>> = {
    ...others,
    fills: truth('fill').length,
    partialFills: partialFills(),
    unknown: (await unknownOutcomes(ledger)).length,
    neverPlaced: (await neverPlaced(ledger)).length,
  };
  return [
    ...Object.entries(least).map(([name, count]) => [name, happened[name] ?? 0, count] as const),
    ...Object.entries(wanted).map(([name, count]) => [name, statuses.get(name) ?? 0, count] as const),
    ...Object.entries(counts).map(([name, count]) => [name, count, faults] as const),
    ...[...CLIENT_FAULTS, ...STREAM_FAULTS].map((name) => [name, struck[name] ?? 0, faults] as const),
  ];
}

const outstanding = async (ledger: Ledger, mischief: Mischief): Promise<readonly string[]> =>
  (await tally(ledger, mischief))
    .filter(([, is, should]) => is < should)
    .map(([name, is, should]) => `${name} ${is}/${should}`);

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
    for (let left = await outstanding(ledger, mischief); left.length > 0 && !state.isOver;) {
      await mischief.strike(left);
      await pause(700);
      left = await outstanding(ledger, mischief);
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

    const said = (await tally(ledger, mischief)).map(([name, is, least]) => `${name} ${is} (≥ ${least})`);
    process.stdout.write(`soak: ${said.join(', ')}\n`);
    expect(await outstanding(ledger, mischief)).toEqual([]);
    await expectEqualBooks(ledger, mischief);
    expect(state.isOver).toBe(true);
    await ledger.close();
    await connection.close();
  },
  6 * MINUTE,
);
