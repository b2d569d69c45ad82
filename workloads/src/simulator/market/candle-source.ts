import { candleGroups } from '../../adapters/replay/candle-groups.ts';
import { DataFile, type DataRequest } from '../../adapters/replay/data-file.ts';
import type { DataSpec } from '../../adapters/replay/data-spec.ts';
import type { ReplayRow } from '../../adapters/replay/replay-row.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';

/** Where the market comes from: all candles of one open time at once, by open time. */
export interface CandleSource {
  /** Undefined at the end. @throws DataFileError when a data file turns out to be unsound */
  next(): Promise<readonly ReplayRow[] | undefined>;
  close(): Promise<void>;
}

const move = (row: ReplayRow, by: Duration): ReplayRow => ({
  candle: { ...row.candle, openTime: row.candle.openTime + by },
  ticks: row.ticks?.map((tick) => ({ ...tick, time: tick.time + by })),
});

export interface ReplayPlan extends DataRequest {
  readonly specs: readonly DataSpec[];
  /** Candles of the symbols that the data do not have, for the same open times. */
  readonly others: (openTime: Timestamp) => readonly ReplayRow[];
  /** Added to every time of the data. */
  readonly shift: Duration;
}

/** Recorded candles or trades. @throws DataFileError when a file is missing or cannot be read */
export async function openReplaySource(plan: ReplayPlan): Promise<CandleSource> {
  const files = await Promise.all(plan.specs.map((spec) => DataFile.open(spec, plan)));
  const groups = candleGroups(files);
  return {
    next: async () => {
      const { value, done } = await groups.next();
      if (done === true) return undefined;
      const rows = value.rows.map((row) => move(row, plan.shift));
      return [...rows, ...plan.others(value.openTime + plan.shift)];
    },
    close: async () => {
      await groups.return();
    },
  };
}

/** The open time of the first candle in the data. @throws DataFileError */
export async function firstOpenTime(specs: readonly DataSpec[], request: DataRequest): Promise<Timestamp> {
  const source = await openReplaySource({ ...request, specs, others: () => [], shift: 0 });
  try {
    const rows = await source.next();
    return rows?.[0]?.candle.openTime ?? 0;
  } finally {
    await source.close();
  }
}
