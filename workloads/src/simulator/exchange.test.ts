import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asQuantity, money, price, quantity, ratio } from '../domain/money/amounts.ts';
import { compare, formatDecimal, isNegative, multiply, parseDecimal } from '../domain/money/decimal.ts';
import { MINUTE } from '../domain/time.ts';
import { isTerminal, type OrderRequest, type VenueFill, type VenueOrder } from './book/order.ts';
import { isRefusal } from './book/refusal.ts';
import type { ExchangeEvent } from './exchange-event.ts';
import { DEFAULT_EXCHANGE_SETTINGS, type ExchangeSettings } from './exchange-settings.ts';
import { Exchange } from './exchange.ts';
import type { Print } from './market/print.ts';
import { defaultRules, type OrderType } from './market/symbol-rules.ts';

const SEED = { seed: 20_261_123, numRuns: 150 };
const RULES = { ...defaultRules('BTCUSDT'), quantityScale: 4, minQuantity: quantity('0.0001') };
const NOW = 1_700_000_000_000;

const printAt = (text: string, side: Print['side'] = 'BUY', traded = '0.5', step = 0): Print => ({
  symbol: 'BTCUSDT',
  time: NOW + step * MINUTE,
  price: price(text),
  quantity: quantity(traded),
  amount: money(formatDecimal(multiply(price(text), quantity(traded)))),
  side,
  depth: quantity('20'),
});

interface Bench {
  readonly exchange: Exchange;
  readonly events: ExchangeEvent[];
  place(request: Partial<OrderRequest>, account?: string): ReturnType<Exchange['place']>;
  placed(request: Partial<OrderRequest>, account?: string): VenueOrder;
  order(id: string, account?: string): VenueOrder | undefined;
  fills(account?: string): readonly VenueFill[];
}

