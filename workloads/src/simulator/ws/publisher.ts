import { PRIVATE_CHANNELS } from '../../adapters/mexc/wire/channels.ts';
import type { PushCodec } from '../../adapters/mexc/wire/push-codec.ts';
import type { PushFrame } from '../../adapters/mexc/wire/push-frame.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { ExchangeEvent } from '../exchange-event.ts';
import type { Exchange } from '../exchange.ts';
import type { Kline } from '../market/kline-book.ts';
import type { Print } from '../market/print.ts';
import type { PublicTrade, SymbolMarket } from '../market/symbol-market.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import {
  bookTickerBatchFrame,
  bookTickerFrame,
  dealsFrame,
  depthFrame,
  type FrameTerms,
  klineFrame,
  limitDepthFrame,
  miniTicker,
  type PushedBook,
  pushedBook,
} from './market-frames.ts';
import { balanceFrame, fillFrame, orderFrame } from './private-frames.ts';

/** A public channel that somebody is subscribed to. */
interface Topic {
  readonly name: string;
  readonly channel: Channel;
  readonly connections: Set<Connection>;
  /** Windows that changed since the last push, by their start. */
  readonly windows: Map<Timestamp, Kline>;
  book: PushedBook | undefined;
  /** Of the book or tape, as it was pushed last. */
  version: number;
}

interface Pending {
  readonly trades: PublicTrade[];
}

const MINI_TICKER_EVERY = 3 * SECOND;
/** More trades than this between two pushes are cut, the oldest first: a client has the REST tape. */
const MOST_TRADES = 500;

/** Frames that tell how the book stands now. */
function snapshotFrames(channel: Channel, market: SymbolMarket, terms: FrameTerms): readonly PushFrame[] {
  if (channel.kind === 'bookTicker') return [bookTickerFrame(market, terms)];
  if (channel.kind === 'bookTickerBatch') return [bookTickerBatchFrame(market, terms)];
  return channel.kind === 'limitDepth' ? [limitDepthFrame(market, channel.levels, terms)] : [];
}

export interface PublisherTools {
  readonly exchange: Exchange;
  readonly codec: PushCodec;
  now(): Timestamp;
  /** The account behind a listen key that is still valid. */
  accountOf(listenKey: string): string | undefined;
}

/** Turns what happens at the exchange into frames. What happens between two flushes is pushed together. */
export class Publisher {
  readonly #tools: PublisherTools;
  readonly #topics = new Map<string, Topic>();
  readonly #bySymbol = new Map<TradingSymbol, Set<Topic>>();
  readonly #privates = new Map<string, Set<Connection>>();
  readonly #pending = new Map<TradingSymbol, Pending>();
  readonly #moved = new Set<TradingSymbol>();
  #miniTickerSlot = -1;

  constructor(tools: PublisherTools) {
    this.#tools = tools;
  }

  add(name: string, channel: Channel, connection: Connection): void {
    if (channel.kind === 'private') {
      const connections = this.#privates.get(name) ?? new Set();
      this.#privates.set(name, connections.add(connection));
      return;
    }
    const topic = this.#topics.get(name) ?? this.#open(name, channel);
    topic.connections.add(connection);
  }

  remove(name: string, connection: Connection): void {
    this.#privates.get(name)?.delete(connection);
    const topic = this.#topics.get(name);
    topic?.connections.delete(connection);
    if (topic?.connections.size !== 0) return;
    this.#topics.delete(name);
    if ('symbol' in topic.channel) this.#bySymbol.get(topic.channel.symbol)?.delete(topic);
  }

