import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import { modelSpread } from '../../domain/fills/model-spread.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarketUpdate, Venue, VenueInputs } from '../../ports/venue.ts';
import type { PaperExchange } from '../paper/paper-exchange.ts';
import { type CandleGroup, candleGroups } from './candle-groups.ts';
import { DataFileError } from './data-file-error.ts';
import { DataFile } from './data-file.ts';
import type { DataSpec } from './data-spec.ts';
import { Pacer } from './pacer.ts';
import type { PlayResult, ReplayHooks, ReplayPosition } from './play.ts';
import { ReplayMarketData } from './replay-market-data.ts';
import { type DataFileCounts, type ReplayRow, type Tick } from './replay-row.ts';
import type { Speed } from './speed.ts';

export interface ReplayOptions {
  /** The `--data` files; at least one. */
  readonly files: readonly DataSpec[];
  /** The bot's universe. */
  readonly symbols: readonly TradingSymbol[];
  /** The bot's interval. */
  readonly interval: Duration;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  /** For the modelled spread. */
  readonly fills: Pick<FillSettings, 'halfSpreadRatio'>;
  readonly exchange: PaperExchange;
  readonly speed: Speed;
  /** The clock on the wall, which paced speeds go by. Event time is the hooks' `advance`. */
  readonly wall: Clock;
  /** Where an earlier run of the same data stopped. */
  readonly from?: ReplayPosition | undefined;
}

export interface ReplayProgress {
  /** Of the files, as they are on disk. */
  readonly bytesRead: number;
  readonly totalBytes: number;
  /** Candles delivered since the beginning of the data. */
  readonly candles: number;
  /** Event time reached. */
  readonly time: Timestamp | undefined;
}

/** What a replay knows: spread, depth and balances are modelled, and declared so. */
export const REPLAY_INPUTS: VenueInputs = {
  candles: 'measured',
  spread: 'modelled',
  depth: 'modelled',
  clockOffset: 'measured',
  balances: 'modelled',
};

/** So many groups of the past are delivered between two waits for the pipeline. */
const BACKFILL_BATCH = 500;

const NOWHERE: ReplayPosition = { candles: 0, time: 0 };

/** A function, since the signal changes while the replay waits. */
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** A trade of a group, with its symbol. */
interface SymbolTick {
  readonly symbol: TradingSymbol;
  readonly tick: Tick;
}

/** By time, then by symbol; the order of a file is kept (sorting is stable). */
function ticksOf(rows: readonly ReplayRow[]): readonly SymbolTick[] {
  if (rows.every(({ ticks }) => ticks === undefined)) return [];
  const ticks = rows.flatMap(({ candle, ticks }) =>
    (ticks ?? []).map((tick) => ({ symbol: candle.symbol, tick })),
  );
  return ticks.sort((a, b) => a.tick.time - b.tick.time);
}

/**
 * Recorded market data as a venue. `play` walks the groups of candles of one open time: first every symbol opens (orders
 * of the group before are filled), then its trades if there are any, then it closes, symbol by symbol in alphabetical
 * order. Each step is handled to quiescence before the next, so that a replay is the same at every speed and after every
 * interruption.
 */
export class ReplayVenue implements Venue {
  readonly name = 'replay';
  readonly inputs = REPLAY_INPUTS;
  readonly marketData: ReplayMarketData;
  readonly orders: PaperExchange;
  readonly #options: ReplayOptions;
  readonly #files: readonly DataFile[];
  readonly #pacer: Pacer;
  #candles = 0;
  #pastGroups = 0;
  #time: Timestamp | undefined;

  private constructor(options: ReplayOptions, files: readonly DataFile[]) {
    this.#options = options;
    this.#files = files;
    this.#pacer = new Pacer(options.speed, options.wall);
    this.orders = options.exchange;
    this.marketData = new ReplayMarketData(options.interval, options.instruments);
  }

  /** @throws DataFileError when a file is missing or cannot be read */
  static async open(options: ReplayOptions): Promise<ReplayVenue> {
    const files: DataFile[] = [];
    for (const spec of options.files) files.push(await DataFile.open(spec, options));
    return new ReplayVenue(options, files);
  }

  get progress(): ReplayProgress {
    const sum = (of: (file: DataFile) => number): number =>
      this.#files.reduce((total, file) => total + of(file), 0);
    return {
      bytesRead: sum((file) => file.bytesRead),
      totalBytes: sum((file) => file.size),
      candles: this.#candles,
      time: this.#time,
    };
  }

  /** What became of the rows, file by file. */
  get counts(): readonly { readonly path: string; readonly counts: Readonly<DataFileCounts> }[] {
    return this.#files.map(({ path, counts }) => ({ path, counts }));
  }

