/**
 * The operator with many TradingBots on a real API server and etcd. Workloads and pods are reported by simulated
 * controllers in this process, and every bot answers when it is asked what it holds.
 */
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../operator/src/kube/client.ts';
import { systemClock } from '../../operator/src/kube/clock.ts';
import { makeReflector } from '../../operator/src/kube/reflector.ts';
import type { KubeObject, ResourceType } from '../../operator/src/kube/resource.ts';
import { Store } from '../../operator/src/kube/store.ts';
import { CONFIG_MAP, POD, TRADING_BOT } from '../../operator/src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../cdk8s/test/support/api-server.ts';
import { makeBots } from '../../operator/test/support/bots.ts';
import { botObject } from '../../operator/test/support/bot-object.ts';
import { startCluster } from '../../operator/test/support/cluster.ts';
import { configFor, connect, silentLog } from '../../operator/test/support/connect.ts';
import { installCrd } from '../../operator/test/support/crd.ts';
import { ChildOperator, quantile, type Series, total } from './child-operator.ts';

const PROGRAM = join(import.meta.dirname, 'operator-process.ts');
const CHANGES = 100;
/** Bots made at a time. */
const AT_ONCE = 8;
const LOOK_MS = 50;
const RECONCILES = 'controller_runtime_reconcile_total';
const SECONDS = 'controller_runtime_reconcile_time_seconds';
const REQUESTS = 'rest_client_requests_total';
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface OperatorSettings {
  readonly bots: number;
  /** s */
  readonly quiet: number;
  readonly say: (text: string) => void;
}

/** What the operator did in a stretch of time. */
export interface Stretch {
  readonly seconds: number;
  readonly reconciles: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly reads: number;
  readonly writes: number;
  /** Share of one processor. */
  readonly load: number;
  /** Resident at the end, MiB. */
  readonly memory: number;
}

export interface OperatorFigures {
  readonly bots: number;
  readonly objects: number;
  readonly pods: number;
  readonly cold: Stretch;
  /** From the start of a new process until every bot was looked at. */
  readonly warm: Stretch;
  readonly quiet: Stretch;
  /** ms from the answer to a change of a bot until the watch of its part shows it. */
  readonly changes: readonly number[];
  readonly mostMemory: number;
  /** Load average of the machine before anything began: what else it was doing. */
  readonly loadBefore: number;
}

const writesOf = (series: Series): number =>
  WRITES.reduce((sum, method) => sum + total(series, REQUESTS, `method="${method}"`), 0);
const requestsOf = (series: Series): number => total(series, REQUESTS);

async function until(holds: () => boolean | Promise<boolean>, every = LOOK_MS): Promise<void> {
  while (!(await holds())) await pause(every);
}

/** Follows objects of one type until the signal aborts. */
function follow(client: KubeClient, type: ResourceType, signal: AbortSignal, labelSelector?: string): Store {
  const store = new Store({
    onHandlerError: (error) => {
      throw error;
    },
  });
  const events = { contact: () => undefined, listed: () => undefined, watchEnded: () => undefined };
  void makeReflector(
    { type, namespace: 'default', ...(labelSelector === undefined ? {} : { labelSelector }) },
    { client, store, clock: systemClock, random: Math.random, log: silentLog, events },
  ).run(signal);
  return store;
}

const isReady = ({ metadata, status }: KubeObject): boolean => {
  const { conditions = [], observedGeneration } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly observedGeneration?: number;
  };
  return (
    observedGeneration === metadata.generation &&
    conditions.some((one) => one.type === 'Ready' && one.status === 'True')
  );
};

const botNamed = (name: string): KubeObject =>
  botObject({ name }, { monitoring: { grafana: { enabled: true } } });

