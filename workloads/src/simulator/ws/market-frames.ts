import type {
  BookTickerBody,
  DepthLevelItem,
  MiniTickerBody,
  PushFrame,
} from '../../adapters/mexc/wire/push-frame.ts';
import { divide, formatDecimal, formatFixed, isZero, subtract } from '../../domain/money/decimal.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { Kline } from '../market/kline-book.ts';
import type { Ladder, Level } from '../market/ladder.ts';
import type { PublicTrade, SymbolMarket } from '../market/symbol-market.ts';

/** Where a frame goes and when it is sent. */
export interface FrameTerms {
  readonly channel: string;
  readonly symbol: string;
  /** Request time. */
  readonly now: Timestamp;
}

const RATE_SCALE = 4;

/** Window times are seconds. No field tells that a window is closed. */
export const klineFrame = (
  kline: Kline,
  interval: string,
  { channel, symbol, now }: FrameTerms,
): PushFrame => ({
  kind: 'kline',
  channel,
  symbol,
  time: now,
  body: {
    interval,
    windowStart: kline.start / SECOND,
    openingPrice: formatDecimal(kline.open),
    closingPrice: formatDecimal(kline.close),
    highestPrice: formatDecimal(kline.high),
    lowestPrice: formatDecimal(kline.low),
    volume: formatDecimal(kline.volume),
    amount: formatDecimal(kline.quoteVolume),
    windowEnd: kline.end / SECOND,
  },
});

export const dealsFrame = (
  trades: readonly PublicTrade[],
  { channel, symbol, now }: FrameTerms,
): PushFrame => ({
  kind: 'aggreDeals',
  channel,
  symbol,
  time: now,
  body: {
    deals: trades.map((trade) => ({
      price: formatDecimal(trade.price),
      quantity: formatDecimal(trade.quantity),
      tradeType: trade.side === 'BUY' ? 1 : 2,
      time: trade.time,
      tradeId: trade.id,
    })),
    eventType: 'spot@public.aggre.deals.v3.api.pb@100ms',
  },
});

const textOf = (level: Level | undefined): readonly [string, string] =>
  level === undefined ? ['', ''] : [formatDecimal(level.price), formatDecimal(level.quantity)];

function touch({ bids, asks }: Ladder): BookTickerBody {
  const [bidPrice, bidQuantity] = textOf(bids[0]);
  const [askPrice, askQuantity] = textOf(asks[0]);
  return { bidPrice, bidQuantity, askPrice, askQuantity };
}

export const bookTickerFrame = (market: SymbolMarket, { channel, symbol, now }: FrameTerms): PushFrame => ({
  kind: 'aggreBookTicker',
  channel,
  symbol,
  time: now,
  body: { ...touch(market.book.depth()), version: String(market.book.version), lastOrderCreateTime: now },
});

export const bookTickerBatchFrame = (
  market: SymbolMarket,
  { channel, symbol, now }: FrameTerms,
): PushFrame => ({
  kind: 'bookTickerBatch',
  channel,
  symbol,
  time: now,
  body: {
    items: [touch(market.book.depth())],
    version: String(market.book.version),
    lastOrderCreateTime: now,
  },
});

const item = ({ price, quantity }: Level): DepthLevelItem => ({
  price: formatDecimal(price),
  quantity: formatDecimal(quantity),
});

export const limitDepthFrame = (market: SymbolMarket, levels: number, terms: FrameTerms): PushFrame => {
  const { bids, asks } = market.book.depth();
  return {
    kind: 'limitDepths',
    channel: terms.channel,
    symbol: terms.symbol,
    time: terms.now,
    body: {
      asks: asks.slice(0, levels).map(item),
      bids: bids.slice(0, levels).map(item),
      eventType: 'spot@public.limit.depth.v3.api.pb',
      version: String(market.book.version),
      lastOrderCreateTime: terms.now,
    },
  };
};

/** What has to be set, and with "0" taken away, to get from one side of a book to another. */
export function depthChanges(
  before: readonly DepthLevelItem[],
  after: readonly DepthLevelItem[],
): readonly DepthLevelItem[] {
  const old = new Map(before.map(({ price, quantity }) => [price, quantity]));
  const changed = after.filter(({ price, quantity }) => old.get(price) !== quantity);
  const kept = new Set(after.map(({ price }) => price));
  const gone = before.filter(({ price }) => !kept.has(price)).map(({ price }) => ({ price, quantity: '0' }));
  return [...changed, ...gone];
}

/** A book as it was pushed, to find the changes from. */
export interface PushedBook {
  readonly version: number;
  readonly bids: readonly DepthLevelItem[];
  readonly asks: readonly DepthLevelItem[];
}

export const pushedBook = (market: SymbolMarket): PushedBook => {
  const { bids, asks } = market.book.depth();
  return { version: market.book.version, bids: bids.map(item), asks: asks.map(item) };
};

export const depthFrame = (before: PushedBook, after: PushedBook, terms: FrameTerms): PushFrame => ({
  kind: 'aggreDepths',
  channel: terms.channel,
  symbol: terms.symbol,
  time: terms.now,
  body: {
    asks: depthChanges(before.asks, after.asks),
    bids: depthChanges(before.bids, after.bids),
    eventType: 'spot@public.aggre.depth.v3.api.pb@100ms',
    fromVersion: String(before.version + 1),
    toVersion: String(after.version),
    lastOrderCreateTime: terms.now,
  },
});

/** `volume` is the turnover here and `quantity` the base volume. Undefined before the first print. */
export function miniTicker(market: SymbolMarket): MiniTickerBody | undefined {
  const day = market.day();
  if (day === undefined) return undefined;
  const change = isZero(day.open)
    ? day.open
    : divide(subtract(day.close, day.open), day.open, RATE_SCALE, 'half-even');
  const rate = formatFixed(change, RATE_SCALE);
  return {
    symbol: market.rules.symbol,
    price: formatDecimal(day.close),
    rate,
    zonedRate: rate,
    high: formatDecimal(day.high),
    low: formatDecimal(day.low),
    volume: formatDecimal(day.quoteVolume),
    quantity: formatDecimal(day.volume),
    lastCloseRate: rate,
    lastCloseZonedRate: rate,
    lastCloseHigh: formatDecimal(day.high),
    lastCloseLow: formatDecimal(day.low),
  };
}
