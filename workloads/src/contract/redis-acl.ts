/** The ACL file of a bot's Redis (7 or newer), made from the table of rights. */
import { createHash } from 'node:crypto';
import type { ProcessName } from './process-schema.ts';
import {
  type RightsStream,
  STREAM_READER,
  STREAM_RIGHTS,
  streamUserName,
  type StreamUser,
} from './stream-rights.ts';
import { deadLetterKey, streamKey } from './streams.ts';

interface Bot {
  readonly namespace: string;
  readonly name: string;
}

/** SHA-256 of each password that is good for a user, 64 hexadecimal digits; two while a password is being changed. */
export type PasswordHashes = Readonly<Partial<Record<StreamUser, readonly string[]>>>;

const HASH = /^[0-9a-f]{64}$/;
/** What every user may do: be greeted, and see that the server is fit. */
const EVERYONE = ['+ping', '+info'];
const PUBLISH = ['+xadd', '+xtrim', '+xpending', '+xinfo|groups'];
const CONSUME = [
  ...['+xreadgroup', '+xack', '+xautoclaim', '+xpending', '+xrange'],
  ...['+xgroup|create', '+xgroup|setid', '+xinfo|stream', '+xinfo|groups'],
];
const KEEP_LETTERS = ['+xadd', '+xrange', '+xlen'];
const LOOK = [
  ...['+xrange', '+xrevrange', '+xread', '+xlen', '+xpending', '+xinfo|stream', '+xinfo|groups'],
  ...['+xinfo|consumers', '+scan', '+type', '+exists', '+slowlog|get', '+slowlog|len', '+latency|latest'],
];

/** The form in which an ACL takes a password. */
export const redisPasswordHash = (password: string): string =>
  createHash('sha256').update(password).digest('hex');

/**
 * The text of the ACL file: one user a service, with its commands on its keys and no other; the default user is off. A
 * user without a hash is left out. @throws RangeError for what is no SHA-256 in hexadecimal digits
 */
export function redisAclFile(bot: Bot, hashes: PasswordHashes): string {
  const users = Object.keys(STREAM_RIGHTS) as ProcessName[];
  const lines = [...users, STREAM_READER].flatMap((user) => {
    const own = hashes[user as StreamUser] ?? [];
    return own.length === 0 ? [] : [userLine(bot, user as StreamUser, own)];
  });
  return ['user default off resetpass resetkeys resetchannels -@all', ...lines, ''].join('\n');
}

function userLine(bot: Bot, user: StreamUser, hashes: readonly string[]): string {
  for (const hash of hashes) {
    if (!HASH.test(hash)) {
      throw new RangeError(
        `a password of the Redis user ${streamUserName(user)} is given by its SHA-256, 64 digits 0-9 a-f`,
      );
    }
  }
  const passwords = hashes.map((hash) => `#${hash}`);
  const head = ['user', streamUserName(user), 'on', ...passwords, 'resetkeys', 'resetchannels', '-@all'];
  return [...head, ...EVERYONE, ...selectors(bot, user)].join(' ');
}

/** Selectors: a command needs all its keys in one of them, so that publishing on one stream opens no other. */
function selectors(bot: Bot, user: StreamUser): readonly string[] {
  if (user === STREAM_READER) return [`(${[...LOOK, `%R~${streamKey(bot, '*')}`].join(' ')})`];
  const { publishes, consumes } = STREAM_RIGHTS[user];
  const letters = consumes.map((stream) => `~${deadLetterKey(bot, stream)}`);
  return [
    selector(PUBLISH, keysOf(bot, publishes)),
    selector(CONSUME, keysOf(bot, consumes)),
    selector(KEEP_LETTERS, letters),
  ].flat();
}

const selector = (commands: readonly string[], keys: readonly string[]): readonly string[] =>
  keys.length === 0 ? [] : [`(${[...commands, ...keys].join(' ')})`];

/** `market_data` is cut into shards. */
const keysOf = (bot: Bot, streams: readonly RightsStream[]): readonly string[] =>
  streams.map((stream) => `~${streamKey(bot, stream)}${stream === 'market_data' ? ':*' : ''}`);
