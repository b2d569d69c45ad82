import { type Candle, closeTime, type TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import type { StreamEvents } from '../../events/event.ts';
import type { PaperExchange } from '../../adapters/paper/paper-exchange.ts';
import type { Bus, RunningSubscription } from '../../ports/bus.ts';

const GROUP = 'execution-market';

/**
 * The market as execution needs it: the newest price of each symbol, and what an exchange on paper fills orders at. The
 * exchange sees an event when the stream brings it, which is what its latency is for.
 */
export class MarketMarks {
  readonly #bus: Bus;
  readonly #exchange: PaperExchange | undefined;
  readonly #marks = new Map<TradingSymbol, Price>();
  #subscription: RunningSubscription | undefined;

  constructor(bus: Bus, exchange: PaperExchange | undefined) {
    this.#bus = bus;
    this.#exchange = exchange;
  }

  of(symbol: TradingSymbol): Price | undefined {
    return this.#marks.get(symbol);
  }

  async start(): Promise<void> {
    this.#subscription = await this.#bus.subscribe({
      stream: 'market_data',
      group: GROUP,
      handle: (event) => this.#take(event),
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
    this.#subscription = undefined;
  }

  async #take(event: StreamEvents['market_data']): Promise<void> {
    if (event.type === 'candle') await this.#takeCandle(event.candle);
    if (event.type !== 'tick') return;
    const { symbol, price, eventTime } = event;
    this.#marks.set(symbol, price);
    if (this.#exchange?.expire(eventTime) === true) await this.#exchange.settled();
    await this.#exchange?.onTick(symbol, price, eventTime);
  }

  async #takeCandle(candle: Candle): Promise<void> {
    this.#marks.set(candle.symbol, candle.close);
    if (this.#exchange?.expire(closeTime(candle)) === true) await this.#exchange.settled();
    this.#exchange?.onClosed(candle);
  }
}
