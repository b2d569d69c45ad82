import type { Decimal } from '../../domain/money/decimal.ts';
import { divide, formatDecimal, formatFixed, isZero, subtract } from '../../domain/money/decimal.ts';
import { refuse } from '../book/refusal.ts';
import { KLINE_INTERVALS } from '../market/intervals.ts';
import { klineRowOf } from '../market/kline-book.ts';
import type { Level } from '../market/ladder.ts';
import type { PublicTrade, SymbolMarket } from '../market/symbol-market.ts';
import { missing, type PublicRoute, type RestCall } from './rest-call.ts';
import { exchangeInfoRow } from './symbol-row.ts';

/** The documentation says 5000; the server was seen to cut at this. */
const MAX_DEPTH = 2_000;
const MAX_TRADES = 1_000;
const MAX_KLINES = 1_000;
const ROWS = 500;
const RATE_SCALE = 4;

/** Runs `answer` for the market that the call names. */
function withMarket(call: RestCall, answer: (market: SymbolMarket) => unknown): unknown {
  const symbol = call.parameters.get('symbol');
  if (symbol === undefined) return missing('symbol');
  const market = call.venue.exchange.market(symbol);
  return market === undefined ? refuse(-1121) : answer(market);
}

/** One object when a symbol is named, else all of them. A plural `symbols` is ignored, as it is by the venue. */
function oneOrAll(call: RestCall, answer: (market: SymbolMarket) => unknown): unknown {
  if (call.parameters.get('symbol') !== undefined) return withMarket(call, answer);
  return call.venue.exchange.markets().map(answer);
}

const fixed = (value: Decimal, market: SymbolMarket): string => formatFixed(value, market.rules.priceScale);

/** Prices in snapshots are padded with zeros, unlike those in pushes. */
const levelRow =
  (market: SymbolMarket) =>
  ({ price, quantity }: Level): readonly [string, string] => [
    fixed(price, market),
    formatFixed(quantity, market.rules.quantityScale),
  ];

function depth(call: RestCall): unknown {
  return withMarket(call, (market) => {
    const limit = call.parameters.limit(100, MAX_DEPTH);
    const { bids, asks } = market.book.depth();
    return {
      lastUpdateId: market.book.version,
      bids: bids.slice(0, limit).map(levelRow(market)),
      asks: asks.slice(0, limit).map(levelRow(market)),
      timestamp: call.now,
    };
  });
}

const tradeRow = (trade: PublicTrade): object => ({
  id: null,
  price: formatDecimal(trade.price),
  qty: formatDecimal(trade.quantity),
  quoteQty: formatDecimal(trade.amount),
  time: trade.time,
  isBuyerMaker: trade.side === 'SELL',
  isBestMatch: true,
  tradeType: trade.side === 'BUY' ? 'BID' : 'ASK',
});

const trades = (call: RestCall): unknown =>
  withMarket(call, (market) =>
    market.trades(call.parameters.limit(ROWS, MAX_TRADES)).map(tradeRow).reverse(),
  );

const aggregateRow = (trade: PublicTrade): object => ({
  a: null,
  f: null,
  l: null,
  p: formatDecimal(trade.price),
  q: formatDecimal(trade.quantity),
  T: trade.time,
  m: trade.side === 'SELL',
  M: true,
});

function aggregateTrades(call: RestCall): unknown {
  const { parameters } = call;
  const start = parameters.integer('startTime');
  const end = parameters.integer('endTime');
  if ((start === undefined) !== (end === undefined)) return refuse(-1128);
  return withMarket(call, (market) =>
    market
      .trades(MAX_TRADES)
      .filter(({ time }) => time >= (start ?? 0) && time <= (end ?? Infinity))
      .slice(-parameters.limit(ROWS, MAX_TRADES))
      .map(aggregateRow)
      .reverse(),
  );
}

function klines(call: RestCall): unknown {
  const { parameters } = call;
  const name = parameters.get('interval');
  if (name === undefined) return missing('interval');
  const interval = KLINE_INTERVALS.find(({ rest }) => rest === name);
  if (interval === undefined) return refuse(-1121, 'Invalid interval.');
  const start = parameters.integer('startTime') ?? 0;
  const end = parameters.integer('endTime') ?? Infinity;
  const limit = parameters.limit(ROWS, MAX_KLINES);
  return withMarket(call, (market) => {
    const found = market.klines
      .windows(interval.channel)
      .filter((kline) => kline.start >= start && kline.start <= end);
    // From a start time on the oldest come first; without one the latest are meant.
    return (start > 0 ? found.slice(0, limit) : found.slice(-limit)).map(klineRowOf);
  });
}