  take(event: ExchangeEvent): void {
    switch (event.kind) {
      case 'print':
        this.#takePrint(event.print, event.trade);
        break;
      case 'order':
        this.#pendingOf(event.order.symbol);
        this.#pushPrivate(event.order.account, PRIVATE_CHANNELS.orders, () =>
          orderFrame(event.order, event.fill),
        );
        break;
      case 'fill':
        this.#pushPrivate(event.fill.account, PRIVATE_CHANNELS.deals, () => fillFrame(event.fill));
        break;
      case 'balance':
        this.#pushPrivate(event.change.account, PRIVATE_CHANNELS.account, () => balanceFrame(event.change));
        break;
    }
  }

  /** Pushes what has gathered. Mini tickers come every three seconds of feed time, at most once a flush. */
  flush(feedTime: Timestamp): void {
    for (const [symbol, pending] of this.#pending) {
      const market = this.#tools.exchange.market(symbol);
      if (market === undefined) continue;
      for (const topic of this.#bySymbol.get(symbol) ?? []) this.#pushTopic(topic, market, pending);
    }
    this.#pending.clear();
    this.#pushMiniTickers(feedTime);
  }

  #open(name: string, channel: Channel): Topic {
    const topic: Topic = {
      name,
      channel,
      connections: new Set(),
      windows: new Map(),
      book: undefined,
      version: -1,
    };
    this.#topics.set(name, topic);
    if ('symbol' in channel) {
      const topics = this.#bySymbol.get(channel.symbol) ?? new Set();
      this.#bySymbol.set(channel.symbol, topics.add(topic));
      const market = this.#tools.exchange.market(channel.symbol);
      if (channel.kind === 'depth' && market !== undefined) topic.book = pushedBook(market);
    }
    return topic;
  }

  #pendingOf(symbol: TradingSymbol): Pending {
    const pending = this.#pending.get(symbol) ?? { trades: [] };
    this.#pending.set(symbol, pending);
    return pending;
  }

  #takePrint(print: Print, trade: PublicTrade | undefined): void {
    this.#moved.add(print.symbol);
    const topics = this.#bySymbol.get(print.symbol);
    if (topics === undefined || topics.size === 0) return;
    const pending = this.#pendingOf(print.symbol);
    if (trade !== undefined && pending.trades.push(trade) > MOST_TRADES) pending.trades.shift();
    const klines = this.#tools.exchange.market(print.symbol)?.klines;
    for (const topic of topics) {
      if (topic.channel.kind !== 'kline') continue;
      const window = klines?.current(topic.channel.interval);
      if (window !== undefined) topic.windows.set(window.start, window);
    }
  }

  #pushTopic(topic: Topic, market: SymbolMarket, pending: Pending): void {
    const { symbol } = market.rules;
    const terms = { channel: topic.name, symbol, now: this.#tools.now() };
    for (const frame of this.#frames(topic, market, { terms, pending })) this.#send(topic, frame);
  }

  #frames(
    topic: Topic,
    market: SymbolMarket,
    { terms, pending }: { readonly terms: FrameTerms; readonly pending: Pending },
  ): readonly PushFrame[] {
    const { channel } = topic;
    if (channel.kind === 'kline') return this.#klines(topic, channel.interval, terms);
    if (channel.kind === 'deals') {
      return pending.trades.length === 0 ? [] : [dealsFrame(pending.trades, terms)];
    }
    if (channel.kind === 'depth') return this.#depth(topic, market, terms);
    return this.#isNews(topic, market) ? snapshotFrames(channel, market, terms) : [];
  }

  #klines(topic: Topic, interval: string, terms: FrameTerms): readonly PushFrame[] {
    const windows = [...topic.windows.values()].sort((a, b) => a.start - b.start);
    topic.windows.clear();
    return windows.map((window) => klineFrame(window, interval, terms));
  }

  #depth(topic: Topic, market: SymbolMarket, terms: FrameTerms): readonly PushFrame[] {
    if (topic.book?.version === market.book.version) return [];
    const after = pushedBook(market);
    const before = topic.book ?? after;
    topic.book = after;
    return [depthFrame(before, after, terms)];
  }

  #isNews(topic: Topic, market: SymbolMarket): boolean {
    if (topic.version === market.book.version) return false;
    topic.version = market.book.version;
    return true;
  }

  #pushMiniTickers(feedTime: Timestamp): void {
    const slot = Math.floor(feedTime / MINI_TICKER_EVERY);
    if (slot === this.#miniTickerSlot) return;
    this.#miniTickerSlot = slot;
    const topics = [...this.#topics.values()].filter(({ channel }) => channel.kind.startsWith('miniTicker'));
    if (topics.length > 0) {
      const items = [...this.#moved].flatMap((symbol) => {
        const market = this.#tools.exchange.market(symbol);
        return (market === undefined ? undefined : miniTicker(market)) ?? [];
      });
      for (const topic of topics) this.#pushMiniTicker(topic, items);
    }
    this.#moved.clear();
  }

  #pushMiniTicker(topic: Topic, items: readonly NonNullable<ReturnType<typeof miniTicker>>[]): void {
    const { channel, name } = topic;
    const time = this.#tools.now();
    if (channel.kind === 'miniTickers' && items.length > 0) {
      this.#send(topic, { kind: 'miniTickers', channel: name, symbol: '', time, body: { items } });
    }
    if (channel.kind !== 'miniTicker') return;
    const body = items.find(({ symbol }) => symbol === channel.symbol);
    if (body === undefined) return;
    this.#send(topic, { kind: 'miniTicker', channel: name, symbol: body.symbol, time, body });
  }

  #send(topic: Topic, frame: PushFrame): void {
    const bytes = this.#tools.codec.encode(frame);
    for (const connection of topic.connections) connection.push(topic.name, bytes);
  }

  /** A private stream whose key has expired goes silent; its connection lives on. */
  #pushPrivate(account: string, name: string, makeFrame: () => PushFrame): void {
    const connections = this.#privates.get(name);
    if (connections === undefined || connections.size === 0) return;
    let bytes: Uint8Array | undefined;
    for (const connection of connections) {
      if (this.#tools.accountOf(connection.listenKey) !== account) continue;
      bytes ??= this.#tools.codec.encode(makeFrame());
      connection.push(name, bytes);
    }
  }
}
