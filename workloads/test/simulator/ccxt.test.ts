import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, openSimulator, type TestSimulator } from './open-simulator.ts';

interface CcxtOrder {
  readonly id: string;
  readonly clientOrderId?: string;
  readonly status: string;
  readonly type: string;
  readonly side: string;
  readonly price: number;
  readonly amount: number;
  readonly filled: number;
  readonly cost: number;
}
interface CcxtTrade {
  readonly id: string;
  readonly order: string;
  readonly price: number;
  readonly amount: number;
  readonly side: string;
  readonly takerOrMaker: string;
  readonly fee: { readonly cost: number; readonly currency: string };
}
interface CcxtMarket {
  readonly id: string;
  readonly active: boolean;
  readonly precision: { readonly amount: number; readonly price: number };
  readonly limits: { readonly amount: { readonly min: number }; readonly cost: { readonly min: number } };
}
interface CcxtBalance {
  readonly free: Readonly<Record<string, number>>;
  readonly used: Readonly<Record<string, number>>;
}
interface CcxtTicker {
  readonly symbol: string;
  readonly last: number;
  readonly high: number;
  readonly low: number;
  readonly bid: number;
  readonly ask: number;
}
type Candle = readonly [number, number, number, number, number, number];

interface Results {
  readonly loadMarkets: Readonly<Record<string, CcxtMarket>>;
  readonly fetchTime: number;
  readonly fetchTicker: CcxtTicker;
  readonly fetchTickers: Readonly<Record<string, CcxtTicker>>;
  readonly fetchOrderBook: { readonly bids: readonly number[][]; readonly asks: readonly number[][] };
  readonly fetchTrades: readonly CcxtTrade[];
  readonly fetchOHLCV: readonly Candle[];
  readonly fetchTradingFee: { readonly maker: number; readonly taker: number };
  readonly fetchBalance: CcxtBalance;
  readonly 'fetchBalance after': CcxtBalance;
  readonly 'createOrder limit': CcxtOrder;
  readonly 'fetchOrder open': CcxtOrder;
  readonly 'fetchOrder cancelled': CcxtOrder;
  readonly 'fetchOrder bought': CcxtOrder;
  readonly fetchOpenOrders: readonly CcxtOrder[];
  readonly 'createOrder post-only': CcxtOrder;
  readonly fetchMyTrades: readonly CcxtTrade[];
  readonly fetchOrders: readonly CcxtOrder[];
  readonly watchTicker: CcxtTicker;
  readonly watchOHLCV: readonly Candle[];
  readonly watchTrades: readonly CcxtTrade[];
  readonly watchOrders: readonly CcxtOrder[];
  readonly watchMyTrades: readonly CcxtTrade[];
  readonly watchBalance: CcxtBalance;
}

/**
 * ccxt decodes MEXC's frames with its own definitions as soon as it finds the package protobufjs, which is installed
 * with the workloads and thus outside of its sight. Proxies of the machine are not for talking to itself.
 */
function sessionEnvironment(): NodeJS.ProcessEnv {
  const require = createRequire(new URL('../../src/adapters/mexc/wire/push-codec.ts', import.meta.url));
  const packages = dirname(dirname(require.resolve('protobufjs/package.json')));
  const inherited = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name));
  return { ...Object.fromEntries(inherited), NODE_PATH: packages };
}

