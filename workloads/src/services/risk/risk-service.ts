/**
 * The risk manager: the only writer of verdicts and orders. It judges every signal, decides every exit, follows the
 * equity and latches breakers. Its inputs are handled one at a time, whatever stream they come from.
 */
import type { Position } from '../../domain/account/account.ts';
import { Turns } from '../../adapters/memory/turns.ts';
import type { RiskSettings } from '../../contract/settings.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import { type Demand, specDemand } from '../../domain/risk/demands.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { StreamEvents, StreamName } from '../../events/event.ts';
import type { RunningSubscription } from '../../ports/bus.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import type { VenueInputs } from '../../ports/venue.ts';
import { ControlDesk } from '../control/control-desk.ts';
import type { ProcessFacts } from '../control/control-view.ts';
import { PendingLatch } from '../control/pending-latch.ts';
import { equityEntry } from '../journal-kinds.ts';
import { CrashGuard } from '../crash-guard.ts';
import type { Service, ServiceDeps } from '../service.ts';
import { Books } from './books.ts';
import { followStanding } from './gauges.ts';
import { type HotSettings, judgeSettings, type SettingsOutcome, useOfLimits } from './limits-flow.ts';
import { MarketWatch } from './market-watch.ts';
import { makeRiskMetrics, showFigures } from './metrics.ts';
import { OpenOrders } from './open-orders.ts';
import { RiskDesk } from './risk-desk.ts';

export interface RiskDeps extends ServiceDeps {
  readonly settings: RiskSettings;
  readonly account: string;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly inputs: VenueInputs;
  /** How spread and depth are modelled where the venue does not measure them. */
  readonly model: Pick<FillSettings, 'depthShareRatio' | 'halfSpreadRatio'>;
  readonly validFor: Duration;
  readonly cooldown: Duration;
  readonly reconciled: () => boolean | undefined;
  readonly clockOffset: () => Duration | undefined;
  readonly onVerdict: (verdict: Verdict) => void;
  /**
   * How often the ledger is scanned for what no event told: fills, demands, commands, causes that pass. Absent in a
   * replay, where no event is lost and `pollCommands` asks at every step.
   */
  readonly scanEvery?: Duration;
  /** What control demanded while the ledger was away: given where it must outlive this service. @default its own */
  readonly latch?: PendingLatch;
}

/** What only the process around the service knows of itself. */
export type RiskProcessFacts = Pick<
  ProcessFacts,
  'lastReconciliation' | 'credentialsValid' | 'accountHash' | 'settingsHash' | 'hotSettingsHash'
>;

const GROUP = 'risk';

export class RiskService implements Service {
  readonly #deps: RiskDeps;
  readonly #desk: RiskDesk;
  readonly #turns = new Turns();
  readonly #guard: CrashGuard;
  /** Calls of the control API that the ledger could not take yet. */
  readonly #latch: PendingLatch;
  /** What `spec.state` demands, and since when. */
  #spec: { readonly demand: Demand | undefined; readonly since: Timestamp };
  #control: ControlDesk | undefined;
  #subscriptions: readonly RunningSubscription[] = [];
  #cancelScan: () => void = () => undefined;
  #stopped = false;
  /** Limits that were refused last, and the code of why: journalled once. */
  #refused: string | undefined;
  /** Symbols whose exposure the metrics show. */
  #shown: readonly TradingSymbol[] = [];

  constructor(deps: RiskDeps) {
    this.#deps = deps;
    this.#guard = new CrashGuard(deps);
    this.#latch = deps.latch ?? new PendingLatch();
    const { settings, instruments, model, inputs, clockOffset } = deps;
    const { interval, limits } = settings;
    const markets = new MarketWatch({
      instruments,
      interval,
      priceWindow: limits.priceWindow,
      ...model,
      inputs,
      clockOffset,
    });
    this.#spec = { demand: specDemand(settings.state), since: deps.clock.now() };
    this.#desk = new RiskDesk({
      ...deps,
      limitsHash: limitsHash(limits),
      markets,
      books: new Books(markets.marks),
      openOrders: new OpenOrders(),
      told: { state: undefined },
      unlatched: () => [this.#spec.demand, this.#latch.demand].filter((demand) => demand !== undefined),
      metrics: makeRiskMetrics(deps.metrics),
    });
    followStanding(() => this.#desk.standing);
  }

  get books(): Books {
    return this.#desk.context.books;
  }

  /** Version of the limits in force. */
  get limitsHash(): string {
    return this.#desk.context.limitsHash;
  }