  /**
   * Plays the data to its end, or to the end of the group in hand once `signal` is aborted. Can be called once.
   * @throws DataFileError where the data are wrong: what came before was handled and committed
   */
  async play(hooks: ReplayHooks, signal?: AbortSignal): Promise<PlayResult> {
    const from = (this.#options.from ?? NOWHERE).candles;
    for await (const group of candleGroups(this.#files)) {
      const isPast = this.#candles < from;
      if (!isPast) await this.#pacer.until(group.openTime, signal);
      if (isAborted(signal)) return this.#result(false);
      if (isPast) await this.#backfill(group, hooks);
      else await this.#playGroup(group, hooks, signal);
    }
    if (this.#candles < from) throw this.#unknownPosition();
    return this.#result(true);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #result(finished: boolean): PlayResult {
    return { finished, candles: this.#candles, time: this.#time };
  }

  /** The end of a group: whatever happens in it happens before this time. */
  #endOf(group: CandleGroup): Timestamp {
    return group.openTime + this.#options.interval;
  }

  #count(group: CandleGroup): void {
    this.#candles += group.rows.length;
    this.#time = this.#endOf(group);
  }

  // -- what was handled by an earlier run

  async #backfill(group: CandleGroup, hooks: ReplayHooks): Promise<void> {
    await hooks.advance(this.#endOf(group));
    for (const { candle } of group.rows) {
      this.orders.onClosed(candle);
      await this.marketData.deliver(candle.symbol, { kind: 'candle', candle, origin: 'backfill' });
    }
    this.#count(group);
    this.#pastGroups += 1;
    const { candles, time } = this.#options.from ?? NOWHERE;
    const isLast = this.#candles >= candles;
    if (isLast || this.#pastGroups % BACKFILL_BATCH === 0) await this.#settle(hooks);
    if (isLast && (this.#candles !== candles || this.#time !== time)) throw this.#unknownPosition();
  }

  #unknownPosition(): DataFileError {
    const { candles, time } = this.#options.from ?? NOWHERE;
    const problem =
      `the run before stopped after ${candles} candles at ${time}; these data have no group ending there ` +
      `(${this.#candles} candles at ${this.#time ?? 'none'}); run with the same data or start afresh`;
    return new DataFileError('POSITION_UNKNOWN', problem, {
      file: this.#files.map(({ path }) => path).join(', '),
    });
  }

  // -- one group

  async #playGroup(group: CandleGroup, hooks: ReplayHooks, signal: AbortSignal | undefined): Promise<void> {
    await hooks.advance(group.openTime);
    await this.#openAll(group, hooks);
    for (const { symbol, tick } of ticksOf(group.rows)) await this.#tick(symbol, tick, { hooks, signal });
    const time = this.#endOf(group);
    await this.#pacer.until(time, signal);
    await hooks.advance(time);
    for (const { candle } of group.rows) {
      this.orders.onClosed(candle);
      await this.marketData.deliver(candle.symbol, { kind: 'candle', candle, origin: 'live' });
      await this.#settle(hooks);
    }
    this.#count(group);
    await hooks.groupDone({ candles: this.#candles, size: group.rows.length, time });
  }

  /** Working orders meet the opens. Where there are trades, they meet those instead. Entries that waited too long end. */
  async #openAll(group: CandleGroup, hooks: ReplayHooks): Promise<void> {
    let met = this.orders.expire(group.openTime);
    for (const { candle, ticks } of group.rows) {
      if (ticks !== undefined || !this.orders.hasWorking(candle.symbol)) continue;
      met = true;
      await this.orders.onOpen(candle.symbol, candle.open, candle.openTime);
    }
    if (met) await this.#settle(hooks);
  }

  async #tick(
    symbol: TradingSymbol,
    tick: Tick,
    { hooks, signal }: { readonly hooks: ReplayHooks; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    await this.#pacer.until(tick.time, signal);
    await hooks.advance(tick.time);
    await this.orders.onTick(symbol, tick.price, tick.time);
    await this.marketData.deliver(symbol, this.#tickUpdate(symbol, tick));
    await this.#settle(hooks);
  }

  #tickUpdate(symbol: TradingSymbol, { time, price, quantity }: Tick): MarketUpdate {
    const tickSize = this.#options.instruments.get(symbol)?.tickSize;
    const spread =
      tickSize === undefined ? {} : modelSpread(price, this.#options.fills.halfSpreadRatio, tickSize);
    return { kind: 'tick', symbol, price, quantity, ...spread, time };
  }

  /** A report may wake the pipeline and the pipeline may cause reports: until both are quiet. */
  async #settle(hooks: ReplayHooks): Promise<void> {
    let taken: number;
    do {
      taken = this.orders.reportsTaken;
      await hooks.quiesce();
      if (this.orders.isReporting) await this.orders.settled();
    } while (this.orders.reportsTaken !== taken);
  }
}
