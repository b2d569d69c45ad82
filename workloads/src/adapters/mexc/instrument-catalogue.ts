import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, MINUTE, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PublicRest } from './rest-client.ts';
import { normalizeSymbol } from './symbols.ts';

/** Symbols pause and change their rules: what is older than this is read again. */
const MAX_AGE: Duration = 5 * MINUTE;

interface Held {
  readonly instrument: Instrument;
  readonly readAt: Timestamp;
}

/** The venue's instruments as read last. Symbols that the venue does not list are absent from every answer. */
export interface InstrumentCatalogue {
  /** Read again where it is too old or unknown. @throws MexcError */
  find(symbols: readonly TradingSymbol[]): Promise<ReadonlyMap<TradingSymbol, Instrument>>;
  /** What is known of a symbol's rules is wrong, as the venue showed by a refusal. */
  forget(symbol: TradingSymbol): void;
}

export function makeInstrumentCatalogue(rest: PublicRest, clock: Clock): InstrumentCatalogue {
  const held = new Map<TradingSymbol, Held>();
  const isFresh = (symbol: TradingSymbol): boolean => {
    const known = held.get(symbol);
    return known !== undefined && clock.now() - known.readAt < MAX_AGE;
  };
  return {
    find: async (symbols) => {
      const names = symbols.map(normalizeSymbol);
      const outdated = names.filter((symbol) => !isFresh(symbol));
      if (outdated.length > 0) {
        for (const symbol of outdated) held.delete(symbol);
        const readAt = clock.now();
        for (const instrument of await rest.instruments(outdated)) {
          held.set(instrument.symbol, { instrument, readAt });
        }
      }
      const found = new Map<TradingSymbol, Instrument>();
      for (const symbol of names) {
        const known = held.get(symbol);
        if (known !== undefined) found.set(symbol, known.instrument);
      }
      return found;
    },
    forget: (symbol) => {
      held.delete(symbol);
    },
  };
}
