import { type Hash, createHash } from 'node:crypto';
import type { Candle } from '../../domain/market/candle.ts';
import type { Decimal } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';

/** Candles since the last checkpoint, as the journal keeps them: how many, from when to when, and their hash. */
export interface BatchFacts {
  readonly candles: number;
  readonly firstOpenTime: Timestamp;
  readonly lastOpenTime: Timestamp;
  /** SHA-256 over one line a candle, in the order they came. */
  readonly sha256: string;
}

const exact = ({ units, scale }: Decimal): string => `${units}e-${scale}`;

/** One line a candle; amounts are normalised, so equal candles have equal lines. */
const lineOf = (candle: Candle): string =>
  `${candle.symbol} ${candle.openTime} ${candle.interval} ${exact(candle.open)} ${exact(candle.high)} ` +
  `${exact(candle.low)} ${exact(candle.close)} ${exact(candle.volume)} ${exact(candle.quoteVolume)}\n`;

/**
 * Candles without a decision are not journalled one by one but as a count and a rolling hash a batch (trading-rules:
 * journal), so that the very data that was decided upon can be proved later.
 */
export class CandleBatch {
  #hash: Hash = createHash('sha256');
  #candles = 0;
  #first: Timestamp = 0;
  #last: Timestamp = 0;

  add(candle: Candle): void {
    if (this.#candles === 0) this.#first = candle.openTime;
    this.#last = candle.openTime;
    this.#candles += 1;
    this.#hash.update(lineOf(candle));
  }

  /** The facts of the batch, and a new batch; undefined when there was no candle. */
  take(): BatchFacts | undefined {
    if (this.#candles === 0) return undefined;
    const facts: BatchFacts = {
      candles: this.#candles,
      firstOpenTime: this.#first,
      lastOpenTime: this.#last,
      sha256: this.#hash.digest('hex'),
    };
    this.#hash = createHash('sha256');
    this.#candles = 0;
    return facts;
  }
}
