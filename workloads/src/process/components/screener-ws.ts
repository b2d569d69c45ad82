import { makePublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { heldSymbols } from '../../services/held-symbols.ts';
import { Screener } from '../../services/screener-ws/screener.ts';
import { mayMove } from '../../services/screener-ws/universe-watch.ts';
import type { MakeComponent } from '../component.ts';
import { StoringBus } from '../market-store.ts';
import { untilDone, reasonOf } from '../waiting.ts';
import { keptCandles } from './kept-candles.ts';
import { MarketPulse } from './market-pulse.ts';
import { networkOf, screenerClientSettings } from './venue-client.ts';

/** The market as the venue pushes it → `market_data`; every closed candle is kept in the ledger as well. */
export const makeScreenerWs: MakeComponent<'screener-ws'> = async (deps) => {
  const { ledger, bus, clock, readiness, log } = deps;
  const { settings } = deps.settings;
  const { symbols, topMovers, interval, warmupCandles, maxDataAge } = settings;
  const venue = makePublicMexcVenue({
    ...networkOf(deps),
    settings: screenerClientSettings(settings, 'screener-ws'),
  });
  const pulse = new MarketPulse(clock, () => maxDataAge + interval);
  const service = new Screener({
    ...deps,
    bot: settings.bot.name,
    bus: new StoringBus({
      bot: settings.bot.name,
      bus,
      ledger,
      clock,
      interval,
      span: warmupCandles * interval,
      observe: pulse.observe,
    }),
    venue,
    settings: { symbols, interval, warmupCandles, ...(topMovers === undefined ? {} : { topMovers }) },
    universe: {
      held: () => heldSymbols(ledger),
      tradable: async () => mayMove(await ledger.transaction((tx) => tx.instruments()), settings),
    },
    lacking: keptCandles({ ledger, clock, interval, wanted: warmupCandles }),
    onLeft: pulse.forget,
  });
  return Promise.resolve({
    start: async () => {
      readiness.set('VENUE', 'the venue is being asked for its clock');
      await untilDone(
        deps,
        () => venue.serverTime.sync(),
        (error) => {
          readiness.set('VENUE', reasonOf(error));
          log.warn({ reason: reasonOf(error) }, 'the venue does not answer; it is tried again');
        },
      );
      readiness.clear('VENUE');
      await venue.start();
      await service.start();
    },
    stop: () => service.stop(),
    tick: () => Promise.resolve(),
    checkpoint: (tx) => service.checkpoint(tx),
    unready: () => ({ STALE: pulse.problem }),
    view: () => ({ ...pulse.view, universe: service.universe, counts: service.counts }),
    close: () => venue.close(),
  });
};
