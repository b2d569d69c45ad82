import { makeStrategy } from '../../domain/strategy/registry.ts';
import { MINUTE } from '../../domain/time.ts';
import { SignalEngine } from '../../services/signal/signal-engine.ts';
import type { MakeComponent } from '../component.ts';
import { RecallingBus } from '../market-store.ts';
import { InstrumentTable } from './instrument-table.ts';
import { MarketPulse } from './market-pulse.ts';

/** `market_data` → `signals`. */
export const makeSignal: MakeComponent<'signal'> = (deps) => {
  const { ledger, bus, clock } = deps;
  const { bot, ...settings } = deps.settings.settings;
  const strategy = makeStrategy(settings);
  const { interval, warmupCandles } = strategy;
  const pulse = new MarketPulse(clock, () => interval + MINUTE);
  const service = new SignalEngine({
    ...deps,
    bot: bot.name,
    strategy,
    bus: new RecallingBus({
      bot: bot.name,
      bus,
      ledger,
      clock,
      interval,
      span: warmupCandles * interval,
      observe: pulse.observe,
    }),
  });
  return Promise.resolve({
    start: async () => {
      // Without them it is not known which symbols' candles are to be brought back.
      await new InstrumentTable(ledger, clock).untilThere(deps);
      await service.start();
    },
    stop: () => service.stop(),
    tick: () => Promise.resolve(),
    checkpoint: (tx) => service.checkpoint(tx),
    unready: () => ({ STALE: pulse.problem }),
    view: () => ({ ...pulse.view, counts: service.counts }),
    close: () => Promise.resolve(),
  });
};
