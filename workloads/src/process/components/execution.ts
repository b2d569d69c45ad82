import { randomUUID } from 'node:crypto';
import { specDemand } from '../../domain/risk/demands.ts';
import type { TakeStamp } from '../../adapters/mexc/signed-rest.ts';
import { ExecutionService } from '../../services/execution/execution-service.ts';
import { EpochFence } from '../../services/execution/fence.ts';
import type { ComponentDeps, MakeComponent } from '../component.ts';
import { RecallingBus } from '../market-store.ts';
import { reasonOf, untilDone } from '../waiting.ts';
import { makeDesk } from './desk.ts';
import { type ExecutionDocument, writeExecutionDocument } from './execution-document.ts';
import { InstrumentTable } from './instrument-table.ts';
import { MarketMarks } from './market-marks.ts';
import { makeOrderVenue } from './order-venue.ts';

/** Asks the venue until it answers. */
async function untilAnswered(deps: ComponentDeps<'execution'>, call: () => Promise<void>): Promise<void> {
  const { readiness, log } = deps;
  readiness.set('VENUE', 'the venue is being asked for its clock and our key');
  await untilDone(deps, call, (error) => {
    readiness.set('VENUE', reasonOf(error));
    log.warn({ reason: reasonOf(error) }, 'the venue does not answer; it is tried again');
  });
  readiness.clear('VENUE');
}

/** `orders` → the venue → `order_results`. */
export const makeExecution: MakeComponent<'execution'> = async (deps) => {
  const { clock, bus, ledger } = deps;
  const { identity, settings, hashes } = deps.settings;
  const { bot, interval, warmupCandles } = settings;
  const instruments = new InstrumentTable(ledger, clock);
  await instruments.untilThere(deps);
  // Fence and venue need each other: the venue's clock judges the lease, the lease stamps what goes to the venue.
  const takeStamp: TakeStamp = (request) => fence.takeStamp(request);
  const venue = await makeOrderVenue(deps, instruments.all, takeStamp);
  const fence = new EpochFence({
    ledger,
    holder: randomUUID(),
    venueNow: venue.venueNow,
    clock,
  });
  const demand = specDemand(settings.state);
  const service = new ExecutionService({
    ...deps,
    bot: bot.name,
    gateway: venue.gateway,
    account: identity.account,
    instruments: instruments.all,
    capital: settings.capital,
    specDemand: demand,
    pendingDemand: () => deps.latch.demand,
    mark: (symbol) => marks.of(symbol),
    supervision: { fence },
  });
  const marks = new MarketMarks(
    new RecallingBus({
      bot: bot.name,
      bus,
      ledger,
      clock,
      interval,
      span: warmupCandles * interval,
      observe: () => undefined,
    }),
    venue.paper,
  );
  const standing = (): ExecutionDocument => ({
    reconciled: service.reconciled,
    lastReconciliation: service.lastReconciliation ?? null,
    clockOffset: venue.clockOffset() ?? null,
    time: clock.now(),
  });
  const control = makeDesk(deps, {
    demand,
    facts: () => ({
      reconciled: service.reconciled,
      lastReconciliation: service.lastReconciliation ?? null,
      feedHealthy: null,
      credentialsValid: venue.credentialsValid(),
      accountHash: venue.accountHash(),
      settingsHash: hashes.config,
      hotSettingsHash: hashes.hot,
      limitsHash: null,
    }),
    onChange: () => service.enforce(),
  });
  return {
    start: async () => {
      await untilAnswered(deps, () => venue.readClock());
      // Nothing is signed by who does not own the account.
      await fence.acquire();
      await untilAnswered(deps, () => venue.open());
      await control.settle();
      await marks.start();
      await service.start();
    },
    stop: async () => {
      await service.stop();
      await marks.stop();
    },
    tick: async () => {
      await instruments.refresh();
      await control.settle();
      await ledger.transaction((tx) => writeExecutionDocument(tx, standing()));
    },
    checkpoint: () => service.checkpoint(),
    unready: () => ({
      VENUE: venue.keyProblem(),
      UNRECONCILED: service.reconciled ? undefined : 'ledger and venue do not agree yet: entries are denied',
    }),
    view: () => ({ ...standing(), instruments: instruments.all.size }),
    outlivesLedger: true,
    control,
    close: () => venue.close(),
  };
};
