import type { Timestamp } from '../../domain/time.ts';

/** A group of candles with the same open time has been handled to the end. */
export interface GroupDone {
  /** Candles delivered since the beginning of the data, this group included: what a `ReplayCursor` counts. */
  readonly candles: number;
  /** Candles of this group. */
  readonly size: number;
  /** Close time of the group: the event time reached. */
  readonly time: Timestamp;
}

/** What the pipeline does at the steps of a replay. Each promise is awaited before the next step. */
export interface ReplayHooks {
  /** Event time moves forward to `time`: set the replay's clock. Called before anything happens at that time. */
  advance(time: Timestamp): void | Promise<void>;
  /** Resolves when everything that follows from what was delivered so far has been handled. */
  quiesce(): Promise<void>;
  /** Commit policy. Not called for groups that were only delivered again as `backfill`. */
  groupDone(group: GroupDone): Promise<void>;
}

/** How a call of `play` ended. `finished` is false when it was stopped before the end of the data. */
export interface PlayResult {
  readonly finished: boolean;
  /** Candles delivered since the beginning of the data. */
  readonly candles: number;
  /** Close time of the last group; undefined when there was none. */
  readonly time: Timestamp | undefined;
}

/** Where to go on: candles up to here are delivered as `backfill`. The fields are those of a `ReplayCursor`. */
export interface ReplayPosition {
  readonly candles: number;
  readonly time: Timestamp;
}
