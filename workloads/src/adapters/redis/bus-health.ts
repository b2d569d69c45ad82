import type { Duration, Timestamp } from '../../domain/time.ts';
import type { StreamName } from '../../events/event.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { ServerInfo } from './server-fitness.ts';
import { groupsOf, oldestPending } from './slowest-position.ts';

/** Of the server that carries the bus. */
export type ServerStanding = Pick<
  ServerInfo,
  'runId' | 'usedMemory' | 'maxMemory' | 'isPersisting' | 'uptimeSeconds'
>;

/** What the bus knows about itself, for readiness and metrics. */
export interface BusHealth {
  /** Undefined while there is no connection. */
  readonly connectedSince: Timestamp | undefined;
  /** Why there is no connection. */
  readonly lastError: string | undefined;
  readonly serverVersion: string | undefined;
  /** How the server stands; undefined while it does not answer. */
  readonly server: ServerStanding | undefined;
  /** The groups this process serves, one row a stream (a shard, where there are shards). */
  readonly groups: readonly GroupHealth[];
  /** Events given up on, by the streams this process reads. */
  readonly deadLetters: ReadonlyMap<StreamName, number>;
  /** Events published here that the server has not taken yet. */
  readonly waiting: number;
  /** Ticks dropped because a newer one of their symbol came, since the start. */
  readonly conflated: number;
  /** How often consumers were told that events may be lost, since the start. */
  readonly losses: number;
}

export interface GroupHealth {
  readonly stream: StreamName;
  readonly key: string;
  readonly group: string;
  /** Entries not delivered yet; undefined when the server does not know. */
  readonly lag: number | undefined;
  /** Entries delivered and not acknowledged. */
  readonly pending: number;
  /** Since the oldest of them was published. */
  readonly pendingAge: Duration;
}

/** @throws RedisFailure */
export async function groupHealth(
  connection: RedisConnection,
  which: Pick<GroupHealth, 'stream' | 'key' | 'group'>,
  now: Timestamp,
): Promise<readonly GroupHealth[]> {
  const groups = await groupsOf(connection, which.key);
  const state = groups.find(({ name }) => name === which.group);
  if (state === undefined) return [];
  const oldest = state.pending === 0 ? undefined : await oldestPending(connection, which.key, which.group);
  // An id begins with the server's time of publication.
  const pendingAge = oldest === undefined ? 0 : Math.max(0, now - Number.parseInt(oldest, 10));
  return [{ ...which, lag: state.lag, pending: state.pending, pendingAge }];
}