  async start(): Promise<void> {
    await this.#deps.ledger.transaction((tx) => this.#desk.recover(tx));
    const desk = this.#desk;
    this.#subscriptions = [
      await this.#listen('market_data', (event) => this.#takeMarket(event)),
      await this.#listen('signals', (event) => desk.takeSignal(event)),
      await this.#listen('order_results', (event) => desk.takeResult(event)),
    ];
    this.#scanLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelScan();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    this.#subscriptions = [];
    // A scan in hand is finished.
    await this.#turns.run(() => Promise.resolve());
  }

  checkpoint(tx: LedgerTransaction): Promise<void> {
    return this.#guard.run(() => this.#checkpoint(tx));
  }

  async #checkpoint(tx: LedgerTransaction): Promise<void> {
    const snapshots = this.books.takeSnapshots();
    if (snapshots.length > 0) {
      await tx.insertEquity(snapshots);
      await tx.appendJournal('risk', snapshots.map(equityEntry));
    }
    await this.#desk.refresh(tx);
    await this.books.save(tx);
    this.#showFigures();
  }

  /** The last checkpoint of a run that is over: the equity at its end is part of it. */
  async closeBooks(tx: LedgerTransaction): Promise<void> {
    this.books.snapshot(this.books.document.time);
    await this.checkpoint(tx);
  }

  /** Looks for commands now, and begins to carry them out at the latest prices. */
  pollCommands(): Promise<void> {
    return this.#inTurn(() => this.#desk.pollCommands());
  }

  /** Looks now for what no event told: after events may have been lost, after the control API changed something. */
  scan(): Promise<void> {
    return this.#inTurn(() => this.#desk.scan());
  }

  /**
   * Puts other settings in force from the next decision on, all of them or none, and says why not. The answer is
   * journalled. A changed `spec.state` is demanded at once; in live a halt by it is latched until a person resumes.
   */
  applySettings(next: HotSettings): Promise<SettingsOutcome> {
    return this.#inTurn(async () => {
      const { context } = this.#desk;
      const at = context.clock.now();
      const outcome = await context.ledger.transaction(async (tx) => {
        const judged = await judgeSettings(context, tx, { next, refused: this.#refused, at });
        await context.books.save(tx);
        return judged;
      });
      this.#refused = outcome.refused;
      if (outcome.applied) await this.#change(next, outcome.limitsHash);
      return outcome;
    });
  }

  /** The control API of this service. `facts`: what the process around it knows. */
  control(facts: () => RiskProcessFacts): ControlDesk {
    this.#control ??= this.#makeControl(facts);
    return this.#control;
  }

  #makeControl(facts: () => RiskProcessFacts): ControlDesk {
    const { bot, ledger, clock, log } = this.#deps;
    return new ControlDesk({
      component: 'risk',
      bot,
      ledger,
      clock,
      log,
      latch: this.#latch,
      spec: () => this.#spec.demand,
      drawdown: () => this.#desk.isDrawdownBreached,
      unlatched: () => {
        const { demand, since } = this.#spec;
        return demand === undefined ? [] : [{ ...demand, since }];
      },
      facts: () => ({ ...facts(), ...this.#ownFacts() }),
      limits: () =>
        ledger.transaction(async (tx) => ({
          limitsHash: this.limitsHash,
          limits: await useOfLimits(this.#desk.context, tx, clock.now()),
        })),
      onChange: () => this.scan(),
    });
  }

  #ownFacts(): Pick<ProcessFacts, 'reconciled' | 'feedHealthy' | 'limitsHash'> {
    const { context } = this.#desk;
    const { limits, interval } = context.settings;
    const age = context.markets.feedAge(context.clock.now());
    return {
      reconciled: context.reconciled() ?? false,
      feedHealthy: age === undefined ? null : age <= limits.maxDataAge + interval,
      limitsHash: context.limitsHash,
    };
  }

  async #change(next: HotSettings, hash: string): Promise<void> {
    const { context } = this.#desk;
    const { state } = next.settings;
    const isOther = state !== context.settings.state;
    this.#desk.context = { ...context, ...next, limitsHash: hash };
    if (isOther) this.#spec = { demand: specDemand(state), since: context.clock.now() };
    await this.#desk.scan();
  }

  #listen<Name extends StreamName>(
    stream: Name,
    take: (event: StreamEvents[Name]) => Promise<void>,
  ): Promise<RunningSubscription> {
    return this.#deps.bus.subscribe({
      stream,
      group: GROUP,
      handle: (event) => this.#inTurn(() => take(event)),
      onLost: async (reason) => {
        this.#deps.log.warn({ stream, reason }, 'events may be lost: risk recovers from the ledger');
        await this.scan();
      },
    });
  }

  #scanLater(): void {
    const { scanEvery, clock, log } = this.#deps;
    if (scanEvery === undefined || this.#stopped) return;
    this.#cancelScan = clock.after(scanEvery, () => {
      const settled = this.#control?.settle() ?? Promise.resolve();
      settled
        .catch((error: unknown) => {
          log.warn({ error: String(error) }, 'what was tightened in memory is not written yet');
        })
        .then(() => this.scan())
        .then(
          () => {
            this.#scanLater();
          },
          () => undefined, // The guard has told.
        );
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(() => this.#guard.run(work));
  }

  #takeMarket(event: StreamEvents['market_data']): Promise<void> {
    switch (event.type) {
      case 'candle':
        return this.#desk.takeCandle(event);
      case 'tick':
        return this.#desk.takeTick(event);
      case 'feed':
        return Promise.resolve();
    }
  }

  #showFigures(): void {
    const { equity, marks, account } = this.books;
    const figures = { equity, marks, positions: account?.positions ?? new Map<TradingSymbol, Position>() };
    this.#shown = showFigures(this.#desk.context.metrics, figures, this.#shown);
  }
}
