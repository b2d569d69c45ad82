import { describe, expect, it } from '@jest/globals';
import { judgeServer, readServerInfo } from './server-fitness.ts';

const INFO = [
  '# Server',
  'redis_version:7.0.15',
  'run_id:abc',
  'maxmemory:0',
  'maxmemory_policy:noeviction',
  'aof_enabled:1',
  'used_memory:1048576',
  'uptime_in_seconds:42',
  'aof_last_write_status:ok',
].join('\r\n');
const fit = readServerInfo(INFO);

describe('a Redis server', () => {
  it('is read from INFO', () => {
    expect(fit).toEqual({
      version: '7.0.15',
      runId: 'abc',
      evictionPolicy: 'noeviction',
      maxMemory: 0,
      appendOnly: true,
      usedMemory: 1_048_576,
      isPersisting: true,
      uptimeSeconds: 42,
    });
    expect(judgeServer(fit)).toEqual({ refusals: [], warnings: [] });
  });

  it.each(['aof_last_write_status', 'aof_last_bgrewrite_status', 'rdb_last_bgsave_status'])(
    'that failed to write (%s) is seen',
    (field) => {
      expect(readServerInfo(`${INFO}\r\n${field}:err`)).toMatchObject({ isPersisting: false });
    },
  );

  it.each(['6.2.7', 'unknown'])('of version %s is refused', (version) => {
    expect(judgeServer({ ...fit, version }).refusals).toEqual([expect.stringContaining('Redis 7 or newer')]);
  });

  it.each(['7.2.5', '8.0.0', '10.1.0'])('of version %s is taken', (version) => {
    expect(judgeServer({ ...fit, version }).refusals).toEqual([]);
  });

  it('that would evict is refused when its memory is limited, and warned of otherwise', () => {
    const evicting = { ...fit, evictionPolicy: 'volatile-lru' };
    expect(judgeServer({ ...evicting, maxMemory: 1 }).refusals).toHaveLength(1);
    expect(judgeServer(evicting)).toEqual({
      refusals: [],
      warnings: [expect.stringContaining('noeviction')],
    });
  });
});
