import type { Timestamp } from '../domain/time.ts';
import type { Exchange } from './exchange.ts';
import type { FaultDesk } from './faults/fault-desk.ts';
import type { FeedClock } from './feed-clock.ts';
import type { GroundTruth } from './ground-truth/ground-truth.ts';
import type { ListenKeys } from './listen-keys.ts';

export const PERMISSIONS = [
  'SPOT_ACCOUNT_READ',
  'SPOT_ACCOUNT_R',
  'SPOT_DEAL_READ',
  'SPOT_DEAL_WRITE',
  'SPOT_WITHDRAW_WRITE',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** An API key of an account. */
export interface ApiKey {
  readonly key: string;
  readonly secret: string;
  /** The account's name, which is also its uid. */
  readonly account: string;
  readonly permissions: readonly Permission[];
}

/** What all servers of the simulator share. */
export interface Venue {
  readonly exchange: Exchange;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly listenKeys: ListenKeys;
  readonly feed: FeedClock;
  readonly faults: FaultDesk;
  readonly truth: GroundTruth;
  /** The venue's clock: the machine's, with the skew that was asked for. */
  now(): Timestamp;
  /** The machine's clock: rate limits, timeouts and lifetimes go by it. */
  realNow(): Timestamp;
}
