import type { Duration } from '../../domain/time.ts';
import type { StreamName } from '../../events/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Backoff } from '../backoff.ts';

/** Where Redis is and who we are there. The password is read apart, before every connection. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** An ACL user; absent: the default user. */
  readonly username?: string;
  /** Absent: a plain connection. */
  readonly tls?: RedisTls;
}

export interface RedisTls {
  /** Certificates of the authority to trust, PEM; absent: those Node trusts. */
  readonly ca?: string;
  /** The name the server's certificate must bear; absent: `host`. */
  readonly serverName?: string;
}

/** The keys of one bot. Shards are numbered from 0. */
export interface BusKeys {
  stream(stream: StreamName, shard?: number): string;
  deadLetters(stream: StreamName): string;
}

export interface RedisBusSettings {
  /** How many streams `market_data` is cut into. The same for every process of a bot. */
  readonly shards: number;
  /** Events one publisher may be ahead of a stream's slowest group (a shard's, where there are shards). */
  readonly capacity: number;
  /** Deliveries of one event to one group before it is given up on. */
  readonly maxDeliveries: number;
  /** Wait between two deliveries of one event. */
  readonly redelivery: Backoff;
  /** Wait between two attempts to connect. */
  readonly reconnect: Backoff;
  /** The first connection must stand within this. */
  readonly connectTimeout: Duration;
  /** A command that is not answered within this means a dead connection. */
  readonly commandTimeout: Duration;
  /** The longest wait of one blocking read; what a lost connection took is looked for that often when idle. */
  readonly block: Duration;
  /** Pending entries of another consumer of the group are taken over after this. */
  readonly claimAfter: Duration;
  /** Events in one entry. */
  readonly maxBatch: number;
  /** Entries of one stream sent and not yet answered. */
  readonly maxInFlight: number;
  /** Ticks conflate when more events than this wait to be sent to one stream. */
  readonly conflateAbove: number;
  /** How often consumed entries are trimmed while somebody publishes. */
  readonly trimEvery: Duration;
  /** Entries of a stream, the last resort; consumers notice when it took what they had not read. */
  readonly maxLength: number;
  readonly maxDeadLetters: number;
}

export const REDIS_BUS_DEFAULTS: RedisBusSettings = {
  shards: 4,
  capacity: 10_000,
  maxDeliveries: 5,
  redelivery: { base: 100, cap: 5_000 },
  reconnect: { base: 100, cap: 5_000 },
  connectTimeout: 10_000,
  commandTimeout: 5_000,
  block: 1_000,
  claimAfter: 30_000,
  maxBatch: 256,
  maxInFlight: 2,
  conflateAbove: 2_000,
  trimEvery: 1_000,
  maxLength: 100_000,
  maxDeadLetters: 10_000,
};

export interface RedisBusDeps {
  readonly server: RedisServer;
  /** Read again for every connection, so that a changed Secret needs no restart. Absent: no password. */
  readonly readPassword?: () => Promise<string>;
  readonly keys: BusKeys;
  /** A name no other process has ever had: consumers tell a publisher's repeated entries by it. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** [0, 1). */
  readonly random: () => number;
  readonly settings?: Partial<RedisBusSettings>;
}
