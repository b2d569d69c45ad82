import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { ComponentDeps } from '../component.ts';
import { pause } from '../../ports/pause.ts';

const READ_EVERY = MINUTE;
const ASK_EVERY = SECOND;

/** The trading rules as screener-rest keeps them in the ledger; the map is the same object all along. */
export class InstrumentTable {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #table = new Map<TradingSymbol, Instrument>();
  #readAt: Timestamp = 0;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  get all(): ReadonlyMap<TradingSymbol, Instrument> {
    return this.#table;
  }

  /** Reads them again when it is time. */
  async refresh(): Promise<void> {
    if (this.#clock.now() - this.#readAt >= READ_EVERY) await this.#read();
  }

  /** Resolves when there are some, saying meanwhile what it waits for. @throws the signal's reason */
  async untilThere({
    readiness,
    clock,
    signal,
  }: Pick<ComponentDeps<'risk'>, 'readiness' | 'clock' | 'signal'>): Promise<void> {
    for (;;) {
      await this.#read();
      if (this.#table.size > 0) break;
      readiness.set('INSTRUMENTS', 'the ledger has no trading rules yet; screener-rest leaves them there');
      await pause(clock, ASK_EVERY, signal);
      signal.throwIfAborted();
    }
    readiness.clear('INSTRUMENTS');
  }

  async #read(): Promise<void> {
    const instruments = await this.#ledger.transaction((tx) => tx.instruments());
    for (const instrument of instruments) this.#table.set(instrument.symbol, instrument);
    this.#readAt = this.#clock.now();
  }
}
