import { describe, expect, it } from '@jest/globals';
import { redisAclFile, redisPasswordHash } from './redis-acl.ts';
import { STREAM_RIGHTS } from './stream-rights.ts';

const bot = { namespace: 'trading', name: 'momentum' };
const HASH = redisPasswordHash('secret');
const OTHER = redisPasswordHash('other');

describe('the ACL file of a bot', () => {
  it('lets only risk order', () => {
    const publishers = Object.entries(STREAM_RIGHTS).filter(([, { publishes }]) =>
      publishes.includes('orders'),
    );
    expect(publishers.map(([name]) => name)).toEqual(['risk']);
  });

  it('turns the default user off and gives each user its commands on its keys', () => {
    const [first, signal, end] = redisAclFile(bot, { signal: [HASH] }).split('\n');
    const key = 'claire:{trading/momentum}';
    expect(first).toBe('user default off resetpass resetkeys resetchannels -@all');
    expect(signal).toBe(
      `user signal on #${HASH} resetkeys resetchannels -@all +ping +info ` +
        `(+xadd +xtrim +xpending +xinfo|groups ~${key}:signals ~${key}:alerts) ` +
        '(+xreadgroup +xack +xautoclaim +xpending +xrange +xgroup|create +xgroup|setid +xinfo|stream +xinfo|groups ' +
        `~${key}:market_data:* ~${key}:order_results) ` +
        `(+xadd +xrange +xlen ~${key}:dead_letters:market_data ~${key}:dead_letters:order_results)`,
    );
    expect(end).toBe('');
  });

  it('takes two passwords while one is being changed, by their hashes only', () => {
    const text = redisAclFile(bot, { signal: [HASH, OTHER] });
    expect(text).toContain(`#${HASH} #${OTHER}`);
    expect(() => redisAclFile(bot, { signal: ['secret'] })).toThrow(RangeError);
    expect(() => redisAclFile(bot, { signal: ['secret'] })).not.toThrow(/secret/);
  });
});
