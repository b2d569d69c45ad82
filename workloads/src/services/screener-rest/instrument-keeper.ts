/**
 * The trading rules of the symbols, read from the venue again and again and kept in the ledger: risk and execution need
 * no way to the venue for them.
 */
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, MINUTE, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { heldSymbols } from '../held-symbols.ts';

/** Trading rules change rarely; a symbol that is suspended should be known before the next hour. */
const READ_EVERY: Duration = 5 * MINUTE;
const AGAIN_AFTER: Duration = MINUTE;

/** What the venue tells when asked. */
export interface InstrumentSource {
  /** Symbols that are not listed are absent. */
  of(symbols: readonly TradingSymbol[]): Promise<readonly Instrument[]>;
  all(): Promise<readonly Instrument[]>;
}

export interface InstrumentKeeperDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly source: InstrumentSource;
  readonly symbols: readonly TradingSymbol[];
  readonly quote: string;
  /** Whether any symbol of the quote asset may be traded, as with top movers. */
  readonly wholeQuote: boolean;
  /** A short reason for people, of what kept the venue from answering. */
  readonly reasonOf: (error: unknown) => string;
}

export class InstrumentKeeper {
  readonly #deps: InstrumentKeeperDeps;
  #readAt: Timestamp = 0;
  #missing: readonly TradingSymbol[] = [];
  #listed = 0;
  #problem: string | undefined;

  constructor(deps: InstrumentKeeperDeps) {
    this.#deps = deps;
  }

  /** Why nothing can be traded by what is known; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get view(): Readonly<Record<string, unknown>> {
    return { lastRead: this.#readAt, instruments: this.#listed, notListed: this.#missing };
  }

  /** @throws what kept the venue from answering, or the ledger from taking it */
  async read(): Promise<void> {
    const { ledger, clock, log, source, symbols, quote, wholeQuote } = this.#deps;
    const wanted = new Set([...symbols, ...(await heldSymbols(ledger))]);
    const told = wholeQuote ? await source.all() : await source.of([...wanted]);
    const instruments = told.filter((one) => one.quote === quote || wanted.has(one.symbol));
    const listed = new Set(instruments.map(({ symbol }) => symbol));
    await ledger.transaction(async (tx) => {
      const gone = (await tx.instruments()).filter(({ symbol, tradable }) => tradable && !listed.has(symbol));
      await tx.putInstruments([...instruments, ...gone.map((one) => ({ ...one, tradable: false }))]);
    });
    const missing = symbols.filter((symbol) => !listed.has(symbol));
    if (missing.length > this.#missing.length) {
      log.error({ missing }, 'the venue does not list these symbols');
    }
    this.#missing = missing;
    this.#listed = instruments.length;
    this.#readAt = clock.now();
    this.#problem = this.#judge();
  }

  /** Reads again when it is due. What is known stays good while the venue does not answer. */
  async refresh(): Promise<void> {
    const { clock, log, reasonOf } = this.#deps;
    if (clock.now() - this.#readAt < READ_EVERY) return;
    try {
      await this.read();
    } catch (error) {
      this.#problem = reasonOf(error);
      this.#readAt = clock.now() - READ_EVERY + AGAIN_AFTER;
      log.warn({ reason: this.#problem }, 'the trading rules could not be read');
    }
  }

  #judge(): string | undefined {
    const { symbols, quote, wholeQuote } = this.#deps;
    if (wholeQuote && this.#listed === 0) return `the venue lists no symbol that is priced in ${quote}`;
    if (wholeQuote || symbols.length === 0 || this.#missing.length < symbols.length) return undefined;
    return `the venue lists none of ${this.#missing.join(', ')}`;
  }
}