async function runSession(simulator: TestSimulator): Promise<Results> {
  const script = fileURLToPath(new URL('ccxt-session.ts', import.meta.url));
  const { key, secret } = ACCOUNT.key;
  const child = spawn(process.execPath, [script, simulator.rest, simulator.socket, key, secret], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: sessionEnvironment(),
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const text = Buffer.concat(errors).toString().slice(0, 2_000);
  if (code !== 0) throw new Error(`ccxt ended with ${String(code)}: ${text}`);
  return JSON.parse(Buffer.concat(out).toString()) as Results;
}

describe('ccxt, unmodified but for its URLs', () => {
  let simulator: TestSimulator;
  let results: Results;
  const truthOf = (kind: string): readonly Readonly<Record<string, unknown>>[] =>
    simulator.venue.truth.after(0, 200_000, kind);
  const fillsOf = (orderId: string) => truthOf('fill').filter((fill) => fill.orderId === orderId);
  const sum = (values: readonly unknown[]): number =>
    values.reduce<number>((total, value) => total + Number(value), 0);

  beforeAll(async () => {
    simulator = await openSimulator({ start: 'now', speed: 60 });
    results = await runSession(simulator);
  }, 180_000);
  afterAll(() => simulator.close());

  it('completes every call but the two that must be refused', () => {
    const failed = Object.entries(results as unknown as Readonly<Record<string, object>>).filter(
      ([, value]) => 'failed' in Object(value),
    );
    expect(failed).toEqual([
      ['createOrder too small', { failed: expect.stringMatching(/^InvalidOrder: .*30002/) }],
      ['createOrder too dear', { failed: expect.stringMatching(/^InsufficientFunds: .*30004/) }],
    ]);
  });

  it('reads the markets with their steps and minimums', () => {
    expect(results.loadMarkets['BTC/USDT']).toMatchObject({
      id: 'BTCUSDT',
      active: true,
      precision: { amount: 0.000001, price: 0.01 },
      limits: { amount: { min: 0.000001 }, cost: { min: 1 } },
    });
    expect(results.loadMarkets['PAUSED/USDT']?.active).toBe(false);
    expect(results.loadMarkets['NOAPI/USDT']?.active).toBe(false);
    expect(results.loadMarkets['龙虾/USDT']?.active).toBe(true);
    expect(results.loadMarkets['ZEROMIN/USDT']?.limits.amount.min).toBe(0);
  });

  it('reads tickers, book, trades, candles, time and fees', () => {
    const { fetchTicker: ticker, fetchOrderBook: book, fetchOHLCV: candles } = results;
    expect(ticker.low).toBeLessThanOrEqual(ticker.last);
    expect(ticker.high).toBeGreaterThanOrEqual(ticker.last);
    expect(Object.keys(results.fetchTickers)).toContain('ETH/USDT');
    expect([book.bids.length, book.asks.length]).toEqual([5, 5]);
    expect(book.bids[0]![0]!).toBeLessThan(book.asks[0]![0]!);
    expect(results.fetchTrades).toHaveLength(5);
    expect(candles.map(([time]) => time - candles[0]![0])).toEqual([0, 60_000, 120_000, 180_000, 240_000]);
    expect(Math.abs(results.fetchTime - Date.now())).toBeLessThan(180_000);
    expect(results.fetchTradingFee).toMatchObject({ maker: 0.0002, taker: 0.0006 });
  });

  it('reads candles as the simulator has them', () => {
    const windows = simulator.venue.exchange.market('BTCUSDT')!.klines.windows('Min1');
    const [time, open] = results.fetchOHLCV[0]!;
    const window = windows.find(({ start }) => start === time)!;
    expect(Number(window.open.units) / 10 ** window.open.scale).toBe(open);
  });

  it('places, finds and cancels a limit order', () => {
    const { id } = results['createOrder limit'];
    expect(id).toMatch(/^C02__\d+$/);
    expect(results.fetchOpenOrders).toMatchObject([
      { id, clientOrderId: 'ccxt-1', status: 'open', amount: 0.01 },
    ]);
    expect(results['fetchOrder open']).toMatchObject({
      id,
      status: 'open',
      side: 'buy',
      type: 'limit',
      filled: 0,
    });
    expect(results['fetchOrder cancelled']).toMatchObject({ id, status: 'canceled', filled: 0 });
    const statuses = truthOf('order').filter((order) => order.orderId === id);
    expect(statuses.map(({ status }) => status)).toEqual(['NEW', 'CANCELED']);
  });

  it('places a post-only order, and cancels all orders', () => {
    const history = truthOf('order').filter(({ orderId }) => orderId === results['createOrder post-only'].id);
    expect(history).toMatchObject([{ type: 'LIMIT_MAKER', status: 'NEW' }, { status: 'CANCELED' }]);
  });

  it('buys at the market for a sum, and reads what the ground truth says', () => {
    const bought = results['fetchOrder bought'];
    const fills = fillsOf(bought.id);
    expect(bought).toMatchObject({ status: 'closed', type: 'market' });
    expect(fills.length).toBeGreaterThan(0);
    expect(bought.filled).toBeCloseTo(sum(fills.map(({ quantity }) => quantity)), 9);
    expect(bought.cost).toBeCloseTo(sum(fills.map(({ amount }) => amount)), 6);
    expect(bought.cost).toBeLessThanOrEqual(500);
  });

  it('reads its trades one for one as they took place', () => {
    const truth = new Map(truthOf('fill').map((fill) => [fill.tradeId, fill]));
    expect(results.fetchMyTrades.length).toBeGreaterThan(1);
    for (const trade of results.fetchMyTrades) {
      const fill = truth.get(trade.id)!;
      expect(fill).toMatchObject({ orderId: trade.order, feeAsset: trade.fee.currency, isMaker: false });
      expect([trade.price, trade.amount, trade.fee.cost]).toEqual(
        [fill.price, fill.quantity, fill.fee].map(Number),
      );
    }
  });

  it('reads balances that moved by what was traded and paid', () => {
    const before = results.fetchBalance;
    const after = results['fetchBalance after'];
    const known = new Set(results.fetchMyTrades.map(({ id }) => id));
    const fills = truthOf('fill').filter(({ tradeId }) => known.has(String(tradeId)));
    const signed = (field: string, buying: number): number =>
      sum(fills.map((fill) => Number(fill[field]) * (fill.side === 'BUY' ? buying : -buying)));
    expect(before.free).toMatchObject({ USDT: 100_000, BTC: 2 });
    expect(after.free.BTC! - before.free.BTC!).toBeCloseTo(signed('quantity', 1), 9);
    const fees = sum(fills.map(({ fee }) => fee));
    expect(after.free.USDT! - before.free.USDT!).toBeCloseTo(signed('amount', -1) - fees, 6);
  });

  it('lists its orders of every end', () => {
    const statuses = new Set(results.fetchOrders.map(({ status }) => status));
    expect(statuses).toEqual(new Set(['canceled', 'closed']));
  });

  it('watches ticker, candles and trades in protobuf frames', () => {
    expect(results.watchTicker).toMatchObject({ symbol: 'BTC/USDT' });
    expect(results.watchTicker.bid).toBeLessThan(results.watchTicker.ask);
    const [time, open, high, low, close] = results.watchOHLCV.at(-1)!;
    expect(time % 60_000).toBe(0);
    expect(low).toBeLessThanOrEqual(Math.min(open, close));
    expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
    expect(results.watchTrades.length).toBeGreaterThan(0);
  });

  it('watches its orders, trades and balance in protobuf frames', () => {
    const order = results.watchOrders.at(-1)!;
    expect(truthOf('order').map(({ orderId }) => orderId)).toContain(order.id);
    expect(order).toMatchObject({ side: 'sell', type: 'market', amount: 0.001 });
    const trade = results.watchMyTrades.at(-1)!;
    const [fill] = truthOf('fill').filter(({ tradeId }) => tradeId === trade.id);
    expect(fill).toMatchObject({ orderId: trade.order, side: 'SELL', feeAsset: 'USDT' });
    expect([trade.price, trade.amount]).toEqual([Number(fill!.price), Number(fill!.quantity)]);
    expect(Object.keys(results.watchBalance.free).length).toBeGreaterThan(0);
  });
});
