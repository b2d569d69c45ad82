import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  FILLS,
  INTERVAL,
  makeCandle,
  makeExit,
  makeInstrument,
  makeIntent,
  reportText,
  START,
  warmup,
} from '../../../test/replay/paper-market.ts';
import { money, NO_MONEY, price, quantity } from '../../domain/money/amounts.ts';
import {
  add,
  type Decimal,
  equals,
  formatDecimal,
  isNegative,
  multiply,
  subtract,
} from '../../domain/money/decimal.ts';
import type { Fill, Order, OrderIntent } from '../../domain/orders/order.ts';
import type { ExecutionReport } from '../../ports/venue.ts';
import { EventClock } from '../memory/event-clock.ts';
import { PaperExchange } from './paper-exchange.ts';

interface Bench {
  readonly exchange: PaperExchange;
  readonly clock: EventClock;
  /** One line a report. */
  readonly seen: string[];
  readonly fills: Fill[];
}

function makeBench(
  changes: { readonly latency?: number; readonly capital?: string; readonly warm?: boolean } = {},
): Bench {
  const clock = new EventClock(START);
  const exchange = new PaperExchange({
    quote: 'USDT',
    capital: money(changes.capital ?? '100000'),
    instruments: new Map([['BTCUSDT', makeInstrument()]]),
    fills: FILLS,
    interval: INTERVAL,
    clock,
    latency: changes.latency ?? 0,
  });
  const seen: string[] = [];
  const fills: Fill[] = [];
  exchange.onReport((report) => {
    seen.push(reportText(report));
    if (report.kind === 'fill') fills.push(report.fill);
    return Promise.resolve();
  });
  if (changes.warm !== false) for (const candle of warmup()) exchange.onClosed(candle);
  return { exchange, clock, seen, fills };
}

/** A bench that holds a position of this size, bought at 100. */
async function makeHolding(size: string): Promise<Bench> {
  const bench = makeBench();
  await bench.exchange.submit(
    makeIntent({ orderId: 'buy', quantity: quantity(size), limitPrice: price('120') }),
  );
  await bench.exchange.onOpen('BTCUSDT', price('100'), START);
  bench.seen.length = 0;
  bench.fills.length = 0;
  return bench;
}

const balancesOf = async ({ exchange }: Bench): Promise<readonly string[]> =>
  (await exchange.balances()).map(
    ({ asset, free, locked }) => `${asset} ${formatDecimal(free)} ${formatDecimal(locked)}`,
  );

const orderOf = (intent: OrderIntent, changes: Partial<Order>): Order => ({
  ...intent,
  state: 'WORKING',
  filledQuantity: quantity('0'),
  filledNotional: NO_MONEY,
  updatedTime: START,
  ...changes,
});

