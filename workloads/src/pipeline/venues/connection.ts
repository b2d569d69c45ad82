/** A venue that answers, before a ledger is opened for it. */
import { MEXC_SETTINGS, type MexcSettings } from '../../adapters/mexc/mexc-settings.ts';
import type { MexcDeps } from '../../adapters/mexc/mexc-venue.ts';
import type { BotSettings } from '../../contract/index.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, SECOND } from '../../domain/time.ts';
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
  /** Of every symbol the bot names. */
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

/** Told this much before data are too old to trade on, so that the reason is there when they are. */
const STALE_MARGIN: Duration = 5 * SECOND;
const SOONEST_STALE: Duration = 2 * SECOND;

/** The client's settings for a bot: its addresses and limits, best prices for the spread, ticks of open klines. */
export function mexcSettings({ exchange, universe, limits }: BotSettings): MexcSettings {
  const { endpoints } = exchange;
  const { feed } = MEXC_SETTINGS;
  const staleAfter = Math.max(SOONEST_STALE, limits.maxDataAge - STALE_MARGIN);
  return {
    ...MEXC_SETTINGS,
    restUrl: endpoints.rest ?? MEXC_SETTINGS.restUrl,
    wsUrl: endpoints.ws ?? MEXC_SETTINGS.wsUrl,
    feed: {
      ...feed,
      maxSymbolsPerConnection: universe.maxSymbolsPerConnection,
      bestPrices: true,
      symbol: { ...feed.symbol, staleAfter },
    },
  };
}
