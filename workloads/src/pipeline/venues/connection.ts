/** A venue that answers, before a ledger is opened for it. */
import { feedSettings, type MexcSettings } from '../../adapters/mexc/mexc-settings.ts';
import type { MexcDeps, PublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import type { BotSettings } from '../../contract/index.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Duration } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger, LedgerIdentity } from '../../ports/ledger.ts';
import type { OrderGateway, Venue } from '../../ports/venue.ts';
import type { Supervision } from '../../services/execution/supervision.ts';

/** What a connection needs of the machine. */
export type Network = Omit<MexcDeps, 'settings' | 'marketTime'>;

export type TradedVenue = Venue & { readonly orders: OrderGateway };

export interface OpenedVenue {
  readonly venue: TradedVenue;
  /** Where orders leave the process. */
  readonly supervision?: Supervision;
}

export interface VenueConnection {
  /** Whose ledger it is traded on. */
  readonly identity: LedgerIdentity;
  /** Of every symbol of the bot's quote asset. */
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  /** Shows the market's time. */
  readonly clock: Clock;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  /** From the decision on an entry to its `validUntil`, by `clock`. */
  readonly validFor: Duration;
  /** Resolves when the venue cannot go on. */
  readonly failed: Promise<Error>;
  /** The venue with its orders; what the ledger knows of them is brought back. */
  open(ledger: Ledger): Promise<OpenedVenue>;
  close(): Promise<void>;
}

/** Symbols that the venue does not list: the file has to be changed. */
export class SymbolsUnknownError extends Error {
  readonly code = 'SYMBOLS_UNKNOWN';
  readonly retryable = false;
  constructor(venue: string, symbols: readonly TradingSymbol[]) {
    super(`spec.universe.symbols: was ${symbols.join(', ')}; allowed symbols that ${venue} lists`);
    this.name = 'SymbolsUnknownError';
  }
}

/** @throws SymbolsUnknownError */
export function demandListed(
  { universe, exchange }: BotSettings,
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
): void {
  const unknown = universe.symbols.filter((symbol) => !instruments.has(symbol));
  if (unknown.length > 0) throw new SymbolsUnknownError(exchange.venue, unknown);
}

/** The client's settings for a bot. */
export const mexcSettings = ({ exchange, universe, limits }: BotSettings): MexcSettings =>
  feedSettings(exchange.endpoints, { ...universe, maxDataAge: limits.maxDataAge });

/** Of every symbol of the quote asset: any of them may become a mover, or be held from before. @throws MexcError */
export async function quoteInstruments(
  { rest }: Pick<PublicMexcVenue, 'rest'>,
  quote: string,
): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  const all = (await rest.instruments()).filter((instrument) => instrument.quote === quote);
  return new Map(all.map((instrument) => [instrument.symbol, instrument]));
}
