import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import {
  redisAclFile,
  redisPasswordHash,
  STREAM_READER,
  STREAM_RIGHTS,
  streamKey,
  deadLetterKey,
  type StreamUser,
  streamUserName,
} from '../../src/contract/index.ts';
import { STREAM_NAMES, type StreamName } from '../../src/events/event.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { makeCertificates, startRedis, type TestRedis, type TestRedisOptions } from '../support/redis.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { alert, until } from './bus-contract.ts';
import { type BusOptions, connectBus } from './redis-fixture.ts';

const BOT = { namespace: 'trading', name: 'momentum' };
const keys = {
  stream: (stream: StreamName, shard?: number) => streamKey(BOT, stream, shard),
  deadLetters: (stream: StreamName) => deadLetterKey(BOT, stream),
};
const USERS = [...(Object.keys(STREAM_RIGHTS) as StreamUser[]), STREAM_READER] as const;
const passwordOf = (user: string): string => `password of ${user}`;
const ACL = redisAclFile(
  BOT,
  Object.fromEntries(USERS.map((user) => [user, [redisPasswordHash(passwordOf(user))]])),
);

/** Everything that is logged, as one text. */
function recorder(): { readonly logger: Logger; readonly text: () => string } {
  const lines: string[] = [];
  const logger = recordingLogger(({ fields, message }) => {
    lines.push(JSON.stringify({ ...fields, message }));
  });
  return { logger, text: () => lines.join('\n') };
}

