/**
 * A session of ccxt with a server at a given address, in a process of its own: ccxt is as it is, only its URLs are
 * changed. Prints what each call returned, or failed with, as one JSON object.
 */
import ccxt from 'ccxt';

const [, , rest = '', socket = '', apiKey = '', secret = ''] = process.argv;

const exchange = new ccxt.pro.mexc({ apiKey, secret, enableRateLimit: false });
const api = exchange.urls.api as Record<string, Record<string, string>>;
exchange.urls.api = {
  ...api,
  spot: { public: rest, private: rest },
  spot2: { public: `${rest}/open/api/v2`, private: `${rest}/open/api/v2` },
  contract: { public: `${rest}/api/v1/contract`, private: `${rest}/api/v1/private` },
  broker: { private: rest },
  ws: { spot: socket, swap: `${socket}/edge` },
};

const SYMBOL = 'BTC/USDT';
const results: Record<string, unknown> = {};

async function call<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await run();
    results[name] = result;
    return result;
  } catch (error) {
    results[name] = { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    return undefined;
  }
}

const nothing = (): undefined => undefined;

async function session(): Promise<void> {
  await call('loadMarkets', () => exchange.loadMarkets());
  await call('fetchTime', () => exchange.fetchTime());
  await call('fetchTicker', () => exchange.fetchTicker(SYMBOL));
  await call('fetchTickers', () => exchange.fetchTickers());
  await call('fetchOrderBook', () => exchange.fetchOrderBook(SYMBOL, 5));
  await call('fetchTrades', () => exchange.fetchTrades(SYMBOL, undefined, 5));
  await call('fetchOHLCV', () => exchange.fetchOHLCV(SYMBOL, '1m', undefined, 5));
  await call('fetchBalance', () => exchange.fetchBalance());
  await call('fetchTradingFee', () => exchange.fetchTradingFee(SYMBOL));

  const last = (await exchange.fetchTicker(SYMBOL)).last ?? 0;
  const away = Math.round(last * 0.8);
  const limit = await call('createOrder limit', () =>
    exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, away, { clientOrderId: 'ccxt-1' }),
  );
  await call('fetchOpenOrders', () => exchange.fetchOpenOrders(SYMBOL));
  await call('fetchOrder open', () => exchange.fetchOrder(limit?.id ?? '', SYMBOL));
  await call('cancelOrder', () => exchange.cancelOrder(limit?.id ?? '', SYMBOL));
  await call('fetchOrder cancelled', () => exchange.fetchOrder(limit?.id ?? '', SYMBOL));
  const maker = await call('createOrder post-only', () =>
    exchange.createOrder(SYMBOL, 'limit', 'sell', 0.01, Math.round(last * 1.2), { postOnly: true }),
  );
  await call('cancelAllOrders', () => exchange.cancelAllOrders(SYMBOL));
  results.makerId = maker?.id;
  const cost = await call('createMarketBuyOrderWithCost', () =>
    exchange.createMarketBuyOrderWithCost(SYMBOL, 500),
  );
  await call('fetchOrder bought', () => exchange.fetchOrder(cost?.id ?? '', SYMBOL));
  await call('createOrder market sell', () => exchange.createOrder(SYMBOL, 'market', 'sell', 0.002));
  await call('fetchMyTrades', () => exchange.fetchMyTrades(SYMBOL));
  await call('fetchOrders', () => exchange.fetchOrders(SYMBOL));
  await call('fetchBalance after', () => exchange.fetchBalance());
  await call('createOrder too small', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 0.000001, away));
  await call('createOrder too dear', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 10, last));

  // As ccxt itself asks for, where the WebSocket's URL is without TLS.
  await exchange.loadHttpProxyAgent();
  await call('watchTicker', () => exchange.watchTicker(SYMBOL));
  await call('watchOHLCV', () => exchange.watchOHLCV(SYMBOL, '1m'));
  await call('watchTrades', () => exchange.watchTrades(SYMBOL));
  const orders = call('watchOrders', () => exchange.watchOrders(SYMBOL));
  const trades = call('watchMyTrades', () => exchange.watchMyTrades(SYMBOL));
  const balance = call('watchBalance', () => exchange.watchBalance());
  // An order is placed again and again, until the private streams have told of one.
  const order = (): Promise<unknown> => exchange.createOrder(SYMBOL, 'market', 'sell', 0.001).catch(nothing);
  const timer = setInterval(() => void order(), 300);
  await Promise.all([orders, trades, balance]);
  clearInterval(timer);
  await exchange.close();
}

await session();
// Node writes a pipe's end only when it is asked to wait for it.
process.stdout.write(JSON.stringify(results), () => process.exit(0));
