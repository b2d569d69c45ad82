/**
 * A bot over recorded data, from where the ledger left off to the end of the data. All that one step of candles caused is
 * committed together with the cursor; a step without consequences waits for a batch. A crash anywhere takes back at most
 * what was not committed, which is then replayed to the same result.
 */
import { EventClock } from '../adapters/memory/event-clock.ts';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../adapters/memory/quiet-metrics.ts';
import { PaperExchange } from '../adapters/paper/paper-exchange.ts';
import { type DataSpec, hashDataFiles } from '../adapters/replay/data-spec.ts';
import type { GroupDone, PlayResult } from '../adapters/replay/play.ts';
import type { DataFileCounts } from '../adapters/replay/replay-row.ts';
import { ReplayVenue } from '../adapters/replay/replay-venue.ts';
import type { Speed } from '../adapters/replay/speed.ts';
import type { BotSettings } from '../contract/index.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import { commonSettings } from '../domain/strategy/registry.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupingLedger, LedgerTransaction, ReplayCursor } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { BotPipeline, type PipelineView } from './bot-pipeline.ts';
import { GroupedLedger } from './grouped-ledger.ts';
import { readPaperBook } from './paper-book.ts';
import { demandSameRun, type RunKey, runSettingsHash } from './run-key.ts';
import type { Happening } from './run-watch.ts';
import { readSummary, type RunSummary } from './summary.ts';

export interface ReplayRunOptions {
  readonly settings: BotSettings;
  /** The bot's ledger; stays the caller's to close. */
  readonly ledger: GroupingLedger;
  readonly data: readonly DataSpec[];
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly speed: Speed;
  /** The clock on the wall, which paced speeds go by. */
  readonly wall: Clock;
  /** Aborted: the step in hand is finished and committed, then the run returns. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
  readonly onHappening?: (happening: Happening) => void;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

export interface ReplayProgress extends PipelineView {
  readonly phase: 'catching up' | 'trading' | 'finished';
  /** How much of the data was read, 0 to 1. */
  readonly fraction: number;
}

/** What became of the rows of one data file. */
export interface FileReport {
  readonly path: string;
  readonly counts: Readonly<DataFileCounts>;
}

export interface ReplayOutcome {
  /** `already-finished`: the ledger holds this replay to its end, nothing was done. */
  readonly status: 'finished' | 'interrupted' | 'already-finished';
  readonly summary: RunSummary;
  /** Empty when nothing was read. */
  readonly files: readonly FileReport[];
}

/** Candles without consequences that share one commit. */
const BATCH = 5_000;
/** Between two breaths, by the clock on the wall: signals, timers and the terminal get their turn. */
const BREATH: Duration = 100;

/**
 * @throws ReplayChangedError, DataFileError (what came before was committed), LedgerError, BrokenInvariantError (what was
 *   not committed is taken back)
 */
export async function runReplay(options: ReplayRunOptions): Promise<ReplayOutcome> {
  const { settings, ledger, data, instruments } = options;
  const key: RunKey = {
    dataHash: await hashDataFiles(data),
    settingsHash: runSettingsHash(settings, instruments),
  };
  const cursor = await ledger.transaction((tx) => tx.cursor());
  demandSameRun(settings.name, cursor, key);
  if (cursor?.finished === true) {
    return { status: 'already-finished', summary: await summarize(ledger), files: [] };
  }
  const run = await ReplayRun.open(options, { key, cursor });
  return run.play();
}

const summarize = (ledger: GroupingLedger): Promise<RunSummary> =>
  ledger.transaction((tx) => readSummary(ledger.identity, tx));

interface Start {
  readonly key: RunKey;
  readonly cursor: ReplayCursor | undefined;
}

class ReplayRun {
  readonly #options: ReplayRunOptions;
  readonly #start: Start;
  readonly #ledger: GroupedLedger;
  readonly #clock: EventClock;
  readonly #venue: ReplayVenue;
  readonly #pipeline: BotPipeline;
  /** Where the last commit stands. */
  #candles: number;
  #time: Timestamp;
  #committed: number;
  #breathed = 0;