describe('PaperExchange', () => {
  it('fills an order at the next open, with slippage and a fee', async () => {
    const bench = makeBench();
    expect(await bench.exchange.submit(makeIntent())).toEqual({
      kind: 'accepted',
      venueOrderId: 'paper-order-1',
    });
    expect(bench.exchange.hasWorking('BTCUSDT')).toBe(true);
    await bench.exchange.onOpen('BTCUSDT', price('100'), START);
    // 5 + 1000 · 100/10000 + 0.05 · 0 = 15 bps
    expect(bench.seen).toEqual(['BUY 1 at 100.15 fee 0.06009 USDT TAKER', 'order-1 FILLED']);
    expect(bench.fills[0]).toMatchObject({ orderId: 'order-1', time: START });
    expect(bench.exchange.hasWorking('BTCUSDT')).toBe(false);
    expect(await balancesOf(bench)).toEqual(['BTC 1 0', 'USDT 99899.78991 0']);
  });

  it('fills nothing without a next open', async () => {
    const bench = makeBench();
    await bench.exchange.submit(makeIntent());
    bench.exchange.onClosed(makeCandle(START));
    await bench.exchange.settled();
    expect(bench.seen).toEqual([]);
    expect(await bench.exchange.openOrders(['BTCUSDT'])).toMatchObject([
      { orderId: 'order-1', status: 'WORKING' },
    ]);
  });

  it.each([
    ['is beyond the limit', makeIntent(), '101', 'order-1 CANCELED COLLAR'],
    [
      'comes too late for an entry',
      makeIntent({ validUntil: START }),
      '100',
      'order-1 CANCELED EXPIRED_STALE',
    ],
  ])('cancels when the open %s', async (_, intent, open, text) => {
    const { exchange, seen, fills } = makeBench();
    await exchange.submit(intent);
    await exchange.onOpen('BTCUSDT', price(open), START);
    expect(seen).toEqual([text]);
    expect(fills).toEqual([]);
    expect(await exchange.order({ orderId: 'order-1' })).toMatchObject({ status: 'CANCELED' });
  });

  it('fills nothing while the market is not known', async () => {
    const { exchange, seen } = makeBench({ warm: false });
    await exchange.submit(makeIntent());
    await exchange.onOpen('BTCUSDT', price('100'), START);
    expect(seen).toEqual(['order-1 CANCELED WARMUP']);
  });

  it('lets an exit wait for the next open whenever it comes', async () => {
    const { exchange, seen } = await makeHolding('1');
    await exchange.submit(makeExit());
    await exchange.onOpen('BTCUSDT', price('100'), START + 50 * INTERVAL);
    expect(seen).toEqual(['SELL 1 at 99.85 fee 0.05991 USDT TAKER', 'exit-1 FILLED']);
  });

  it('fills no more than the depth of a candle, and cancels the rest of an IOC', async () => {
    const { exchange, seen } = makeBench();
    await exchange.submit(makeIntent({ quantity: quantity('100'), limitPrice: price('120') }));
    await exchange.onOpen('BTCUSDT', price('100'), START);
    expect(seen).toEqual(['BUY 80 at 108.05 fee 5.1864 USDT TAKER', 'order-1 PARTIALLY_CANCELED IOC_REST']);
  });

  it('gives the depth of a candle once, to all orders together', async () => {
    const { exchange, seen } = makeBench();
    for (const orderId of ['a', 'b', 'c']) {
      await exchange.submit(makeIntent({ orderId, quantity: quantity('50'), limitPrice: price('120') }));
    }
    await exchange.onOpen('BTCUSDT', price('100'), START);
    expect(seen.map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'BUY 50 at',
      'a FILLED',
      'BUY 30 at',
      'b PARTIALLY_CANCELED IOC_REST',
      'c CANCELED NO_LIQUIDITY',
    ]);
  });

  it('keeps the rest of a LIMIT order for the next candles, as a maker', async () => {
    const { exchange, seen, fills } = await makeHolding('80');
    await exchange.submit(makeExit({ type: 'LIMIT', quantity: quantity('80'), limitPrice: price('90') }));
    await exchange.onOpen('BTCUSDT', price('50'), START);
    expect(seen).toEqual([]);
    await exchange.onOpen('BTCUSDT', price('100'), START + INTERVAL);
    expect(seen).toEqual(['SELL 80 at 90 fee 1.44 USDT MAKER', 'exit-1 FILLED']);
    expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(1);
  });

  it('fills a LIMIT order in parts with a trade id each', async () => {
    const { exchange, seen, fills, clock } = await makeHolding('80');
    clock.advanceTo(START + INTERVAL);
    exchange.onClosed(makeCandle(START, { quoteVolume: money('20000') }));
    await exchange.submit(makeExit({ type: 'LIMIT', quantity: quantity('80'), limitPrice: price('90') }));
    await exchange.onOpen('BTCUSDT', price('200'), START + INTERVAL);
    await exchange.onOpen('BTCUSDT', price('200'), START + 2 * INTERVAL);
    expect(seen.map((text) => text.split(' at ')[0])).toEqual([
      'SELL 40',
      'exit-1 PARTIALLY_FILLED',
      'SELL 40',
      'exit-1 FILLED',
    ]);
    expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(2);
    expect(await exchange.fills({ orderId: 'exit-1' })).toEqual(fills);
  });

  it('fills at ticks that are later than the order by the latency', async () => {
    const { exchange, seen } = makeBench({ latency: 250 });
    await exchange.submit(makeIntent());
    await exchange.onTick('BTCUSDT', price('99'), START + 249);
    expect(seen).toEqual([]);
    await exchange.onTick('BTCUSDT', price('100'), START + 250);
    expect(seen).toEqual(['BUY 1 at 100.15 fee 0.06009 USDT TAKER', 'order-1 FILLED']);
  });

  it('takes the same order once and refuses another one of the same id', async () => {
    const { exchange, seen } = makeBench();
    const first = await exchange.submit(makeIntent());
    expect(await exchange.submit(makeIntent({ verdictId: 'again', attempt: 1 }))).toEqual(first);
    const other = await exchange.submit(makeIntent({ quantity: quantity('2') }));
    expect(other).toMatchObject({ kind: 'rejected', code: 'DUPLICATE_ORDER_ID' });
    await exchange.onOpen('BTCUSDT', price('100'), START);
    expect(seen).toHaveLength(2);
    expect(await exchange.submit(makeIntent())).toEqual(first);
    expect(exchange.hasWorking('BTCUSDT')).toBe(false);
  });

  it('refuses what breaks the rules of the instrument or the balance', async () => {
    const { exchange } = makeBench({ capital: '200' });
    expect(await exchange.submit(makeIntent({ symbol: 'XXX' }))).toMatchObject({ code: 'UNKNOWN_SYMBOL' });
    expect(await exchange.submit(makeIntent({ quantity: quantity('0.0005') }))).toMatchObject({
      code: 'MIN_QUANTITY',
    });
    expect(await exchange.submit(makeExit())).toMatchObject({
      kind: 'rejected',
      code: 'INSUFFICIENT_BALANCE',
    });
    expect(await exchange.submit(makeIntent({ quantity: quantity('2') }))).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
    });
    expect(await exchange.submit(makeIntent())).toMatchObject({ kind: 'accepted' });
    expect(await exchange.submit(makeIntent({ orderId: 'order-2' }))).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
    });
  });

  it('holds the funds of working orders back, and gives them free when they are cancelled', async () => {
    const bench = await makeHolding('1');
    await bench.exchange.submit(makeExit());
    await bench.exchange.submit(makeIntent());
    expect(await balancesOf(bench)).toEqual(['BTC 0 1', 'USDT 99798.72931 101.0606']);
    expect(await bench.exchange.cancel({ orderId: 'exit-1' })).toEqual({ kind: 'accepted' });
    expect(await bench.exchange.cancel({ orderId: 'order-1' })).toEqual({ kind: 'accepted' });
    expect(await balancesOf(bench)).toEqual(['BTC 1 0', 'USDT 99899.78991 0']);
    await bench.exchange.settled();
    expect(bench.seen).toEqual(['exit-1 CANCELED CANCEL_REQUESTED', 'order-1 CANCELED CANCEL_REQUESTED']);
    expect(await bench.exchange.cancel({ orderId: 'order-1' })).toEqual({ kind: 'not-working' });
    expect(await bench.exchange.cancel({ orderId: 'nobody' })).toEqual({ kind: 'not-working' });
  });

  it('comes back from what the ledger knows, and goes on the same', async () => {
    const before = makeBench();
    const intent = makeIntent({
      type: 'LIMIT',
      quantity: quantity('100'),
      limitPrice: price('120'),
      validUntil: START + 9 * INTERVAL,
    });
    await before.exchange.submit(intent);
    await before.exchange.onOpen('BTCUSDT', price('100'), START);
    const after = makeBench();
    const [fill] = before.fills;
    after.exchange.restore({
      orders: [
        orderOf(intent, { state: 'PARTIALLY_FILLED', filledQuantity: quantity('80') }),
        orderOf(makeIntent({ orderId: 'sent' }), { state: 'SUBMITTING' }),
        orderOf(makeIntent({ orderId: 'done' }), { state: 'FILLED' }),
      ],
      fills: fill === undefined ? [] : [fill],
      account: { cash: money('91350.8136'), positions: new Map(), dust: new Map() },
    });
    expect(await after.exchange.order({ orderId: 'sent' })).toBeUndefined();
    expect(await after.exchange.order({ orderId: 'done' })).toBeUndefined();
    for (const { exchange } of [before, after]) {
      exchange.onClosed(makeCandle(START));
      await exchange.onOpen('BTCUSDT', price('100'), START + INTERVAL);
    }
    expect(after.fills).toEqual(before.fills.slice(1));
    expect(after.seen).toEqual(before.seen.slice(2));
    expect(after.seen).toEqual(['BUY 20 at 120 fee 0.48 USDT MAKER', 'order-1 FILLED']);
  });

  it('tells a LIMIT order that waited from a new one, also after a restart', async () => {
    const intent = makeExit({ type: 'LIMIT', limitPrice: price('99') });
    const [before, after] = [await makeHolding('1'), await makeHolding('1')];
    await before.exchange.submit(intent);
    await before.exchange.onOpen('BTCUSDT', price('90'), START);
    after.exchange.restore({ orders: [orderOf(intent, {})], fills: [] });
    for (const { exchange, seen } of [before, after]) {
      exchange.onClosed(makeCandle(START));
      await exchange.onOpen('BTCUSDT', price('100'), START + INTERVAL);
      expect(seen).toEqual(['SELL 1 at 99 fee 0.0198 USDT MAKER', 'exit-1 FILLED']);
    }
  });

  it('refuses to come back with an order of a symbol that it cannot trade', () => {
    const order = orderOf(makeIntent({ symbol: 'ETHUSDT' }), {});
    expect(() => {
      makeBench().exchange.restore({ orders: [order], fills: [] });
    }).toThrow(/order-1 is of ETHUSDT/);
  });

  it('remembers a bounded number of orders that ended', async () => {
    const { exchange } = makeBench();
    for (let i = 0; i < 1_100; i += 1) {
      await exchange.submit(makeIntent({ orderId: `order-${i}` }));
      await exchange.cancel({ orderId: `order-${i}` });
    }
    expect(await exchange.order({ orderId: 'order-0' })).toBeUndefined();
    expect(await exchange.order({ orderId: 'order-1099' })).toMatchObject({ status: 'CANCELED' });
  });

  it('never gives or takes more than was ordered, owned and paid, whatever happens', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('submit' as const),
          side: fc.constantFrom('BUY' as const, 'SELL' as const),
          type: fc.constantFrom('LIMIT' as const, 'LIMIT_IOC' as const, 'MARKET' as const),
          size: fc.integer({ min: 1, max: 120_000 }),
          limit: fc.integer({ min: 8_000, max: 12_000 }),
        }),
        fc.record({ kind: fc.constant('open' as const), cents: fc.integer({ min: 8_000, max: 12_000 }) }),
        fc.record({ kind: fc.constant('cancel' as const), order: fc.nat(20) }),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const bench = makeBench({ capital: '20000' });
        const submitted = new Map<string, OrderIntent>();
        let time = START;
        for (const [i, action] of actions.entries()) {
          if (action.kind === 'submit') {
            const intent = makeIntent({
              orderId: `order-${i}`,
              side: action.side,
              type: action.type,
              quantity: quantity(
                `${Math.floor(action.size / 1_000)}.${String(action.size % 1_000).padStart(3, '0')}`,
              ),
              limitPrice: price((action.limit / 100).toFixed(2)),
              purpose: 'EXIT',
            });
            submitted.set(intent.orderId, intent);
            await bench.exchange.submit(intent);
          } else if (action.kind === 'open') {
            await bench.exchange.onOpen('BTCUSDT', price((action.cents / 100).toFixed(2)), time);
            bench.exchange.onClosed(makeCandle(time));
            time += INTERVAL;
            bench.clock.advanceTo(time);
          } else {
            await bench.exchange.cancel({ orderId: `order-${action.order}` });
          }
          expectSound(await bench.exchange.balances());
        }
        await bench.exchange.settled();
        expectFills(bench.fills, submitted);
        expectBooked(bench.fills, await bench.exchange.balances());
      }),
      { seed: 41, numRuns: 200 },
    );
  });

  it('does the same every time', async () => {
    const run = async (): Promise<readonly ExecutionReport[]> => {
      const { exchange } = makeBench();
      const reports: ExecutionReport[] = [];
      exchange.onReport((report) => Promise.resolve(void reports.push(report)));
      await exchange.submit(makeIntent({ quantity: quantity('100'), limitPrice: price('120') }));
      await exchange.onOpen('BTCUSDT', price('100'), START);
      return reports;
    };
    const first = await run();
    expect(first).toHaveLength(2);
    expect(await run()).toEqual(first);
  });
});

