/**
 * One bot, all services in one process. The wiring is the only thing that differs from services in processes of their
 * own: here they share a bus, a ledger and a clock.
 */
import { componentSettings } from '../contract/settings.ts';
import type { BotSettings } from '../contract/index.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Money, Price, Ratio } from '../domain/money/amounts.ts';
import type { Position } from '../domain/account/account.ts';
import type { BotState } from '../domain/risk/bot-state.ts';
import { specDemand } from '../domain/risk/demands.ts';
import { commonSettings, makeStrategy } from '../domain/strategy/registry.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerTransaction } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { OrderGateway, Venue } from '../ports/venue.ts';
import { ExecutionService } from '../services/execution/execution-service.ts';
import { openBooks } from '../services/execution/open-books.ts';
import type { Supervision } from '../services/execution/supervision.ts';
import { OutboxRelay } from '../services/outbox-relay.ts';
import { RiskService } from '../services/risk/risk-service.ts';
import { heldSymbols } from '../services/held-symbols.ts';
import { Screener } from '../services/screener-ws/screener.ts';
import { mayMove, type UniverseSources } from '../services/screener-ws/universe-watch.ts';
import { SignalEngine } from '../services/signal/signal-engine.ts';
import type { Service } from '../services/service.ts';
import { readState } from '../services/state-gate.ts';
import type { PipelineBus } from './pipeline-bus.ts';
import { type Happening, readRunCounts, type RunCounts, RunWatch } from './run-watch.ts';

export interface BotPipelineOptions {
  readonly settings: BotSettings;
  readonly ledger: Ledger;
  readonly venue: Venue;
  readonly gateway: OrderGateway;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly bus: PipelineBus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** From the decision on an entry to its `validUntil`. */
  readonly validFor: Duration;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  readonly onHappening: (happening: Happening) => void;
  /** Of orders that leave the process; absent for a paper book in it. */
  readonly supervision?: Supervision;
  /** How often services scan the ledger for what no event told them; absent in a replay. */
  readonly scanEvery?: Duration;
}

/** How a bot stands right now. */
export interface PipelineView {
  readonly time: Timestamp;
  readonly state: BotState;
  /** Closed candles taken, over all symbols. */
  readonly candles: number;
  readonly capital: Money;
  readonly equity: Money | undefined;
  readonly maxDrawdownRatio: Ratio | undefined;
  readonly counts: RunCounts;
  /** By symbol; the mark is undefined until a price was seen. */
  readonly positions: readonly { readonly position: Position; readonly mark: Price | undefined }[];
}

export class BotPipeline {
  readonly #options: BotPipelineOptions;
  readonly #relay: OutboxRelay;
  readonly #screener: Screener;
  readonly #signal: SignalEngine;
  readonly #risk: RiskService;
  readonly #execution: ExecutionService;
  readonly #watch: RunWatch;
  readonly #failed = Promise.withResolvers<Error>();
  #failure: Error | undefined;

  constructor(options: BotPipelineOptions) {
    const { settings, ledger, venue, gateway, instruments, bus, validFor, clockOffset } = options;
    const { risk, screener } = componentSettings(settings);
    const { account } = ledger.identity;
    const demand = specDemand(settings.state);
    this.#options = options;
    this.#relay = new OutboxRelay({ ledger, bus });
    this.#watch = new RunWatch(options.onHappening);
    const deps = {
      ...options,
      bot: settings.name,
      relay: this.#relay,
      crash: (error: Error) => {
        this.#crash(error);
      },
    };
    this.#execution = new ExecutionService({
      ...deps,
      gateway,
      account,
      instruments,
      capital: settings.limits.capital,
      specDemand: demand,
      mark: (symbol) => this.#risk.books.marks.get(symbol),
    });
    this.#risk = new RiskService({
      ...deps,
      settings: risk,
      account,
      instruments,
      inputs: venue.inputs,
      model: risk.model,
      validFor,
      cooldown: risk.cooldown,
      reconciled: () => this.#execution.reconciled,
      clockOffset,
      onVerdict: this.#watch.takeVerdict,
    });
    this.#signal = new SignalEngine({
      ...deps,
      strategy: makeStrategy(settings.strategy),
    });
    this.#screener = new Screener({
      ...deps,
      venue,
      settings: {
        symbols: settings.universe.symbols,
        interval: commonSettings(settings.strategy).interval,
        warmupCandles: screener.warmupCandles,
        ...(screener.topMovers === undefined ? {} : { topMovers: screener.topMovers }),
      },
      ...(options.scanEvery === undefined ? {} : { universe: universeSources(options) }),
    });
  }

  /** What ended the pipeline from within, if anything did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when the pipeline ends from within. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  get view(): PipelineView {
    const { account, equity, document, marks } = this.#risk.books;
    const positions = [...(account?.positions.values() ?? [])];
    return {
      time: document.time,
      state: this.#watch.state,
      candles: this.#screener.counts.candles,
      capital: account?.capital ?? this.#options.settings.limits.capital,
      equity,
      maxDrawdownRatio: document.run?.maxDrawdownRatio,
      counts: this.#watch.counts,
      positions: positions.map((position) => ({ position, mark: marks.get(position.symbol) })),
    };
  }

  /** Recovers everything from the ledger, then takes market data. */
  async start(): Promise<void> {
    const { ledger, bus, settings } = this.#options;
    await openBooks(ledger, settings.limits.capital);
    // The order of subscription is the order of delivery: risk has marked a candle before its signals are made.
    await this.#risk.start();
    await this.#signal.start();
    const counts = await ledger.transaction((tx) => readRunCounts(tx, this.#signal.counts.signals));
    const demand = specDemand(settings.state);
    await this.#watch.start(bus, { counts, state: await ledger.transaction((tx) => readState(tx, demand)) });
    await this.#execution.start();
    await this.#relay.flush();
    await this.#screener.start();
  }

  /** Intake first, then, when everything in hand is done, the rest. */
  async stop(): Promise<void> {
    await this.#screener.stop();
    if (this.#failure === undefined) await this.quiesce();
    for (const service of [this.#signal, this.#risk, this.#execution]) await service.stop();
    await this.#watch.stop();
  }

  /** Resolves when everything that followed from what was delivered is handled. Rejects with what ended the pipeline. */
  async quiesce(): Promise<void> {
    await this.#options.bus.quiesce();
    await this.#execution.idle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Every service's state, into the transaction that closes a step. */
  async checkpoint(tx: LedgerTransaction): Promise<void> {
    const services: readonly Service[] = [this.#screener, this.#signal, this.#risk, this.#execution];
    for (const service of services) await service.checkpoint(tx);
    // What is still on its way would be lost with the bus: it stays in the outbox until a later checkpoint.
    if (this.#options.bus.isQuiet) await this.#relay.settle(tx);
  }

  /** The last checkpoint of a run that is over. */
  async closeBooks(tx: LedgerTransaction): Promise<void> {
    await this.#risk.closeBooks(tx);
    await this.checkpoint(tx);
  }

  /** Looks for commands of people now. */
  pollCommands(): Promise<void> {
    return this.#risk.pollCommands();
  }

  #crash(error: Error): void {
    this.#failure ??= error;
    this.#failed.resolve(error);
    this.#options.log.error({ error }, 'the pipeline stops: recover from the ledger');
    this.#options.bus.halt(error);
  }
}

const universeSources = ({ settings, ledger, instruments }: BotPipelineOptions): UniverseSources => ({
  held: () => heldSymbols(ledger),
  tradable: () => Promise.resolve(mayMove([...instruments.values()], settings.universe)),
});
