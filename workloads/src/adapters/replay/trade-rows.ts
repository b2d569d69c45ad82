import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import {
  asMoney,
  asQuantity,
  type Money,
  NO_MONEY,
  NO_QUANTITY,
  notional,
  type Price,
  type Quantity,
} from '../../domain/money/amounts.ts';
import { add, equals, formatDecimal, isPositive, maximum, minimum } from '../../domain/money/decimal.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { RowContext, RowReader } from './candle-rows.ts';
import { showValue } from './data-file-error.ts';
import { countOutside, type ReplayRow, type Tick } from './replay-row.ts';
import type { RowScanner } from './row-scanner.ts';

/**
 * Up to so many intervals in a row without a trade are a quiet market, whose candles are flat (as exchanges give them);
 * more are a hole in the recording.
 */
const MAX_FLAT = 240;

const SIDES: ReadonlySet<string> = new Set(['buy', 'sell']);

interface SymbolWindow {
  /** Trades of the window under way. */
  ticks: Tick[];
  /** The last price before it; undefined when none is known. */
  price: Price | undefined;
}

interface SeenTrade {
  readonly symbol: TradingSymbol;
  readonly side: string;
  readonly price: Price;
  readonly quantity: Quantity;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function candleOf(ticks: readonly Tick[], flat: Candle): Candle {
  let { high, low, close } = flat;
  let volume: Quantity = NO_QUANTITY;
  let quoteVolume: Money = NO_MONEY;
  for (const tick of ticks) {
    high = maximum(high, tick.price);
    low = minimum(low, tick.price);
    close = tick.price;
    volume = asQuantity(add(volume, tick.quantity));
    quoteVolume = asMoney(add(quoteVolume, notional(tick.price, tick.quantity)));
  }
  return { ...flat, high, low, close, volume, quoteVolume };
}

const flatCandle = (
  symbol: TradingSymbol,
  price: Price,
  at: { openTime: Timestamp; interval: Duration },
): Candle => ({
  symbol,
  interval: at.interval,
  openTime: at.openTime,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: NO_QUANTITY,
  quoteVolume: NO_MONEY,
});

/**
 * Reads single trades: order, duplicates, soundness; makes candles of the bot's interval and keeps the trades as ticks.
 * The file's first and last windows are dropped: the recording may begin and end in the middle of them.
 */
export class TradeRows implements RowReader {
  out: ReplayRow[] = [];
  readonly #context: RowContext;
  readonly #symbols = new Map<TradingSymbol, SymbolWindow>();
  /** Trades of the millisecond in hand, by id. */
  readonly #seen = new Map<string, SeenTrade>();
  #lastTime: Timestamp = 0;
  /** Open time of the window under way; undefined before the first row. */
  #window: Timestamp | undefined;
  /** Whether the window under way may lack its beginning. */
  #isBroken = true;

  constructor(context: RowContext) {
    this.#context = context;
  }

  read(row: RowScanner): void {
    this.#context.counts.rows += 1;
    this.#advance(row);
    const symbol = this.#context.symbol ?? row.symbol;
    if (!this.#context.symbols.has(symbol)) {
      countOutside(this.#context.counts, symbol);
      return;
    }
    const trade = this.#trade(row, symbol);
    this.#refuseRepeated(row, trade);
    const { price, quantity } = trade;
    this.#symbolWindow(symbol).ticks.push({ time: row.time, price, quantity });
  }

  end(): void {
    for (const { ticks } of this.#symbols.values()) {
      if (ticks.length > 0) this.#context.counts.droppedWindows.last += 1;
    }
  }

  #symbolWindow(symbol: TradingSymbol): SymbolWindow {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const made: SymbolWindow = { ticks: [], price: undefined };
    this.#symbols.set(symbol, made);
    return made;
  }

  #trade(row: RowScanner, symbol: TradingSymbol): SeenTrade {
    const side = row.side.toLowerCase();
    if (!SIDES.has(side)) {
      throw row.fail('SIDE_WRONG', `side must be buy or sell: was ${showValue(row.side)}`, row.side);
    }
    const [price, quantity] = row.amounts as [Price, Quantity];
    for (const [name, value] of [
      ['price', price],
      ['quantity', quantity],
    ] as const) {
      if (isPositive(value)) continue;
      throw row.fail(
        'TRADE_WRONG',
        `${name} must be above 0: was ${formatDecimal(value)}`,
        formatDecimal(value),
      );
    }
    return { symbol, side, price, quantity };
  }

  #refuseRepeated(row: RowScanner, trade: SeenTrade): void {
    const key = `${trade.symbol} ${row.id}`;
    const seen = this.#seen.get(key);
    this.#seen.set(key, trade);
    if (seen === undefined) return;
    const isSame =
      seen.side === trade.side && equals(seen.price, trade.price) && equals(seen.quantity, trade.quantity);
    throw isSame
      ? row.fail('ROW_DUPLICATED', `trade ${row.id} is there twice; each is allowed once`, row.id)
      : row.fail('ROW_CONFLICTING', `trade ${row.id} is there twice with different values`, row.id);
  }

  /** Moves on to the row's time; windows that ended before it are brought out. */
  #advance(row: RowScanner): void {
    if (row.time < this.#lastTime) {
      const text = `time was ${row.time} after ${this.#lastTime}; rows must be sorted by time`;
      throw row.fail('ROW_OUT_OF_ORDER', text, String(row.time));
    }
    if (row.time > this.#lastTime) this.#seen.clear();
    this.#lastTime = row.time;
    const { interval } = this.#context;
    const window = row.time - (row.time % interval);
    this.#window ??= window;
    if (window === this.#window) return;
    this.#close(this.#window);
    const silent = (window - this.#window) / interval - 1;
    if (silent > MAX_FLAT) this.#forget();
    else for (let i = 1; i <= silent; i += 1) this.#close(this.#window + i * interval);
    this.#window = window;
  }

  /** After a hole in the recording nothing is known; the window it ends in lacks its beginning. */
  #forget(): void {
    for (const symbol of this.#symbols.values()) symbol.price = undefined;
    this.#isBroken = true;
  }

  /** The window ended: a candle of each symbol, by name. */
  #close(openTime: Timestamp): void {
    for (const [symbol, window] of [...this.#symbols].sort(byName)) {
      const { ticks } = window;
      const price = ticks[0]?.price ?? window.price;
      window.ticks = [];
      window.price = ticks.at(-1)?.price ?? price;
      if (price === undefined) continue;
      if (this.#isBroken) this.#drop(ticks);
      else this.#emit(symbol, price, { openTime, ticks });
    }
    this.#isBroken = false;
  }

  #drop(ticks: readonly Tick[]): void {
    const { counts } = this.#context;
    if (ticks.length > 0) counts.droppedWindows[counts.candles === 0 ? 'first' : 'inner'] += 1;
  }

  #emit(
    symbol: TradingSymbol,
    open: Price,
    { openTime, ticks }: { readonly openTime: Timestamp; readonly ticks: readonly Tick[] },
  ): void {
    const { counts, interval } = this.#context;
    const flat = flatCandle(symbol, open, { openTime, interval });
    counts.candles += 1;
    counts.ticks += ticks.length;
    if (ticks.length === 0) counts.flatCandles += 1;
    this.out.push({ candle: candleOf(ticks, flat), ticks });
  }
}