function makeBench(settings: Partial<ExchangeSettings> = {}): Bench {
  const events: ExchangeEvent[] = [];
  const exchange = new Exchange([RULES], { ...DEFAULT_EXCHANGE_SETTINGS, ...settings, seed: 's' }, (event) =>
    events.push(event),
  );
  for (const name of ['a', 'b']) {
    exchange.openAccount(name);
    exchange.deposit(name, 'USDT', { amount: money('100000'), now: NOW });
    exchange.deposit(name, 'BTC', { amount: quantity('5'), now: NOW });
  }
  exchange.print(printAt('1000'), NOW);
  const place: Bench['place'] = (request, account = 'a') =>
    exchange.place(
      { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', clientId: '', ...request },
      { account, origin: 'api', now: NOW, visibleFrom: NOW },
    );
  return {
    exchange,
    events,
    place,
    placed: (request, account) => {
      const order = place(request, account);
      if (isRefusal(order)) throw new Error(`refused: ${order.code} ${order.message}`);
      return order;
    },
    order: (id, account = 'a') => exchange.account(account)?.order(id),
    fills: (account = 'a') => exchange.account(account)?.fills('BTCUSDT', 0, NOW + 1e9) ?? [],
  };
}

describe('Exchange', () => {
  it('fills a crossing limit order from the ladder, best price first and within its limit', () => {
    const bench = makeBench();
    const order = bench.placed({ price: price('1001'), quantity: quantity('3') });
    const prices = bench.fills().map((fill) => fill.price);
    expect(order.status).toBe('FILLED');
    expect(prices.length).toBeGreaterThan(1);
    expect(prices).toEqual([...prices].sort(compare));
    expect(prices.every((at) => compare(at, price('1001')) <= 0)).toBe(true);
  });

  it('takes liquidity away until the next print', () => {
    const bench = makeBench();
    const offered = (): string =>
      formatDecimal(bench.exchange.market('BTCUSDT')?.book.depth().asks[0]?.price ?? price('0'));
    expect(offered()).toBe('1000');
    bench.placed({ price: price('1000'), quantity: quantity('2') });
    expect(offered()).not.toBe('1000');
    bench.exchange.print(printAt('1000', 'BUY', '1', 1), NOW);
    bench.exchange.print(printAt('1000', 'BUY', '1', 2), NOW);
    expect(offered()).toBe('1000');
  });

  it('rests what is not filled and fills it at its own limit when the market comes', () => {
    const bench = makeBench();
    const { id } = bench.placed({ price: price('990'), quantity: quantity('0.3') });
    expect(bench.order(id)?.status).toBe('NEW');
    bench.exchange.print(printAt('980', 'SELL', '1', 1), NOW + 1);
    expect(bench.order(id)?.status).toBe('FILLED');
    expect(bench.fills()).toMatchObject([{ isMaker: true, price: price('990') }]);
  });

  it('lets what stood before at the same price trade first', () => {
    const bench = makeBench();
    const best = bench.exchange.market('BTCUSDT')?.book.depth().bids[0];
    const { id } = bench.placed({ price: best!.price, quantity: quantity('0.1') });
    bench.exchange.print(printAt(formatDecimal(best!.price), 'SELL', '0.1', 1), NOW + 1);
    expect(bench.order(id)?.status).toBe('NEW');
    bench.exchange.print(printAt(formatDecimal(best!.price), 'SELL', '30', 2), NOW + 2);
    expect(bench.order(id)?.status).toBe('FILLED');
  });

  it('serves equal prices by arrival', () => {
    const bench = makeBench();
    const first = bench.placed({ price: price('990'), quantity: quantity('0.3') });
    const second = bench.placed({ price: price('990'), quantity: quantity('0.3') });
    bench.exchange.print(printAt('990', 'SELL', '0.4', 1), NOW + 1);
    expect(bench.order(first.id)?.status).toBe('FILLED');
    expect(bench.order(second.id)?.status).toBe('PARTIALLY_FILLED');
  });

  const immediate: readonly (readonly [string, Partial<OrderRequest>, string])[] = [
    [
      'IOC away from the market',
      { type: 'IMMEDIATE_OR_CANCEL', price: price('900'), quantity: quantity('1') },
      'CANCELED',
    ],
    [
      'IOC for more than there is',
      { type: 'IMMEDIATE_OR_CANCEL', price: price('1000'), quantity: quantity('50') },
      'PARTIALLY_CANCELED',
    ],
    [
      'FOK for more than there is',
      { type: 'FILL_OR_KILL', price: price('1000'), quantity: quantity('50') },
      'CANCELED',
    ],
    [
      'FOK that can be filled',
      { type: 'FILL_OR_KILL', price: price('1010'), quantity: quantity('1') },
      'FILLED',
    ],
    [
      'post-only that would trade',
      { type: 'LIMIT_MAKER', price: price('1010'), quantity: quantity('1') },
      'CANCELED',
    ],
    [
      'post-only away from the market',
      { type: 'LIMIT_MAKER', price: price('990'), quantity: quantity('1') },
      'NEW',
    ],
    ['a market buy that names what to spend', { type: 'MARKET', budget: money('500') }, 'FILLED'],
    ['a market sale', { type: 'MARKET', side: 'SELL', quantity: quantity('1') }, 'FILLED'],
    [
      'a market sale of more than there is',
      { type: 'MARKET', side: 'SELL', quantity: quantity('40') },
      'PARTIALLY_CANCELED',
    ],
  ];
  it.each(immediate)('ends %s as it should', (_, request, status) => {
    const bench = makeBench();
    bench.exchange.deposit('a', 'BTC', { amount: quantity('50'), now: NOW });
    expect(bench.placed(request).status).toBe(status);
  });

  it('spends no more than a market buy names', () => {
    const bench = makeBench();
    const order = bench.placed({ type: 'MARKET', budget: money('500') });
    expect(compare(order.executedAmount, money('500'))).toBeLessThanOrEqual(0);
    expect(compare(order.executedAmount, money('499'))).toBe(1);
    expect(formatDecimal(order.locked)).toBe('0');
  });

  const refused: readonly (readonly [number, Partial<OrderRequest>])[] = [
    [-1121, { symbol: 'NOPE', price: price('1'), quantity: quantity('1') }],
    [30002, { price: price('1000'), quantity: quantity('0.00001') }],
    [30002, { price: price('1000'), quantity: quantity('0.0009') }],
    [30003, { price: price('1000'), quantity: quantity('90000') }],
    [30004, { price: price('1000'), quantity: quantity('200') }],
    [30004, { side: 'SELL', price: price('1000'), quantity: quantity('6') }],
    [33333, { price: price('0'), quantity: quantity('1') }],
  ];
  it.each(refused)('refuses with %s what breaks a rule', (code, request) => {
    const bench = makeBench();
    expect(bench.place(request)).toMatchObject({ kind: 'refusal', code });
    expect(bench.exchange.account('a')?.openCount).toBe(0);
  });

  it('obeys pauses, sides and the flag for API trading', () => {
    const bench = makeBench();
    const order = { price: price('900'), quantity: quantity('1') };
    const codeWith = (rules: object): unknown => {
      bench.exchange.changeRules('BTCUSDT', { ...RULES, ...rules }, NOW);
      const answer = bench.place(order);
      return isRefusal(answer) ? answer.code : answer.status;
    };
    expect(codeWith({ status: '2' })).toBe(30000);
    expect(codeWith({ isSpotTradingAllowed: false })).toBe(10007);
    expect(codeWith({ tradeSideType: 3 })).toBe(30001);
    expect(codeWith({ tradeSideType: 4 })).toBe(30001);
    expect(codeWith({ priceBandRatio: ratio('0.005') })).toBe('NEW');
    expect(codeWith({ orderTypes: ['LIMIT_MAKER'] })).toBe(30041);
  });

  it('cancels open orders when a symbol is taken offline', () => {
    const bench = makeBench();
    const { id } = bench.placed({ price: price('900'), quantity: quantity('1') });
    bench.exchange.changeRules('BTCUSDT', { status: '3' }, NOW);
    expect(bench.order(id)).toMatchObject({ status: 'CANCELED', locked: parseDecimal('0') });
  });

  it('can be told what to do with a client id that was used before', () => {
    const request = { price: price('900'), quantity: quantity('1'), clientId: 'one' };
    const second = (duplicateClientIds: ExchangeSettings['duplicateClientIds']) => {
      const bench = makeBench({ duplicateClientIds });
      const first = bench.placed(request);
      const again = bench.place(request);
      return { first, again, open: bench.exchange.account('a')?.openCount };
    };
    expect(second('reject')).toMatchObject({ again: { kind: 'refusal' }, open: 1 });
    expect(second('accept').open).toBe(2);
    const { first, again, open } = second('existing');
    expect([again, open]).toEqual([first, 1]);
  });

  it('takes at most 500 open orders', () => {
    const bench = makeBench({ maxOpenOrders: 2 });
    const request = { price: price('900'), quantity: quantity('1') };
    bench.placed(request);
    bench.placed(request);
    expect(bench.place(request)).toMatchObject({ code: 30029 });
  });
});

const types: readonly OrderType[] = ['LIMIT', 'MARKET', 'LIMIT_MAKER', 'IMMEDIATE_OR_CANCEL', 'FILL_OR_KILL'];
const step = fc.oneof(
  fc.record({
    do: fc.constant('place' as const),
    account: fc.constantFrom('a', 'b'),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    type: fc.constantFrom(...types),
    ticks: fc.integer({ min: 97_000, max: 103_000 }),
    lots: fc.integer({ min: 10, max: 60_000 }),
    byBudget: fc.boolean(),
  }),
  fc.record({ do: fc.constant('cancel' as const), account: fc.constantFrom('a', 'b'), pick: fc.nat(20) }),
  fc.record({
    do: fc.constant('print' as const),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    ticks: fc.integer({ min: 98_000, max: 102_000 }),
    traded: fc.integer({ min: 0, max: 50_000 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function act(bench: Bench, todo: Step, number: number): void {
  if (todo.do === 'print') {
    const text = formatDecimal({ units: BigInt(todo.ticks), scale: 2 });
    const traded = formatDecimal({ units: BigInt(todo.traded), scale: 4 });
    bench.exchange.print(printAt(text, todo.side, traded, number), NOW + number);
    return;
  }
  const account = bench.exchange.account(todo.account)!;
  if (todo.do === 'cancel') {
    const open = account.openOrders();
    bench.exchange.cancel(account, open[todo.pick % Math.max(1, open.length)], NOW + number);
    return;
  }
  const lots = asQuantity({ units: BigInt(todo.lots), scale: 4 });
  const at = price(formatDecimal({ units: BigInt(todo.ticks), scale: 2 }));
  const isByBudget = todo.type === 'MARKET' && todo.side === 'BUY' && todo.byBudget;
  bench.place(
    {
      side: todo.side,
      type: todo.type,
      ...(todo.type === 'MARKET' ? {} : { price: at }),
      ...(isByBudget ? { budget: money(String(todo.lots)) } : { quantity: lots }),
    },
    todo.account,
  );
}

describe('The exchange’s books', () => {
  const run = (todo: readonly Step[], feeMode: ExchangeSettings['feeMode']): Bench => {
    const bench = makeBench({ feeMode });
    for (const [i, one] of todo.entries()) act(bench, one, i + 1);
    return bench;
  };

  it('balance: accounts, fees and the background together never change', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom('quote', 'received'),
        (todo, feeMode) => {
          const { exchange } = run(todo, feeMode);
          expect(formatDecimal(exchange.total('USDT'))).toBe('200000');
          expect(formatDecimal(exchange.total('BTC'))).toBe('10');
        },
      ),
      SEED,
    );
  });

  it('lock exactly what the open orders need, and nothing is negative', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (todo) => {
        const { exchange } = run(todo, 'quote');
        for (const account of exchange.accounts()) {
          for (const asset of ['USDT', 'BTC']) {
            const { free, locked } = account.wallet.of(asset);
            const needed = account.openOrders().filter((order) => order.lockedAsset === asset);
            const sum = needed.reduce((total, order) => total + Number(formatDecimal(order.locked)), 0);
            expect(isNegative(free) || isNegative(locked)).toBe(false);
            expect(Number(formatDecimal(locked))).toBeCloseTo(sum, 6);
          }
        }
      }),
      SEED,
    );
  });

  it('never trade through a limit, never fill more than asked, never reopen an order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (todo) => {
        const { events } = run(todo, 'quote');
        const limits = new Map<string, VenueOrder>();
        for (const event of events) {
          if (event.kind === 'order') {
            const before = limits.get(event.order.id);
            expect(before === undefined || !isTerminal(before.status)).toBe(true);
            limits.set(event.order.id, event.order);
          }
          if (event.kind !== 'fill') continue;
          const order = limits.get(event.fill.orderId)!;
          if (order.quantity !== undefined) {
            expect(compare(order.executed, order.quantity)).toBeLessThanOrEqual(0);
          }
          if (order.price === undefined) continue;
          const beyond = compare(event.fill.price, order.price) * (order.side === 'BUY' ? 1 : -1);
          expect(beyond).toBeLessThanOrEqual(0);
        }
      }),
      SEED,
    );
  });

  it('never stand crossed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (todo) => {
        const { bids, asks } = run(todo, 'quote').exchange.market('BTCUSDT')!.book.depth();
        if (bids[0] === undefined || asks[0] === undefined) return;
        expect(compare(bids[0].price, asks[0].price)).toBe(-1);
      }),
      SEED,
    );
  });

  it('come out the same from the same steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (todo) => {
        expect(run(todo, 'quote').events).toEqual(run(todo, 'quote').events);
      }),
      { ...SEED, numRuns: 40 },
    );
  });
});
