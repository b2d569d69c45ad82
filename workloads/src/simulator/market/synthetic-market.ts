import type { ReplayRow } from '../../adapters/replay/replay-row.ts';
import { money, price, quantity } from '../../domain/money/amounts.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import { DAY } from '../../domain/time.ts';
import { makeRandom, type Random } from '../random.ts';
import type { CandleSource } from './candle-source.ts';
import type { SymbolRules } from './symbol-rules.ts';

/** What a market is like for a while. Drift and deviation are of the log return of a day. */
interface Regime {
  readonly name: 'calm' | 'rising' | 'falling' | 'wild';
  readonly drift: number;
  readonly deviation: number;
  /** Of the volume. */
  readonly activity: number;
}

const REGIMES: readonly Regime[] = [
  { name: 'calm', drift: 0, deviation: 0.02, activity: 1 },
  { name: 'rising', drift: 0.25, deviation: 0.04, activity: 1.8 },
  { name: 'falling', drift: -0.25, deviation: 0.05, activity: 2.2 },
  { name: 'wild', drift: 0, deviation: 0.12, activity: 4 },
];
const CALM: Regime = { name: 'calm', drift: 0, deviation: 0.02, activity: 1 };

/** Chances for one candle. */
const REGIME_CHANGES = 0.004;
const JUMPS = 0.002;
const JUMP_DEVIATION = 0.02;

const WELL_KNOWN: Readonly<Record<string, number>> = { BTCUSDT: 60_000, ETHUSDT: 3_000, ETHBTC: 0.05 };
/** Mean turnover of a day in quote units. */
const DAY_TURNOVER = 50_000_000;

const decimals = (value: number, places: number): string => value.toFixed(places);

interface Shape {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** The market of one symbol: a random walk whose regime changes, with jumps and volume that follows the movement. */
class SyntheticSymbol {
  readonly #rules: SymbolRules;
  readonly #random: Random;
  readonly #interval: Duration;
  readonly #tick: number;
  readonly #turnover: number;
  #price: number;
  #regime = CALM;

  constructor(rules: SymbolRules, random: Random, interval: Duration) {
    this.#rules = rules;
    this.#random = random;
    this.#interval = interval;
    this.#tick = 10 ** -rules.priceScale;
    // Between 0.5 and 200, evenly in the logarithm; never near the tick.
    const drawn = Math.max(0.5 * 400 ** random.next(), 1_000 * this.#tick);
    this.#price = WELL_KNOWN[rules.symbol] ?? drawn;
    const isSmallQuote = rules.quote === 'BTC' || rules.quote === 'ETH';
    this.#turnover = (isSmallQuote ? DAY_TURNOVER / 10_000 : DAY_TURNOVER) * 10 ** (random.next() - 0.5);
  }

  next(openTime: Timestamp): ReplayRow {
    const random = this.#random;
    if (random.next() < REGIME_CHANGES) this.#regime = REGIMES[random.below(REGIMES.length)] ?? CALM;
    const day = this.#interval / DAY;
    const deviation = this.#regime.deviation * Math.sqrt(day);
    const jump = random.next() < JUMPS ? JUMP_DEVIATION * random.normal() : 0;
    const change = this.#regime.drift * day + deviation * random.normal() + jump;
    const shape = this.#shape(change, deviation);
    this.#price = shape.close;
    return { candle: this.#candle(openTime, shape, Math.abs(change) / deviation), ticks: undefined };
  }

  #shape(change: number, deviation: number): Shape {
    const open = this.#price;
    const close = Math.max(open * Math.exp(change), 20 * this.#tick);
    const above = 1 + (deviation / 2) * Math.abs(this.#random.normal());
    const below = 1 + (deviation / 2) * Math.abs(this.#random.normal());
    return { open, close, high: Math.max(open, close) * above, low: Math.min(open, close) / below };
  }

  #candle(openTime: Timestamp, shape: Shape, movement: number): ReplayRow['candle'] {
    const { symbol, priceScale, quantityScale } = this.#rules;
    const texts = [shape.open, shape.high, shape.low, shape.close].map((value) =>
      decimals(value, priceScale),
    );
    const [open = '1', high = open, low = open, close = open] = texts;
    const busy = this.#regime.activity * (0.5 + movement) * Math.exp(0.5 * this.#random.normal());
    const turnover = this.#turnover * (this.#interval / DAY) * busy;
    const volume = turnover / ((shape.open + shape.close) / 2);
    return {
      symbol,
      interval: this.#interval,
      openTime,
      open: price(open),
      high: price(high),
      low: price(low),
      close: price(close),
      volume: quantity(decimals(volume, quantityScale)),
      quoteVolume: money(decimals(turnover, 8)),
    };
  }
}

/** A market without data. The candles of a symbol depend on the seed and its rules alone, not on the other symbols. */
export function makeSyntheticMarket(
  rules: readonly SymbolRules[],
  seed: string,
  interval: Duration,
): (openTime: Timestamp) => readonly ReplayRow[] {
  const symbols = rules.map(
    (row) => new SyntheticSymbol(row, makeRandom(`${seed}/synthetic/${row.symbol}`), interval),
  );
  return (openTime) => symbols.map((symbol) => symbol.next(openTime));
}

/** Candles without end, the first one at `start`. */
export function makeSyntheticSource(
  market: (openTime: Timestamp) => readonly ReplayRow[],
  interval: Duration,
  start: Timestamp,
): CandleSource {
  let openTime = start;
  return {
    next: () => {
      const rows = market(openTime);
      openTime += interval;
      return Promise.resolve(rows);
    },
    close: () => Promise.resolve(),
  };
}