function expectSound(balances: Awaited<ReturnType<PaperExchange['balances']>>): void {
  for (const { free, locked } of balances) {
    expect(isNegative(free)).toBe(false);
    expect(isNegative(locked)).toBe(false);
  }
}

/** Every fill keeps its order's side, limit and quantity; trade ids are unique. */
function expectFills(fills: readonly Fill[], submitted: ReadonlyMap<string, OrderIntent>): void {
  const filled = new Map<string, Decimal>();
  for (const fill of fills) {
    const order = submitted.get(fill.orderId);
    expect(order).toMatchObject({ side: fill.side, symbol: fill.symbol });
    if (order === undefined) continue;
    filled.set(order.orderId, add(filled.get(order.orderId) ?? NO_MONEY, fill.quantity));
    if (order.type === 'MARKET' || order.limitPrice === undefined) continue;
    const worse = subtract(fill.price, order.limitPrice);
    expect(isNegative(order.side === 'BUY' ? subtract(NO_MONEY, worse) : worse)).toBe(false);
  }
  for (const [orderId, sum] of filled) {
    const order = submitted.get(orderId);
    expect(order !== undefined && isNegative(subtract(order.quantity, sum))).toBe(false);
  }
  expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(fills.length);
}

/** Balances are the capital and what the fills made of it. */
function expectBooked(
  fills: readonly Fill[],
  balances: Awaited<ReturnType<PaperExchange['balances']>>,
): void {
  let cash: Decimal = money('20000');
  let held: Decimal = NO_MONEY;
  for (const { side, price: at, quantity: amount, fee } of fills) {
    const value = multiply(at, amount);
    cash = subtract(side === 'BUY' ? subtract(cash, value) : add(cash, value), fee.amount);
    held = side === 'BUY' ? add(held, amount) : subtract(held, amount);
  }
  const owned = new Map(balances.map(({ asset, free, locked }) => [asset, add(free, locked)]));
  expect(equals(owned.get('USDT') ?? NO_MONEY, cash)).toBe(true);
  expect(equals(owned.get('BTC') ?? NO_MONEY, held)).toBe(true);
}
