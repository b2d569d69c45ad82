import { modelSpread } from '../../domain/fills/model-spread.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { SpreadAverage, spreadOf } from '../../domain/market/spread-average.ts';
import { DAY_FIGURES_WARMUP } from '../../domain/market/warm-up.ts';
import type { Price, Ratio } from '../../domain/money/amounts.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { InputQuality } from '../../ports/venue.ts';

export interface SpreadWatchSettings {
  readonly quality: InputQuality;
  /** Undefined: the symbol cannot be traded, and nothing is modelled for it. */
  readonly instrument: Instrument | undefined;
  readonly halfSpreadRatio: Ratio;
}

/** The spread of a symbol now and on average. */
export interface Spread {
  readonly current: Ratio;
  readonly average: Ratio;
}

/**
 * The spread of one symbol. Where the venue measures it only best prices count as the spread now, and only while they are
 * fresh: without them it is unknown. What it is compared with is the average of what was measured; until that covers
 * enough of a day it is the smaller of that average and the modelled spread, so that the check is never laxer for
 * knowing less (ADR 33).
 */
export class SpreadWatch {
  readonly #settings: SpreadWatchSettings;
  readonly #average = new SpreadAverage({ warmup: DAY_FIGURES_WARMUP });
  #current: Ratio | undefined;
  #time: Timestamp = 0;
  #modelled: Ratio | undefined;

  constructor(settings: SpreadWatchSettings) {
    this.#settings = settings;
  }

  /** A price without best prices around it: they are modelled. */
  takePrice(price: Price, time: Timestamp): void {
    const { quality, instrument, halfSpreadRatio } = this.#settings;
    if (quality === 'absent' || instrument === undefined) return;
    const { bid, ask } = modelSpread(price, halfSpreadRatio, instrument.tickSize);
    this.#modelled = spreadOf(bid, ask);
    if (quality === 'modelled') this.#take(this.#modelled, time);
  }

  takeBestPrices(bid: Price, ask: Price, time: Timestamp): void {
    if (this.#settings.quality !== 'absent') this.#take(spreadOf(bid, ask), time);
  }

  /** At `now`; undefined while it is not known. `maxAge`: of measured best prices. */
  at(now: Timestamp, maxAge: Duration): Spread | undefined {
    const average = this.#baseline(now);
    const current = this.#current;
    const isOld = this.#settings.quality === 'measured' && now - this.#time > maxAge;
    return current === undefined || average === undefined || isOld ? undefined : { current, average };
  }

  #baseline(now: Timestamp): Ratio | undefined {
    const average = this.#average.average(now);
    if (average !== undefined || this.#settings.quality !== 'measured') return average;
    const soFar = this.#average.averageSoFar(now);
    const modelled = this.#modelled;
    if (soFar === undefined || modelled === undefined) return undefined;
    return soFar < modelled ? soFar : modelled;
  }

  #take(spread: Ratio, time: Timestamp): void {
    this.#current = spread;
    this.#time = time;
    this.#average.put(time, spread);
  }
}
