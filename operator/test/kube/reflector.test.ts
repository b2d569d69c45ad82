import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { makeReflector, type Reflector } from '../../src/kube/reflector.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { Store } from '../../src/kube/store.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { CONFIG_MAP, connect, silentLog, until } from '../support/connect.ts';
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../support/fault-proxy.ts';

let server: ApiServer;
let proxy: FaultProxy;
let direct: { client: KubeClient; close: () => void };
let proxied: { client: KubeClient; close: () => void };
let stop: AbortController;
let ended: Promise<void>;
let store: Store;
let reflector: Reflector;
let counts: { lists: number; ends: string[] };

const LABEL = 'reflector-test';
const configMap = (
  name: string,
  data: Record<string, string>,
  labels?: Record<string, string>,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels: labels ?? { [LABEL]: 'yes' } },
  data,
});
const put = (name: string, value: string): Promise<KubeObject> =>
  direct.client.apply(CONFIG_MAP, configMap(name, { value }), { manager: 'test', force: true });
const valueOf = (name: string): unknown =>
  (store.get(`default/${name}`)?.['data'] as Record<string, string> | undefined)?.['value'];
const isWatch = ({ query }: SeenRequest): boolean => query.get('watch') === 'true';
const isList = (request: SeenRequest): boolean =>
  request.method === 'GET' && request.path.endsWith('/configmaps') && !isWatch(request);
/** The first `times` requests of a kind meet the fault. */
function first(times: number, matches: (request: SeenRequest) => boolean) {
  let left = times;
  return (request: SeenRequest): boolean => {
    if (left <= 0 || !matches(request)) return false;
    left -= 1;
    return true;
  };
}

beforeAll(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy(server);
  direct = connect(server);
  proxied = connect(server, { url: proxy.url });
});

afterAll(async () => {
  direct.close();
  proxied.close();
  await proxy.close();
  await server.stop();
});

beforeEach(() => {
  proxy.heal();
  proxy.forget();
  stop = new AbortController();
  counts = { lists: 0, ends: [] };
  store = new Store({
    onHandlerError: (error) => {
      throw error;
    },
  });
});

afterEach(async () => {
  stop.abort();
  await ended;
});

function run({ silence = 30_000, watchSeconds = [300, 600] as readonly [number, number] } = {}): void {
  reflector = makeReflector(
    { type: CONFIG_MAP, namespace: 'default', labelSelector: LABEL },
    {
      client: proxied.client,
      store,
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      events: {
        contact: () => undefined,
        listed: () => (counts.lists += 1),
        watchEnded: (reason) => counts.ends.push(reason),
      },
      times: { backOff: { first: 20, most: 100 }, watchSeconds, silence, pageSize: 2 },
    },
  );
  ended = reflector.run(stop.signal);
}

/** The store follows a change made now: no watch is dead. */
async function follows(name: string): Promise<void> {
  const value = `${name}-${proxy.seen.length}`;
  await put(name, value);
  await until(() => valueOf(name) === value, `the store follows ${name}`);
}

