import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { PaperExchange } from '../../src/adapters/paper/paper-exchange.ts';
import { PaperVenue } from '../../src/adapters/paper/paper-venue.ts';
import type { BotSettings } from '../../src/contract/index.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import { SECOND } from '../../src/domain/time.ts';
import { BotPipeline } from '../../src/pipeline/bot-pipeline.ts';
import { readPaperBook } from '../../src/pipeline/paper-book.ts';
import type { Happening } from '../../src/pipeline/run-watch.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type {
  MarketData,
  MarketSubscription,
  MarketUpdate,
  OrderGateway,
  VenueInputs,
  VenueTicker,
} from '../../src/ports/venue.ts';
import { instruments, INTERVAL, START } from './market-script.ts';

export const SYMBOL = 'AAAUSDT';

const INPUTS: VenueInputs = {
  candles: 'measured',
  spread: 'modelled',
  depth: 'modelled',
  clockOffset: 'measured',
  balances: 'modelled',
};

/** The n-th candle of a market that closes at these prices, each opening where the last one closed. */
export function candleOf(closes: readonly number[], index: number): Candle {
  const close = closes[index] ?? 100;
  const open = closes[index - 1] ?? close;
  const text = (value: number) => price(value.toFixed(2));
  return {
    symbol: SYMBOL,
    interval: INTERVAL,
    openTime: START + index * INTERVAL,
    open: text(open),
    high: text(Math.max(open, close)),
    low: text(Math.min(open, close)),
    close: text(close),
    volume: quantity('10000'),
    quoteVolume: money('1000000'),
  };
}

/** Public market data that a test pushes; the past is what was pushed before, whoever listened. */
export class PushedMarket implements MarketData {
  readonly #closes: readonly number[];
  #listener: ((update: MarketUpdate) => Promise<void>) | undefined;
  #next = 0;
  #tickers: ((tickers: readonly VenueTicker[]) => Promise<void>) | undefined;
  /** What the subscription carries. */
  carried: readonly string[] = [];

  constructor(closes: readonly number[], past: number) {
    this.#closes = closes;
    this.#next = past;
  }

  instruments(): ReturnType<MarketData['instruments']> {
    return Promise.resolve(instruments([SYMBOL]));
  }

  history(_symbol: string, _interval: number, count: number): Promise<readonly Candle[]> {
    const past = Array.from({ length: this.#next }, (_, i) => candleOf(this.#closes, i));
    return Promise.resolve(past.slice(-count));
  }

  subscribe(
    request: { readonly symbols: readonly string[] },
    listener: (update: MarketUpdate) => Promise<void>,
  ): Promise<MarketSubscription> {
    this.#listener = listener;
    this.carried = request.symbols;
    const stop = () => {
      this.#listener = undefined;
      return Promise.resolve();
    };
    const change = (symbols: readonly string[]) => {
      this.carried = symbols;
    };
    return Promise.resolve({ stop, change });
  }

  watchTickers(listener: (tickers: readonly VenueTicker[]) => Promise<void>): { stop(): Promise<void> } {
    this.#tickers = listener;
    const stop = () => {
      this.#tickers = undefined;
      return Promise.resolve();
    };
    return { stop };
  }

  /** Last prices of all symbols of the venue, each with a turnover of a million. */
  async pushTickers(prices: Readonly<Record<string, string>>, time: number): Promise<void> {
    const quoteVolume = money('1000000');
    await this.#tickers?.(
      Object.entries(prices).map(([symbol, text]) => ({ symbol, price: price(text), quoteVolume, time })),
    );
  }

  /** Whether somebody listens. */
  get isHeard(): boolean {
    return this.#listener !== undefined;
  }

  async push(update: MarketUpdate): Promise<void> {
    if (update.kind === 'candle') this.#next += 1;
    await this.#listener?.(update);
  }
}

/** Delivers every event twice, as a stream may. */
export class TwiceBus extends MemoryBus {
  override publish: MemoryBus['publish'] = (stream, events) =>
    super.publish(
      stream,
      events.flatMap((event) => [event, event]),
    );
}

export interface LiveMarket {
  readonly pipeline: BotPipeline;
  /** A trade at the open of the n-th candle, a second after it opened. */
  tick(index: number): Promise<void>;
  /** The n-th candle closes. */
  close(index: number): Promise<void>;
  /** Time passes without data. */
  wait(until: number): Promise<void>;
  /** Everything that follows from what was pushed is done. */
  settle(): Promise<void>;
}

/** A bot on paper on pushed public data, with `past` candles behind it. */
export async function openLiveMarket(setup: {
  readonly settings: BotSettings;
  readonly ledger: Ledger;
  readonly closes: readonly number[];
  readonly past: number;
  readonly bus?: MemoryBus;
  /** Takes the place of the paper exchange. */
  readonly gateway?: OrderGateway;
  readonly onHappening?: (happening: Happening) => void;
}): Promise<LiveMarket> {
  const { settings, ledger, closes, past, onHappening = () => undefined } = setup;
  const clock = new EventClock(START + past * INTERVAL);
  const market = new PushedMarket(closes, past);
  const exchange = new PaperExchange({
    quote: 'USDT',
    capital: settings.limits.capital,
    instruments: instruments([SYMBOL]),
    fills: settings.fills,
    interval: INTERVAL,
    clock,
    latency: 0,
  });
  exchange.restore(await readPaperBook(ledger));
  const venue = new PaperVenue({ name: 'pushed', marketData: market, inputs: INPUTS, exchange });
  const bus = setup.bus ?? new MemoryBus({ dispatch: 'concurrent' });
  const pipeline = new BotPipeline({
    settings,
    ledger,
    venue,
    gateway: setup.gateway ?? exchange,
    instruments: await market.instruments(),
    bus,
    clock,
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    validFor: 5 * SECOND,
    clockOffset: () => 0,
    onHappening,
  });
  const settle = async () => {
    let taken: number;
    do {
      taken = exchange.reportsTaken;
      await pipeline.quiesce();
      await exchange.settled();
    } while (exchange.reportsTaken !== taken);
  };
  return {
    pipeline,
    settle,
    tick: async (index) => {
      const time = START + index * INTERVAL + SECOND;
      clock.advanceTo(time);
      await market.push({ kind: 'tick', symbol: SYMBOL, price: candleOf(closes, index).open, time });
      await settle();
    },
    close: async (index) => {
      clock.advanceTo(START + (index + 1) * INTERVAL);
      await market.push({ kind: 'candle', candle: candleOf(closes, index), origin: 'live' });
      await settle();
    },
    wait: async (until) => {
      clock.advanceTo(until);
      await settle();
    },
  };
}
