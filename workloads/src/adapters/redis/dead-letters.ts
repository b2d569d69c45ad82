import type { StreamName } from '../../events/event.ts';
import type { DeadLetter } from '../../ports/bus.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisLink } from './redis-link.ts';
import type { BusKeys } from './settings.ts';

/** The dead letters of a bot, one bounded stream for each of its streams. */
export class DeadLetters {
  readonly #link: RedisLink;
  readonly #keys: BusKeys;
  readonly #most: number;

  constructor(link: RedisLink, keys: BusKeys, most: number) {
    this.#link = link;
    this.#keys = keys;
    this.#most = most;
  }

  /** @throws RedisFailure, BusError */
  async add(stream: StreamName, letter: DeadLetter): Promise<void> {
    const { connection } = await this.#link.opened();
    const fields = ['id', letter.eventId, 'group', letter.group, 'reason', letter.reason];
    const more = ['deliveries', String(letter.deliveries), 'payload', letter.payload];
    const key = this.#keys.deadLetters(stream);
    await connection.call('XADD', [key, 'MAXLEN', '~', this.#most, '*', ...fields, ...more]);
  }

  /** @throws RedisFailure, BusError */
  async all(stream: StreamName): Promise<readonly DeadLetter[]> {
    const { connection } = await this.#link.opened();
    const reply = await connection.call('XRANGE', [this.#keys.deadLetters(stream), '-', '+']);
    return (reply as readonly [string, readonly string[]][]).map(([, fields]) => readLetter(fields));
  }

  /** @throws RedisFailure */
  async count(connection: RedisConnection, stream: StreamName): Promise<number> {
    return Number(await connection.call('XLEN', [this.#keys.deadLetters(stream)]));
  }
}

function readLetter(fields: readonly string[]): DeadLetter {
  const named = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) named.set(fields[i] ?? '', fields[i + 1] ?? '');
  return {
    eventId: named.get('id') ?? '',
    group: named.get('group') ?? '',
    reason: named.get('reason') ?? '',
    deliveries: Number(named.get('deliveries') ?? 0),
    payload: named.get('payload') ?? '',
  };
}
