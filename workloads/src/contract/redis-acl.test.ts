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
    const [first, execution, end] = redisAclFile(bot, { execution: [HASH] }).split('\n');
    expect(first).toBe('user default off resetpass resetkeys resetchannels -@all');
    expect(execution).toBe(
      `user execution on #${HASH} resetkeys resetchannels -@all +ping +info ` +
        '(+xadd +xtrim +xpending +xinfo|groups ~claire:{trading/momentum}:order_results ~claire:{trading/momentum}:alerts) ' +
        '(+xreadgroup +xack +xautoclaim +xpending +xrange +xgroup|create +xgroup|setid +xinfo|stream +xinfo|groups ' +
        '~claire:{trading/momentum}:orders) ' +
        '(+xadd +xrange +xlen ~claire:{trading/momentum}:dead_letters:orders)',
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
