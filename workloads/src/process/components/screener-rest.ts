import { makePublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { MINUTE, type Timestamp } from '../../domain/time.ts';
import type { MakeComponent } from '../component.ts';
import { reasonOf, untilDone } from '../waiting.ts';
import { feedSettings, networkOf } from './venue-client.ts';

/** Trading rules change rarely; a symbol that is suspended should be known before the next hour. */
const READ_EVERY = 5 * MINUTE;

/**
 * What the venue tells only when asked: the trading rules of the symbols, kept in the ledger for risk and execution, so
 * that risk needs no way to the venue at all.
 */
export const makeScreenerRest: MakeComponent<'screener-rest'> = async (deps) => {
  const { ledger, clock, readiness, log } = deps;
  const { settings } = deps.settings;
  const venue = makePublicMexcVenue({ ...networkOf(deps), settings: feedSettings(settings) });
  let readAt: Timestamp = 0;
  let problem: string | undefined;
  let missing: readonly string[] = [];
  const read = async (): Promise<void> => {
    const instruments = await venue.marketData.instruments(settings.symbols);
    missing = settings.symbols.filter((symbol) => !instruments.has(symbol));
    await ledger.transaction((tx) => tx.putInstruments([...instruments.values()]));
    readAt = clock.now();
    problem =
      missing.length === settings.symbols.length
        ? `the venue lists none of ${missing.join(', ')}`
        : undefined;
  };
  return Promise.resolve({
    start: async () => {
      readiness.set('VENUE', 'the venue is being asked for its trading rules');
      await untilDone(deps, read, (error) => {
        readiness.set('VENUE', reasonOf(error));
        log.warn({ reason: reasonOf(error) }, 'the venue does not answer; it is tried again');
      });
      readiness.clear('VENUE');
      if (missing.length > 0) log.error({ missing }, 'the venue does not list these symbols');
    },
    stop: () => Promise.resolve(),
    tick: async () => {
      if (clock.now() - readAt < READ_EVERY) return;
      try {
        await read();
      } catch (error) {
        problem = reasonOf(error);
        // Not again before the next time is due: the rules that are known stay good.
        readAt = clock.now() - READ_EVERY + MINUTE;
        log.warn({ reason: problem }, 'the trading rules could not be read');
      }
    },
    checkpoint: () => Promise.resolve(),
    unready: () => ({ INSTRUMENTS: problem }),
    view: () => ({ lastRead: readAt, notListed: missing }),
    close: () => venue.close(),
  });
};