/** One listener for all bots: each says that it runs and holds nothing. */
async function startListener(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const bots = makeBots(() => Date.now());
  const server = createServer((request, response) => {
    request.resume();
    const call = {
      method: 'GET',
      path: request.url ?? '',
      token: '',
      signal: AbortSignal.timeout(5_000),
    } as const;
    void bots
      .channel({ namespace: 'default', bot: 'any', component: 'risk' }, call)
      .then(({ status, body }) => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

class Bench {
  readonly #settings: OperatorSettings;
  readonly #client: KubeClient;
  readonly #seen: Store;
  readonly #start: () => Promise<ChildOperator>;
  #operator: ChildOperator;
  mostMemory = 0;

  constructor(
    settings: OperatorSettings,
    client: KubeClient,
    seen: Store,
    operators: { readonly first: ChildOperator; readonly start: () => Promise<ChildOperator> },
  ) {
    this.#settings = settings;
    this.#client = client;
    this.#seen = seen;
    this.#start = operators.start;
    this.#operator = operators.first;
  }

  stop(): Promise<void> {
    return this.#operator.stop();
  }

  async cold(): Promise<Stretch> {
    const { bots, say } = this.#settings;
    let told = 0;
    const ready = (): number => [...this.#seen.objects()].filter(isReady).length;
    return this.#stretch(async () => {
      const names = Array.from({ length: bots }, (_, index) => `bench-${index}`);
      for (let from = 0; from < bots; from += AT_ONCE) {
        await Promise.all(
          names.slice(from, from + AT_ONCE).map((name) => this.#client.create(TRADING_BOT, botNamed(name))),
        );
      }
      while (ready() < bots) {
        await pause(1_000);
        if (ready() < told + bots / 10) continue;
        told = ready();
        say(`  ${told} of ${bots} bots are ready`);
      }
    });
  }

  async warm(): Promise<Stretch> {
    await this.#operator.stop();
    const began = performance.now();
    this.#operator = await this.#start();
    return this.#stretch(
      // Seldom: the state metrics of a fleet are long.
      () =>
        until(async () => total(await this.#operator.metrics(), RECONCILES) >= this.#settings.bots, 1_000),
      { began, before: new Map() },
    );
  }

  quiet(): Promise<Stretch> {
    return this.#stretch(() => pause(this.#settings.quiet * 1_000));
  }

  /** One change after the other, each of another bot. */
  async changes(parts: Store): Promise<readonly number[]> {
    const { bots } = this.#settings;
    const times: number[] = [];
    for (let index = 0; index < CHANGES; index += 1) {
      const name = `bench-${(index * 7) % bots}`;
      const part = `default/${name}-risk-hot`;
      const version = parts.get(part)?.metadata.resourceVersion;
      const body = { spec: { risk: { maxOrderNotional: String(2_000 + index) } } };
      await this.#client.patch(TRADING_BOT, { namespace: 'default', name }, body, { kind: 'merge' });
      const sent = performance.now();
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (parts.get(part)?.metadata.resourceVersion === version) setTimeout(look, 1);
          else resolve();
        };
        look();
      });
      times.push(performance.now() - sent);
    }
    return times;
  }

  async #stretch(
    work: () => Promise<void>,
    from?: { readonly began: number; readonly before: Series },
  ): Promise<Stretch> {
    const before = from?.before ?? (await this.#operator.metrics());
    const used = from === undefined ? await this.#operator.processorSeconds() : 0;
    const began = from?.began ?? performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const after = await this.#operator.metrics();
    const { now, most } = await this.#operator.memory();
    this.mostMemory = Math.max(this.mostMemory, most);
    const writes = writesOf(after) - writesOf(before);
    return {
      seconds,
      reconciles: total(after, RECONCILES) - total(before, RECONCILES),
      p50Ms: quantile(0.5, SECONDS, before, after) * 1000,
      p99Ms: quantile(0.99, SECONDS, before, after) * 1000,
      reads: requestsOf(after) - requestsOf(before) - writes,
      writes,
      load: ((await this.#operator.processorSeconds()) - used) / seconds,
      memory: now,
    };
  }
}

async function measureOn(server: ApiServer, settings: OperatorSettings): Promise<OperatorFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, configFor(server).exportConfig(), { mode: 0o600 });
  const { client, close } = connect(server);
  const following = new AbortController();
  const listener = await startListener();
  await installCrd(client);
  const cluster = startCluster(client, 'default');
  const bots = follow(client, TRADING_BOT, following.signal);
  const start = (): Promise<ChildOperator> =>
    ChildOperator.start(
      PROGRAM,
      [String(listener.port), '--namespaces', 'default', '--no-leader-elect', '--health-port', '0'],
      kubeconfig,
    );
  const bench = new Bench(settings, client, bots, { first: await start(), start });
  try {
    const [loadBefore = 0] = loadavg();
    const cold = await bench.cold();
    const objects = [...bots.objects()]
      .map(({ status }) => (status as { readonly inventory?: readonly unknown[] }).inventory?.length ?? 0)
      .reduce((sum, count) => sum + count, 0);
    const pods = (await client.list(POD, { namespace: 'default', resourceVersion: '0' })).items.length;
    settings.say('  a new process of the operator');
    const warm = await bench.warm();
    settings.say(`  ${settings.quiet} s in which nothing happens`);
    const quiet = await bench.quiet();
    settings.say(`  ${CHANGES} changes`);
    const parts = follow(client, CONFIG_MAP, following.signal, 'trading.claire.dev/component=risk');
    await until(() => parts.size >= settings.bots);
    const changes = await bench.changes(parts);
    const { mostMemory } = bench;
    return { bots: settings.bots, objects, pods, cold, warm, quiet, changes, mostMemory, loadBefore };
  } finally {
    await bench.stop();
    await cluster.stop();
    following.abort();
    await listener.close();
    close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function measureOperator(settings: OperatorSettings): Promise<OperatorFigures> {
  const server = await startApiServer();
  try {
    return await measureOn(server, settings);
  } finally {
    await server.stop();
  }
}
