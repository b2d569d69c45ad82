import { SECOND } from '../../domain/time.ts';
import type { VenueInputs } from '../../ports/venue.ts';
import { RiskService } from '../../services/risk/risk-service.ts';
import type { RiskSettings } from '../../contract/settings.ts';
import type { HotSettings } from '../../services/risk/limits-flow.ts';
import type { ComponentDeps, MakeComponent } from '../component.ts';
import { RecallingBus } from '../market-store.ts';
import { pause } from '../../ports/pause.ts';
import { type ExecutionDocument, freshNews, readExecutionDocument } from './execution-document.ts';
import { InstrumentTable } from './instrument-table.ts';
import { MarketPulse } from './market-pulse.ts';
import { Retention } from './retention.ts';

/** The spread is measured by the screener's best prices. */
const INPUTS: VenueInputs = {
  candles: 'measured',
  spread: 'measured',
  depth: 'modelled',
  clockOffset: 'measured',
  balances: 'modelled',
};
const MEASURED: VenueInputs = { ...INPUTS, balances: 'measured' };

/** Resolves when execution has opened the account: without it there is nothing to judge by. */
async function untilAccount(deps: ComponentDeps<'risk'>): Promise<void> {
  const { ledger, readiness, signal } = deps;
  while ((await ledger.transaction((tx) => tx.account())) === undefined) {
    readiness.set('LEDGER', 'the ledger has no account yet; execution opens it');
    await pause(deps.clock, SECOND, signal);
    signal.throwIfAborted();
  }
  readiness.clear('LEDGER');
}

/** `signals`, `market_data`, `order_results` → `orders`. */
export const makeRisk: MakeComponent<'risk'> = (deps) => {
  const { ledger, bus, clock } = deps;
  const { identity, settings } = deps.settings;
  const { bot, interval, warmupCandles, model, cooldown, entryTimeout } = settings;
  let inForce = deps.settings;
  let isRunning = false;
  const pulse = new MarketPulse(clock, () => inForce.settings.limits.maxDataAge + interval);
  const instruments = new InstrumentTable(ledger, clock);
  const retention = new Retention(deps);
  let told: ExecutionDocument | undefined;
  const news = (): ExecutionDocument | undefined => freshNews(told, clock.now());
  const service = new RiskService({
    ...deps,
    bot: bot.name,
    settings,
    account: identity.account,
    instruments: instruments.all,
    inputs: identity.venue === 'mexc' && identity.mode === 'paper' ? INPUTS : MEASURED,
    model,
    validFor: entryTimeout,
    cooldown,
    scanEvery: SECOND,
    reconciled: () => news()?.reconciled,
    clockOffset: () => news()?.clockOffset ?? undefined,
    onVerdict: () => undefined,
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
  const listen = async (): Promise<void> => {
    told = await ledger.transaction(readExecutionDocument);
  };
  const control = service.control(() => ({
    lastReconciliation: told?.lastReconciliation ?? null,
    credentialsValid: null,
    accountHash: null,
    settingsHash: inForce.hashes.config,
    hotSettingsHash: inForce.hashes.hot,
  }));
  return Promise.resolve({
    start: async () => {
      await instruments.untilThere(deps);
      await untilAccount(deps);
      await control.settle();
      await listen();
      await service.start();
      isRunning = true;
    },
    stop: () => {
      isRunning = false;
      return service.stop();
    },
    apply: async (next) => {
      if (!isRunning) return 'restart';
      const outcome = await service.applySettings(hotOf(next.settings));
      if (!outcome.applied) return { refused: `${outcome.code}: ${outcome.reason}` };
      inForce = next;
      return 'applied';
    },
    tick: async () => {
      await listen();
      await instruments.refresh();
      await control.settle();
      await retention.tick();
    },
    checkpoint: (tx) => service.checkpoint(tx),
    unready: () => ({
      STALE: pulse.problem,
      UNRECONCILED: unreconciled(news()),
    }),
    view: () => ({
      ...pulse.view,
      instruments: instruments.all.size,
      execution: told ?? null,
      limitsHash: service.limitsHash,
    }),
    control,
    close: () => Promise.resolve(),
  });
};

const hotOf = (settings: RiskSettings): HotSettings => ({
  settings,
  validFor: settings.entryTimeout,
  cooldown: settings.cooldown,
});

const unreconciled = (news: ExecutionDocument | undefined): string | undefined => {
  if (news === undefined) return 'execution has said nothing for too long: entries are denied';
  return news.reconciled ? undefined : 'ledger and venue are not reconciled: entries are denied';
};
