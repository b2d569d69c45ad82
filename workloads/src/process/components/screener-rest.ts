import { makePublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { InstrumentKeeper } from '../../services/screener-rest/instrument-keeper.ts';
import type { MakeComponent } from '../component.ts';
import { reasonOf, untilDone } from '../waiting.ts';
import { networkOf, screenerClientSettings } from './venue-client.ts';

/** What the venue tells only when asked: the trading rules of the symbols, kept in the ledger for risk and execution. */
export const makeScreenerRest: MakeComponent<'screener-rest'> = async (deps) => {
  const { readiness, log } = deps;
  const { settings } = deps.settings;
  const venue = makePublicMexcVenue({
    ...networkOf(deps),
    settings: screenerClientSettings(settings, 'screener-rest'),
  });
  const keeper = new InstrumentKeeper({
    ...deps,
    source: {
      of: async (symbols) => [...(await venue.marketData.instruments(symbols)).values()],
      all: () => venue.rest.instruments(),
    },
    symbols: settings.symbols,
    quote: settings.quote,
    wholeQuote: settings.topMovers !== undefined,
    reasonOf,
  });
  return Promise.resolve({
    start: async () => {
      readiness.set('VENUE', 'the venue is being asked for its trading rules');
      await untilDone(
        deps,
        () => keeper.read(),
        (error) => {
          readiness.set('VENUE', reasonOf(error));
          log.warn({ reason: reasonOf(error) }, 'the venue does not answer; it is tried again');
        },
      );
      readiness.clear('VENUE');
    },
    stop: () => Promise.resolve(),
    tick: () => keeper.refresh(),
    checkpoint: () => Promise.resolve(),
    unready: () => ({ INSTRUMENTS: keeper.problem }),
    view: () => keeper.view,
    close: () => venue.close(),
  });
};