const averagePrice = (call: RestCall): unknown =>
  withMarket(call, (market) => {
    const window = market.klines.current('Min5');
    if (window === undefined) return { mins: 5, price: null };
    const { close, volume, quoteVolume } = window;
    const average = isZero(volume)
      ? close
      : divide(quoteVolume, volume, market.rules.priceScale, 'half-even');
    return { mins: 5, price: formatDecimal(average) };
  });

/** What is not known comes as null or as an empty text, as it does from the venue. */
const quoteOf = (market: SymbolMarket): object => {
  const { bids, asks } = market.book.depth();
  const [bid, ask] = [bids[0], asks[0]];
  return {
    bidPrice: bid === undefined ? '' : formatDecimal(bid.price),
    bidQty: bid === undefined ? '' : formatDecimal(bid.quantity),
    askPrice: ask === undefined ? '' : formatDecimal(ask.price),
    askQty: ask === undefined ? '' : formatDecimal(ask.quantity),
  };
};

function dayTicker(market: SymbolMarket, call: RestCall): object {
  const { symbol } = market.rules;
  const day = market.day();
  if (day === undefined) {
    return {
      symbol,
      lastPrice: '0',
      priceChangePercent: '0',
      volume: '0',
      quoteVolume: null,
      count: null,
      ...quoteOf(market),
    };
  }
  const change = subtract(day.close, day.open);
  return {
    symbol,
    priceChange: formatDecimal(change),
    // A fraction, not a percentage.
    priceChangePercent: formatFixed(divide(change, day.open, RATE_SCALE, 'half-even'), RATE_SCALE),
    prevClosePrice: formatDecimal(day.open),
    lastPrice: formatDecimal(day.close),
    ...quoteOf(market),
    openPrice: formatDecimal(day.open),
    highPrice: formatDecimal(day.high),
    lowPrice: formatDecimal(day.low),
    volume: formatDecimal(day.volume),
    quoteVolume: isZero(day.quoteVolume) ? null : formatDecimal(day.quoteVolume),
    openTime: call.now,
    closeTime: call.now,
    count: null,
  };
}

const lastPrice = (market: SymbolMarket): object => {
  const last = market.book.last;
  return { symbol: market.rules.symbol, price: last === undefined ? '0' : formatDecimal(last.price) };
};

function exchangeInfo(call: RestCall): unknown {
  const { parameters, venue, now } = call;
  const list = (parameters.get('symbols') ?? parameters.get('symbol'))?.split(',');
  const markets = venue.exchange.markets();
  const unknown = list?.find((symbol) => venue.exchange.market(symbol) === undefined);
  if (unknown !== undefined) return refuse(-1121);
  const chosen = list === undefined ? markets : markets.filter(({ rules }) => list.includes(rules.symbol));
  return {
    timezone: 'CST',
    serverTime: now,
    rateLimits: [],
    exchangeFilters: [],
    symbols: chosen.map(({ rules }) => exchangeInfoRow(rules)),
  };
}

const defaultSymbols = ({ venue, now }: RestCall): object => ({
  data: venue.exchange
    .markets()
    .filter(({ rules }) => rules.isSpotTradingAllowed && rules.status === '1')
    .map(({ rules }) => rules.symbol),
  code: 0,
  msg: 'success',
  timestamp: now,
});

const offlineSymbols = ({ venue }: RestCall): object => ({
  data: venue.exchange
    .markets()
    .filter(({ rules }) => rules.status !== '1')
    .map(({ rules }) => ({ symbol: rules.symbol, state: Number(rules.status) })),
});

const get = (path: string, weight: number, handle: (call: RestCall) => unknown): PublicRoute => ({
  method: 'GET',
  path: `/api/v3/${path}`,
  weight,
  handle,
});

/** What anybody may ask. */
export const MARKET_ROUTES: readonly PublicRoute[] = [
  get('ping', 1, () => ({})),
  get('time', 1, ({ now }) => ({ serverTime: now })),
  get('defaultSymbols', 1, defaultSymbols),
  get('symbol/offline', 10, offlineSymbols),
  get('exchangeInfo', 25, exchangeInfo),
  get('depth', 3, depth),
  get('trades', 5, trades),
  get('aggTrades', 1, aggregateTrades),
  get('klines', 1, klines),
  get('avgPrice', 1, averagePrice),
  get('ticker/24hr', 25, (call) => oneOrAll(call, (market) => dayTicker(market, call))),
  get('ticker/price', 10, (call) => oneOrAll(call, lastPrice)),
  get('ticker/bookTicker', 10, (call) =>
    oneOrAll(call, (market) => ({ symbol: market.rules.symbol, ...quoteOf(market) })),
  ),
];
