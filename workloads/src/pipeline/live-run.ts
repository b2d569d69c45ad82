/**
 * A bot on a venue that goes on without end: paper trading on public data, a simulator, or a live account. The same
 * services as a replay; every transaction commits by itself and time is the clock's.
 */
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../adapters/memory/quiet-metrics.ts';
import type { BotSettings } from '../contract/index.ts';
import type { Duration } from '../domain/time.ts';
import { SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { OrderGateway, Venue } from '../ports/venue.ts';
import type { Supervision } from '../services/execution/supervision.ts';
import { BotPipeline, type PipelineView } from './bot-pipeline.ts';
import type { Happening } from './run-watch.ts';
import { readSummary, type RunSummary } from './summary.ts';

export interface LiveRunOptions {
  readonly settings: BotSettings;
  /** The bot's ledger; stays the caller's to close. */
  readonly ledger: Ledger;
  /** Stays the caller's to close. A paper exchange must have been restored (`readPaperBook`) before. */
  readonly venue: Venue & { readonly orders: OrderGateway };
  readonly clock: Clock;
  /** Aborted: what is in hand is finished, then the run returns. */
  readonly signal: AbortSignal;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  readonly onProgress?: (progress: PipelineView) => void;
  readonly onHappening?: (happening: Happening) => void;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  /** Of orders that leave the process; absent for a paper book in it. */
  readonly supervision?: Supervision;
}

/** How often counters and marks are written, and commands of people looked for. */
const CHECKPOINT_EVERY: Duration = 5 * SECOND;

/** Runs until the signal is aborted. @throws what broke the pipeline; the ledger then holds everything that counts */
export async function runLive(options: LiveRunOptions): Promise<RunSummary> {
  const { settings, ledger, venue, clock, signal, clockOffset } = options;
  const { log = QUIET_LOGGER, metrics = QUIET_METRICS, onHappening = () => undefined } = options;
  const pipeline = new BotPipeline({
    settings,
    ledger,
    venue,
    gateway: venue.orders,
    instruments: await venue.marketData.instruments(settings.universe.symbols),
    bus: new MemoryBus({ dispatch: 'concurrent' }),
    clock,
    log,
    metrics,
    validFor: settings.execution.entryTimeout,
    clockOffset,
    onHappening,
    ...(options.supervision === undefined ? {} : { supervision: options.supervision }),
  });
  await pipeline.start();
  try {
    while (!isAborted(signal)) {
      await pause(options, pipeline);
      options.onProgress?.(pipeline.view);
      await pipeline.pollCommands();
      await ledger.transaction((tx) => pipeline.checkpoint(tx));
    }
  } finally {
    await pipeline.stop();
  }
  await ledger.transaction((tx) => pipeline.closeBooks(tx));
  return ledger.transaction((tx) => readSummary(ledger.identity, tx));
}

/** A function, since the signal changes while the run waits. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Until the next checkpoint, the abort or a failure, whichever comes first. @throws the failure */
async function pause({ clock, signal }: LiveRunOptions, pipeline: BotPipeline): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const wake = (): void => {
    resolve(undefined);
  };
  const cancel = clock.after(CHECKPOINT_EVERY, wake);
  signal.addEventListener('abort', wake, { once: true });
  void pipeline.failed.then(wake);
  await promise;
  cancel();
  signal.removeEventListener('abort', wake);
  if (pipeline.failure !== undefined) throw pipeline.failure;
}
