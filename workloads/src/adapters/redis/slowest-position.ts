import { BYSTANDERS } from '../../ports/bus.ts';
import type { RedisConnection } from './redis-connection.ts';
import { RedisFailure } from './redis-failure.ts';
import { compareIds, consumedBelow, readGroupStates } from './stream-state.ts';

export interface SlowestPosition {
  /**
   * Entries below this id are consumed by every group that publishers wait for; undefined: all are, or nobody is there to
   * consume any.
   */
  readonly below: string | undefined;
  /** Entries below this id may go; undefined: none (without groups nobody can say so). */
  readonly trim: string | undefined;
  /** The group that is farthest behind; undefined where none is. */
  readonly group: string | undefined;
}

/** How far the slowest group of a stream is. @throws RedisFailure */
export async function slowestPosition(connection: RedisConnection, key: string): Promise<SlowestPosition> {
  const groups = await groupsOf(connection, key);
  const positions = await Promise.all(
    groups.map(async (group) => {
      const oldest = group.pending === 0 ? undefined : await oldestPending(connection, key, group.name);
      const isDone = group.pending === 0 && group.lag === 0;
      return { name: group.name, isDone, below: consumedBelow(group, oldest) };
    }),
  );
  const slowest = earliest(positions.filter(({ name, isDone }) => !isDone && !BYSTANDERS.has(name)));
  return { below: slowest?.below, group: slowest?.name, trim: earliest(positions)?.below };
}

/** The groups of a stream; none when it does not exist. */
export async function groupsOf(
  connection: RedisConnection,
  key: string,
): Promise<ReturnType<typeof readGroupStates>> {
  try {
    return readGroupStates(await connection.call('XINFO', ['GROUPS', key]));
  } catch (error) {
    if (isNoKey(error)) return [];
    throw error;
  }
}

export const isNoKey = (error: unknown): boolean =>
  error instanceof RedisFailure && error.message.includes('no such key');

/** The id of the oldest entry that was delivered to the group and not acknowledged. */
export async function oldestPending(
  connection: RedisConnection,
  key: string,
  group: string,
): Promise<string | undefined> {
  const [, oldest] = (await connection.call('XPENDING', [key, group])) as [number, string | null];
  return oldest ?? undefined;
}

interface Position {
  readonly name: string;
  readonly below: string;
}

const earliest = (positions: readonly Position[]): Position | undefined =>
  positions.reduce<Position | undefined>(
    (least, other) => (least === undefined || compareIds(other.below, least.below) < 0 ? other : least),
    undefined,
  );
