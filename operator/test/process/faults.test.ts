/** One operator, as a process of its own, behind a proxy that does harm while bots change. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import {
  CONFIG_MAP,
  NETWORK_POLICY,
  SERVICE,
  STATEFUL_SET,
  TRADING_BOT,
} from '../../src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { botObject } from '../support/bot-object.ts';
import { type FakeCluster, startCluster } from '../support/cluster.ts';
import { connect, until } from '../support/connect.ts';
import { installCrd } from '../support/crd.ts';
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { OperatorProcess } from '../support/operator-process.ts';
import { find } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(600_000);

const NAME = 'momentum';
const BOT = { namespace: 'default', name: NAME };
const HOT = { namespace: 'default', name: `${NAME}-risk-hot` };
/** The first one warms up. */
const ROUNDS = 2;

let server: ApiServer;
let proxy: FaultProxy;
let direct: { client: KubeClient; close: () => void };
let cluster: FakeCluster;
let operator: OperatorProcess;
/** Writes that were done and whose answer was lost: these are sent again. */
const lost = new Set<SeenRequest>();

beforeAll(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy(server);
  direct = connect(server);
  await installCrd(direct.client);
  cluster = startCluster(direct.client, 'default');
  operator = await OperatorProcess.start(server, proxy.url);
});
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
  direct.close();
  await proxy.close();
  await server.stop();
});

const isWatch = ({ query }: SeenRequest): boolean => query.get('watch') === 'true';
const isList = (request: SeenRequest): boolean => request.query.has('limit') && !isWatch(request);
const isLease = ({ path }: SeenRequest): boolean => path.includes('/leases');
const isWrite = ({ method }: SeenRequest): boolean => method !== 'GET';

type Harm = (request: SeenRequest) => Fault | undefined;
/** The first `times` requests that match meet the fault; the lease is left alone. */
function first(times: number, matches: (request: SeenRequest) => boolean, fault: Fault): Harm {
  let left = times;
  return (request) => {
    if (left <= 0 || isLease(request) || !matches(request)) return undefined;
    left -= 1;
    if (fault.kind === 'lost-answer') lost.add(request);
    return fault;
  };
}
const either =
  (...harms: readonly Harm[]): Harm =>
  (request) => {
    for (const harm of harms) {
      const fault = harm(request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
const gone = (): Harm => first(9, isWatch, { kind: 'status', status: 410 });
const withVersion =
  (version: string) =>
  (body: string): string => {
    const list = JSON.parse(body) as { metadata: Record<string, unknown> };
    return JSON.stringify({ ...list, metadata: { ...list.metadata, resourceVersion: version } });
  };

const EMPTY = (body: string): string => JSON.stringify({ ...(JSON.parse(body) as object), items: [] });

const FAULTS: Readonly<Record<string, () => Harm>> = {
  'a storm of 429': () =>
    first(25, () => true, { kind: 'status', status: 429, headers: { 'retry-after': '0' } }),
  'a storm of 500': () => first(12, () => true, { kind: 'status', status: 500 }),
  'watches cut inside an event': () => first(10, isWatch, { kind: 'cut', afterBytes: 137 }),
  'versions that are gone, and empty lists from long ago': () =>
    either(gone(), first(4, isList, { kind: 'rewrite', change: (body) => withVersion('1')(EMPTY(body)) })),
  'slow bodies': () => either(gone(), first(10, isList, { kind: 'slow', chunk: 200 })),
  'answers to writes that are lost': () => first(5, isWrite, { kind: 'lost-answer' }),
};

let number = 0;
/** A change of the bot arrives at its part. */
async function follows(): Promise<void> {
  number += 1;
  const value = String(2_000 + number);
  const change = { spec: { risk: { maxOrderNotional: value } } };
  await direct.client.patch(TRADING_BOT, BOT, change, { kind: 'merge' });
  await until(async () => {
    const part = await find(direct.client, CONFIG_MAP, HOT);
    return JSON.stringify(part?.['data'] ?? {}).includes(value);
  }, `the part follows to ${value}`);
}

async function isReady(): Promise<boolean> {
  const { metadata, status } = await direct.client.get(TRADING_BOT, BOT);
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { type: string; status: string; observedGeneration?: number }[];
  };
  return conditions.some(
    (one) => one.type === 'Ready' && one.status === 'True' && one.observedGeneration === metadata.generation,
  );
}

/** What was sent more than once although the first answer had arrived. */
function sentTwice(): readonly string[] {
  const counts = new Map<string, number>();
  for (const request of proxy.writes()) {
    if (lost.has(request) || isLease(request) || request.status < 200 || request.status >= 300) continue;
    const what = `${request.method} ${request.path} ${request.body}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([what]) => what.slice(0, 300));
}

async function round(): Promise<void> {
  for (const [name, makeHarm] of Object.entries(FAULTS)) {
    proxy.harm(makeHarm());
    proxy.cutAll();
    await follows();
    proxy.heal();
    await follows();
    await until(isReady, `the bot is Ready after ${name}`);
  }
}

const DELETED = [
  [SERVICE, '-redis'],
  [CONFIG_MAP, '-risk-hot'],
  [STATEFUL_SET, '-signal'],
  [NETWORK_POLICY, '-risk'],
] as const;

describe('an operator behind a faulty network', () => {
  test('arrives at what is wanted after every fault, writes nothing twice, and does not grow', async () => {
    await operator.says('leads');
    await direct.client.create(TRADING_BOT, botObject(BOT));
    await until(
      async () => (await find(direct.client, TRADING_BOT, BOT)) !== undefined && isReady(),
      'Ready',
    );
    await round();
    const before = await operator.memory();
    for (let count = 1; count < ROUNDS; count += 1) await round();
    const after = await operator.memory();
    console.log(
      `RSS ${(before / 2 ** 20).toFixed(0)} MiB after one round of ${Object.keys(FAULTS).length} faults, ` +
        `${(after / 2 ** 20).toFixed(0)} MiB after ${ROUNDS}: ${(after / before).toFixed(3)} times`,
    );
    expect(sentTwice()).toEqual([]);
    expect(after / before).toBeLessThanOrEqual(1.2);
  });

  test('has no watch that is dead: of every kind, what is deleted is made again', async () => {
    for (const [type, suffix] of DELETED) {
      const ref = { namespace: 'default', name: `${NAME}${suffix}` };
      const uid = (object: KubeObject | undefined): string => object?.metadata.uid ?? '';
      const old = uid(await direct.client.get(type, ref));
      await direct.client.delete(type, ref);
      await until(
        async () => !['', old].includes(uid(await find(direct.client, type, ref))),
        `${type.kind} ${ref.name} is made again`,
      );
    }
  });
});