  private constructor(
    options: ReplayRunOptions,
    start: Start,
    made: { clock: EventClock; venue: ReplayVenue },
  ) {
    const {
      settings,
      instruments,
      log = QUIET_LOGGER,
      metrics = QUIET_METRICS,
      onHappening = () => undefined,
    } = options;
    this.#options = options;
    this.#start = start;
    this.#clock = made.clock;
    this.#venue = made.venue;
    this.#ledger = new GroupedLedger(options.ledger);
    this.#candles = start.cursor?.candles ?? 0;
    this.#time = start.cursor?.time ?? 0;
    this.#committed = this.#candles;
    this.#pipeline = new BotPipeline({
      settings,
      ledger: this.#ledger,
      venue: made.venue,
      gateway: made.venue.orders,
      instruments,
      bus: new MemoryBus({ dispatch: 'serial' }),
      clock: made.clock,
      log,
      metrics,
      // An entry decided at a close fills at the next open, or never.
      validFor: commonSettings(settings.strategy).interval,
      clockOffset: () => 0,
      onHappening,
    });
  }

  static async open(options: ReplayRunOptions, start: Start): Promise<ReplayRun> {
    const { settings, ledger, data, instruments, speed, wall } = options;
    const { universe, strategy, fills, limits } = settings;
    const { interval } = commonSettings(strategy);
    const clock = new EventClock(start.cursor?.time ?? 0);
    const exchange = new PaperExchange({
      quote: universe.quote,
      capital: limits.capital,
      instruments,
      fills,
      interval,
      clock,
      latency: 0,
    });
    exchange.restore(await readPaperBook(ledger));
    const venue = await ReplayVenue.open({
      files: data,
      symbols: universe.symbols,
      interval,
      instruments,
      fills,
      exchange,
      speed,
      wall,
      ...(start.cursor === undefined ? {} : { from: start.cursor }),
    });
    return new ReplayRun(options, start, { clock, venue });
  }

  async play(): Promise<ReplayOutcome> {
    try {
      await this.#pipeline.start();
      // What the start led to (a command that was left, an order to be cancelled) is part of it.
      await this.#pipeline.quiesce();
      await this.#ledger.commit();
      const { finished } = await this.#playData();
      await this.#commit(finished);
      await this.#pipeline.stop();
    } catch (error) {
      await this.#ledger.rollback();
      throw error;
    }
    const { ledger } = this.#options;
    const summary = await summarize(ledger);
    const cursor = await ledger.transaction((tx) => tx.cursor());
    this.#report(cursor?.finished === true ? 'finished' : 'trading');
    return {
      status: cursor?.finished === true ? 'finished' : 'interrupted',
      summary,
      files: this.#venue.counts,
    };
  }

  async #playData(): Promise<PlayResult> {
    const pipeline = this.#pipeline;
    try {
      return await this.#venue.play(
        {
          advance: (time) => this.#advance(time),
          quiesce: () => pipeline.quiesce(),
          groupDone: (group) => this.#stepDone(group),
        },
        this.#options.signal,
      );
    } catch (error) {
      // Wrong data end the run after what was sound: that is kept. A broken invariant leaves nothing to keep.
      if (pipeline.failure === undefined) await this.#commit(false);
      throw error;
    }
  }

  async #stepDone({ candles, time }: GroupDone): Promise<void> {
    this.#candles = candles;
    this.#time = time;
    if (this.#ledger.isOpen || candles - this.#committed >= BATCH) await this.#commit(false);
    await this.#breathe('trading');
  }

  #advance(time: Timestamp): Promise<void> | undefined {
    this.#clock.advanceTo(time);
    const isPast = this.#start.cursor !== undefined && time <= this.#start.cursor.time;
    return isPast ? this.#breathe('catching up') : undefined;
  }

  async #commit(finished: boolean): Promise<void> {
    await this.#ledger.transaction(async (tx) => {
      await (finished ? this.#pipeline.closeBooks(tx) : this.#pipeline.checkpoint(tx));
      await this.#putCursor(tx, finished);
    });
    await this.#ledger.commit();
    this.#committed = this.#candles;
  }

  #putCursor(tx: LedgerTransaction, finished: boolean): Promise<void> {
    return tx.putCursor({ ...this.#start.key, candles: this.#candles, time: this.#time, finished });
  }

  async #breathe(phase: ReplayProgress['phase']): Promise<void> {
    const now = this.#options.wall.now();
    if (now - this.#breathed < BREATH) return;
    this.#breathed = now;
    this.#report(phase);
    await new Promise((resolve) => setImmediate(resolve));
  }

  #report(phase: ReplayProgress['phase']): void {
    const { candles, bytesRead, totalBytes } = this.#venue.progress;
    const fraction = totalBytes === 0 ? 1 : bytesRead / totalBytes;
    this.#options.onProgress?.({ ...this.#pipeline.view, phase, candles, fraction });
  }
}