describe('a reflector in front of a real API server', () => {
  test('lists in pages, then follows additions, changes and deletions of its label', async () => {
    await put('before', '1');
    run();
    await until(() => reflector.synced(), 'synced');
    expect(valueOf('before')).toBe('1');
    expect(proxy.seen[0]?.query.get('limit')).toBe('2');
    await follows('before');
    await direct.client.create(CONFIG_MAP, configMap('other', {}, { another: 'label' }));
    await direct.client.delete(CONFIG_MAP, { namespace: 'default', name: 'before' });
    await until(() => store.get('default/before') === undefined, 'the deletion is seen');
    expect(store.get('default/other')).toBeUndefined();
    expect(counts.lists).toBe(1);
  });

  test('goes on from the last version after a watch was cut in the middle of an event', async () => {
    const cuts = first(3, isWatch);
    proxy.harm((request) => (cuts(request) ? { kind: 'cut', afterBytes: 137 } : undefined));
    run();
    await until(() => reflector.synced(), 'synced');
    for (const name of ['cut-1', 'cut-2', 'cut-3', 'cut-4']) await follows(name);
    expect(counts.lists).toBe(1);
    expect(counts.ends.filter((reason) => reason === 'error').length).toBeGreaterThanOrEqual(1);
  });

  test('survives a storm of 429 and 500 on list and watch', async () => {
    const storm = first(12, () => true);
    let turn = 0;
    proxy.harm((request) => {
      if (!storm(request)) return undefined;
      turn += 1;
      return turn % 2 === 0
        ? { kind: 'status', status: 500 }
        : { kind: 'status', status: 429, headers: { 'retry-after': '0' } };
    });
    run();
    await follows('storm');
    expect(proxy.seen.filter(({ status }) => status === 429)).toHaveLength(6);
  });

  test('lists anew after a watch said 410, and from the first page after a list did', async () => {
    for (const name of ['gone-1', 'gone-2', 'gone-3']) await put(name, '1');
    run();
    await until(() => reflector.synced(), 'synced');
    await direct.client.delete(CONFIG_MAP, { namespace: 'default', name: 'gone-2' });
    await until(() => store.get('default/gone-2') === undefined, 'the deletion is seen');
    const gone = first(1, isWatch);
    const goneList = first(1, isList);
    proxy.harm((request) =>
      gone(request) || goneList(request) ? { kind: 'status', status: 410 } : undefined,
    );
    proxy.cutAll();
    await until(() => counts.lists === 2, 'listed again');
    expect(counts.ends).toContain('gone');
    expect(proxy.seen.some((request) => isList(request) && request.query.has('continue'))).toBe(true);
    expect(store.get('default/gone-2')).toBeUndefined();
    await follows('gone-1');
  });

  test('does not believe a list that is older than what it has seen', async () => {
    run();
    await until(() => reflector.synced(), 'synced');
    await follows('stale');
    const before = valueOf('stale');
    const stale = first(1, isList);
    const gone = first(1, isWatch);
    proxy.harm((request) => {
      if (gone(request)) return { kind: 'status', status: 410 };
      if (!stale(request)) return undefined;
      return {
        kind: 'rewrite',
        change: () =>
          JSON.stringify({ kind: 'ConfigMapList', metadata: { resourceVersion: '1' }, items: [] }),
      };
    });
    proxy.cutAll();
    await until(() => counts.lists === 2, 'listed again');
    expect(valueOf('stale')).toBe(before);
    await follows('stale');
  });

  test('goes on after a list claimed a version that the server has not reached', async () => {
    const lying = first(1, isList);
    proxy.harm((request) =>
      lying(request)
        ? {
            kind: 'rewrite',
            change: (body) => body.replace(/"resourceVersion":"\d+"/, '"resourceVersion":"99999999999"'),
          }
        : undefined,
    );
    // The server sends its last bookmark shortly before a watch ends.
    run({ watchSeconds: [3, 4] });
    await until(() => counts.lists === 2, 'listed again');
    await follows('lied-to');
  });

  test('takes a silent connection for dead', async () => {
    const silent = first(2, isWatch);
    proxy.harm((request) => (silent(request) ? { kind: 'silence' } : undefined));
    run({ silence: 300 });
    await until(() => reflector.synced(), 'synced');
    await follows('silent');
    await until(() => proxy.seen.filter(isWatch).length >= 3, 'a third watch');
    await follows('silent');
  });

  test('reads a slow body and stands answers that are no JSON', async () => {
    const slow = first(1, isList);
    const wrong = first(1, isWatch);
    proxy.harm((request) => {
      if (wrong(request)) return { kind: 'rewrite', change: () => '<html>proxy error</html>\n' };
      return slow(request) ? { kind: 'slow', chunk: 7 } : undefined;
    });
    run({ silence: 500 });
    await follows('slow');
  });

  test('ends its watch when told, and starts no other', async () => {
    run();
    await until(() => reflector.synced() && proxy.seen.some(isWatch), 'watching');
    stop.abort();
    await ended;
    const requests = proxy.seen.length;
    await put('late', '1');
    expect(proxy.seen).toHaveLength(requests);
    expect(store.get('default/late')).toBeUndefined();
  });
});