describe('access to Redis', () => {
  let redis: TestRedis | undefined;
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await redis?.stop();
    redis = undefined;
  });

  const start = async (options: TestRedisOptions = {}): Promise<TestRedis> => {
    redis = await startRedis(options);
    return redis;
  };
  const connect = async (options: BusOptions): Promise<RedisBus> => {
    const bus = await connectBus(options);
    closing.push(() => bus.close());
    return bus;
  };
  const startWithAcl = () => start({ files: { 'users.acl': ACL }, args: ['--aclfile', 'users.acl'] });

  const asUser = (port: number, user: StreamUser) =>
    connect({
      port,
      keys,
      username: streamUserName(user),
      readPassword: () => Promise.resolve(passwordOf(user)),
    });

  it('lets each service publish, consume and give up what it must', async () => {
    const { port } = await startWithAcl();
    const risk = await asUser(port, 'risk');
    const signal = await asUser(port, 'signal');
    const handled: string[] = [];
    for (const stream of STREAM_RIGHTS.risk.consumes) {
      await risk.subscribe({ stream, group: 'risk', handle: () => Promise.resolve() });
    }
    for (const stream of STREAM_RIGHTS.signal.consumes) {
      await signal.subscribe({
        stream,
        group: 'signal',
        handle: (event) => {
          handled.push(event.eventId);
          return Promise.reject(new Error('refused'));
        },
      });
    }
    const screener = await asUser(port, 'screener-ws');
    for (const bus of [risk, signal, screener]) await bus.publish('alerts', [alert(1)]);
    const { schemaVersion, eventTime, createdTime, bot } = alert(2);
    const head = { schemaVersion, eventTime, createdTime, bot, eventId: 'event-2' };
    await screener.publish('market_data', [
      { ...head, type: 'feed', symbol: 'BTCUSDT', status: 'STALE', detail: 'quiet' },
    ]);
    await until(async () => (await signal.deadLetters('market_data')).length === 1);
    expect(new Set(handled)).toEqual(new Set(['event-2']));
    expect((await risk.health()).groups.length).toBeGreaterThan(2);
    expect((await risk.health()).losses).toBe(0);
  });

  it('refuses each service every stream that is not its own, and says so at once', async () => {
    const { port } = await startWithAcl();
    for (const user of USERS) {
      const client = new Redis({ port, username: streamUserName(user), password: passwordOf(user) });
      closing.push(() => {
        client.disconnect();
      });
      const rights = user === STREAM_READER ? { publishes: [], consumes: [] } : STREAM_RIGHTS[user];
      for (const stream of STREAM_NAMES) {
        const key = keys.stream(stream, stream === 'market_data' ? 0 : undefined);
        const may = (call: Promise<unknown>) =>
          call.then(
            () => true,
            (error: unknown) => !String(error).includes('NOPERM'),
          );
        const allowed = {
          publish: await may(client.xadd(key, '*', 'e', 'x')),
          consume: await may(client.xreadgroup('GROUP', 'g', 'main', 'STREAMS', key, '>')),
          delete: await may(client.del(key)),
          other: await may(client.xadd(`claire:{trading/other}:${stream}`, '*', 'e', 'x')),
        };
        expect({ user, stream, ...allowed }).toEqual({
          user,
          stream,
          publish: rights.publishes.includes(stream),
          consume: rights.consumes.includes(stream),
          delete: false,
          other: false,
        });
      }
      await expect(client.flushall()).rejects.toThrow('NOPERM');
      await expect(client.config('GET', '*')).rejects.toThrow('NOPERM');
    }
    const execution = await asUser(port, 'execution');
    const forbidden = execution.subscribe({ stream: 'signals', group: 'x', handle: () => Promise.resolve() });
    await expect(forbidden).rejects.toMatchObject({ code: 'BUS_REFUSED', retryable: false });
    await expect(execution.publish('market_data', [])).resolves.toBeUndefined();
  });

  it('refuses who has no user', async () => {
    const { port } = await startWithAcl();
    const anonymous = connect({ port, settings: { connectTimeout: 300 } });
    await expect(anonymous).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
  });

  it('reads the password again for every connection and shows it nowhere', async () => {
    const { port, client } = await start({
      args: ['--requirepass', 'first secret'],
      password: 'first secret',
    });
    const proxy = await startTcpProxy(port);
    closing.push(() => proxy.close());
    let password = 'wrong secret';
    const { logger, text } = recorder();
    const options = { port: proxy.port, logger, readPassword: () => Promise.resolve(password) };
    const refused = await connect({ ...options, settings: { connectTimeout: 300 } }).catch((e: unknown) => e);
    expect(refused).toMatchObject({
      code: 'BUS_UNAVAILABLE',
      message: expect.stringContaining('Redis Secret'),
    });
    password = 'first secret';
    const bus = await connect(options);
    let seen = 0;
    await bus.subscribe({
      stream: 'alerts',
      group: 'a',
      handle: () => {
        seen += 1;
        return Promise.resolve();
      },
    });
    await client.config('SET', 'requirepass', 'second secret');
    proxy.cut();
    await until(async () => (await bus.health()).lastError !== undefined);
    expect((await bus.health()).lastError).toContain('refuses the user or its password');
    password = 'second secret';
    await bus.publish('alerts', [alert(1)]);
    await until(() => seen === 1);
    const shown = [text(), String(refused), JSON.stringify(refused), String((refused as Error).cause)].join(
      '\n',
    );
    expect(shown).not.toContain('secret');
  });

  it('speaks TLS with a server whose certificate the given authority signed, and with no other', async () => {
    const files = await makeCertificates();
    const { port } = await start({ files, tls: true });
    const ca = files['ca.crt'] ?? '';
    const bus = await connect({ port, tls: { ca } });
    await bus.publish('alerts', [alert(1)]);
    expect((await bus.health()).connectedSince).toBeDefined();
    const strange = connect({ port, tls: {}, settings: { connectTimeout: 300 } });
    await expect(strange).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const misnamed = connect({
      port,
      tls: { ca, serverName: 'elsewhere' },
      settings: { connectTimeout: 300 },
    });
    await expect(misnamed).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });

  it('refuses a server that would throw streams away', async () => {
    const { port } = await start({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
    await expect(connect({ port })).rejects.toMatchObject({
      code: 'BUS_REFUSED',
      retryable: false,
      message: expect.stringContaining('maxmemory-policy is allkeys-lru, must be noeviction'),
    });
  });

  it('warns of a server that forgets in a restart', async () => {
    const { port } = await start({ args: ['--appendonly', 'no'] });
    const { logger, text } = recorder();
    await connect({ port, logger });
    expect(text()).toContain('appendonly is off');
  });

  it('says where nobody answers', async () => {
    const { port } = await start();
    await redis?.stop();
    redis = undefined;
    await expect(connect({ port, settings: { connectTimeout: 300 } })).rejects.toThrow(`127.0.0.1:${port}`);
  });
});
