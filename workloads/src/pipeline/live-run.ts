/**
 * A bot on a venue that goes on without end: paper trading on public data, a simulator, or a live account. The same
 * services as a replay; every transaction commits by itself and time is the clock's.
 */
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../adapters/memory/quiet-metrics.ts';
import type { BotSettings } from '../contract/index.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import type { Duration } from '../domain/time.ts';
import { SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { pause } from '../ports/pause.ts';
import type { OrderGateway, Venue } from '../ports/venue.ts';
import type { Supervision } from '../services/execution/supervision.ts';
import { BotPipeline, type PipelineView } from './bot-pipeline.ts';
import type { PipelineBus } from './pipeline-bus.ts';
import type { Happening } from './run-watch.ts';
import { readSummary, type RunSummary } from './summary.ts';

export interface LiveRunOptions {
  readonly settings: BotSettings;
  /** The bot's ledger; stays the caller's to close. */
  readonly ledger: Ledger;
  /** Stays the caller's to close. A paper exchange must have been restored (`readPaperBook`) before. */
  readonly venue: Venue & { readonly orders: OrderGateway };
  /** Of every symbol that may be traded. */
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly clock: Clock;
  /** From the decision on an entry to its `validUntil`. */
  readonly validFor: Duration;
  /** Aborted: what is in hand is finished, then the run returns. */
  readonly signal: AbortSignal;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  /** Resolves when the venue cannot go on; the run then ends with this error. */
  readonly failed?: Promise<Error>;
  readonly onProgress?: (progress: PipelineView) => void;
  readonly onHappening?: (happening: Happening) => void;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  /** Stays the caller's to close. @default one in this process */
  readonly bus?: PipelineBus;
  /** Of orders that leave the process; absent for a paper book in it. */
  readonly supervision?: Supervision;
}

/** How often it is told how the bot stands. */
const PROGRESS_EVERY: Duration = SECOND;
/** How often counters and marks are written, and commands of people looked for. */
const CHECKPOINT_EVERY = 5;

export interface LiveOutcome {
  /** It has no end of its own. */
  readonly status: 'stopped';
  readonly summary: RunSummary;
}

/** How soon what another process wrote (a halt, a command) is found without an event. */
const SCAN_EVERY: Duration = SECOND;

const busOf = ({ bus }: LiveRunOptions): PipelineBus => bus ?? new MemoryBus({ dispatch: 'concurrent' });

/** Runs until the signal is aborted. @throws what broke the pipeline; the ledger then holds everything that counts */
export async function runLive(options: LiveRunOptions): Promise<LiveOutcome> {
  const { settings, ledger, venue, instruments, clock, signal, validFor, clockOffset } = options;
  const { log = QUIET_LOGGER, metrics = QUIET_METRICS, onHappening = () => undefined } = options;
  const pipeline = new BotPipeline({
    settings,
    ledger,
    venue,
    gateway: venue.orders,
    instruments,
    bus: busOf(options),
    clock,
    log,
    metrics,
    validFor,
    clockOffset,
    onHappening,
    ...(options.supervision === undefined ? {} : { supervision: options.supervision }),
    scanEvery: SCAN_EVERY,
  });
  const broken = new AbortController();
  const breakOff = (error: Error): void => {
    broken.abort(error);
  };
  void pipeline.failed.then(breakOff);
  void options.failed?.then(breakOff);
  await pipeline.start();
  try {
    options.onProgress?.(pipeline.view);
    for (let pauses = 1; !isAborted(signal); pauses += 1) {
      await pause(clock, PROGRESS_EVERY, AbortSignal.any([signal, broken.signal]));
      broken.signal.throwIfAborted();
      options.onProgress?.(pipeline.view);
      if (pauses % CHECKPOINT_EVERY !== 0) continue;
      await pipeline.pollCommands();
      await ledger.transaction((tx) => pipeline.checkpoint(tx));
    }
  } finally {
    await pipeline.stop();
  }
  await ledger.transaction((tx) => pipeline.closeBooks(tx));
  return { status: 'stopped', summary: await ledger.transaction((tx) => readSummary(ledger.identity, tx)) };
}

/** A function, since the signal changes while the run waits. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
