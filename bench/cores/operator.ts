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
import { type KubeObject, refOf, type ResourceType } from '../../operator/src/kube/resource.ts';
import { Store } from '../../operator/src/kube/store.ts';
import { CONFIG_MAP, POD, TRADING_BOT } from '../../operator/src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../cdk8s/test/support/api-server.ts';
import { makeBots } from '../../operator/test/support/bots.ts';
import { botObject } from '../../operator/test/support/bot-object.ts';
import { startCluster } from '../../operator/test/support/cluster.ts';
import { connect, silentLog } from '../../operator/test/support/connect.ts';
import { installCrd } from '../../operator/test/support/crd.ts';
import { ChildOperator, quantile, type Series, total } from './child-operator.ts';
import { ChangeClock, type ChangeTime } from './operator-changes.ts';

const PROGRAM = join(import.meta.dirname, 'operator-process.ts');
const CHANGES = 100;
/** Bots made at a time. */
const AT_ONCE = 8;
const LOOK_MS = 50;
/** Between two words about a long stretch. */
const TOLD_MS = 60_000;
/** Then it goes on with what there is, ms: a report with a miss is worth more than none. */
const PATIENCE = { cold: 1_200_000, warm: 180_000, change: 20_000, follow: 120_000 } as const;
const RECONCILES = 'controller_runtime_reconcile_total';
const QUEUED = 'workqueue_depth';
const SECONDS = 'controller_runtime_reconcile_time_seconds';
const REQUESTS = 'rest_client_requests_total';
const STANDING = 'nodejs_eventloop_lag_max_seconds';
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
  /** Load average of the machine before anything began: what else it was doing. */
  readonly loadBefore: number;
  /** What was not reached in time, or broke off the rest; what was measured until then stands. */
  readonly troubles: readonly string[];
  readonly objects?: number;
  readonly pods?: number;
  readonly cold?: Stretch;
  /** From the start of a new process until every bot was looked at. */
  readonly warm?: Stretch;
  readonly quiet?: Stretch;
  readonly changes: readonly ChangeTime[];
  /** What the operator did meanwhile: whether a slow change was its own or the server's. */
  readonly changing?: Stretch;
  /** How long its event loop stood still at most meanwhile, ms. */
  readonly operatorStoodStill?: number;
  readonly mostMemory: number;
}

const writesOf = (series: Series): number =>
  WRITES.reduce((sum, method) => sum + total(series, REQUESTS, `method="${method}"`), 0);
const requestsOf = (series: Series): number => total(series, REQUESTS);

/** Whether it came to hold within so many ms. */
async function until(
  holds: () => boolean | Promise<boolean>,
  { every = LOOK_MS, most }: { readonly every?: number; readonly most: number },
): Promise<boolean> {
  const end = performance.now() + most;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await pause(every);
  }
  return true;
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
  readonly #start: () => Promise<ChildOperator>;
  #operator: ChildOperator;
  /** Bots that are ready, by key. */
  readonly #ready = new Set<string>();
  readonly troubles: string[] = [];
  mostMemory = 0;

  constructor(
    settings: OperatorSettings,
    client: KubeClient,
    seen: Store,
    operators: { readonly first: ChildOperator; readonly start: () => Promise<ChildOperator> },
  ) {
    this.#settings = settings;
    this.#client = client;
    seen.subscribe(({ key, object }) => {
      if (isReady(object)) this.#ready.add(key);
      else this.#ready.delete(key);
    });
    this.#start = operators.start;
    this.#operator = operators.first;
  }

  /** Bots that are ready. */
  get ready(): number {
    return this.#ready.size;
  }

  stop(): Promise<void> {
    return this.#operator.stop();
  }

  async cold(): Promise<Stretch> {
    const { bots, say } = this.#settings;
    let told = performance.now();
    return this.#stretch(async () => {
      const names = Array.from({ length: bots }, (_, index) => `bench-${index}`);
      for (let from = 0; from < bots; from += AT_ONCE) {
        await Promise.all(
          names.slice(from, from + AT_ONCE).map((name) => this.#client.create(TRADING_BOT, botNamed(name))),
        );
      }
      const came = await until(
        () => {
          // All of them come along side by side: the first is ready late.
          if (performance.now() - told >= TOLD_MS) {
            told = performance.now();
            say(`  ${this.#ready.size} of ${bots} bots are ready`);
          }
          return this.#ready.size >= bots;
        },
        { every: 1_000, most: PATIENCE.cold },
      );
      if (!came) this.#trouble(`cold: ${this.#ready.size} of ${bots} bots were ready`, PATIENCE.cold);
    });
  }

  async warm(): Promise<Stretch> {
    const { bots } = this.#settings;
    await this.#operator.stop();
    const began = performance.now();
    this.#operator = await this.#start();
    return this.#stretch(
      async () => {
        // Seldom: the state metrics of a fleet are long, and to write them takes the processor from what is measured.
        const came = await until(async () => (await this.#lookedAt()) >= bots, {
          every: 3_000,
          most: PATIENCE.warm,
        });
        if (!came) {
          this.#trouble(`warm: ${await this.#lookedAt()} reconciles for ${bots} bots`, PATIENCE.warm);
        }
      },
      { began, before: new Map() },
    );
  }

  /** Reconciles so far; none while some bot has yet to be taken up for the first time. */
  async #lookedAt(): Promise<number> {
    const series = await this.#operator.metrics();
    return total(series, QUEUED) > 0 ? 0 : total(series, RECONCILES);
  }

  #trouble(what: string, waited: number): void {
    const text = `${what} after ${waited / 1000} s; the rest is measured with what there was`;
    this.troubles.push(text);
    this.#settings.say(`  ${text}`);
  }

  quiet(): Promise<Stretch> {
    return this.#stretch(() => pause(this.#settings.quiet * 1_000));
  }

  /** One change after the other, each of another bot that is ready. */
  async changes(
    clock: ChangeClock,
  ): Promise<Pick<OperatorFigures, 'changes' | 'changing' | 'operatorStoodStill'>> {
    const changes: ChangeTime[] = [];
    let operatorStoodStill = 0;
    const changing = await this.#stretch(async () => {
      await this.#change(clock, changes);
      // Since it was asked last: before the first change.
      const standing = total(await this.#operator.metrics(), STANDING);
      operatorStoodStill = standing * 1000;
    });
    return { changes, changing, operatorStoodStill };
  }

  async #change(clock: ChangeClock, times: ChangeTime[]): Promise<void> {
    const ready = [...this.#ready].toSorted();
    for (let index = 0; index < CHANGES; index += 1) {
      const { name } = refOf(ready[(index * 7) % ready.length] ?? '');
      const time = await clock.change(name, { maxOrderNotional: String(2_000 + index) }, PATIENCE.change);
      if (time !== undefined) {
        times.push(time);
        continue;
      }
      this.#trouble(`the change of ${name} was not applied`, PATIENCE.change);
      break;
    }
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

/** Whatever goes wrong on the way: what was measured before stands. */
async function measureAll(
  bench: Bench,
  { bots: count, quiet, say }: OperatorSettings,
  {
    client,
    bots,
    signal,
  }: { readonly client: KubeClient; readonly bots: Store; readonly signal: AbortSignal },
): Promise<OperatorFigures> {
  const [loadBefore = 0] = loadavg();
  const found: { -readonly [Name in keyof OperatorFigures]?: OperatorFigures[Name] } = {};
  try {
    found.cold = await bench.cold();
    found.objects = [...bots.objects()]
      .map(
        ({ status }) => (status as { readonly inventory?: readonly unknown[] } | undefined)?.inventory ?? [],
      )
      .reduce((sum, inventory) => sum + inventory.length, 0);
    found.pods = (await client.list(POD, { namespace: 'default', resourceVersion: '0' })).items.length;
    say('  a new process of the operator');
    found.warm = await bench.warm();
    say(`  ${quiet} s in which nothing happens`);
    found.quiet = await bench.quiet();
    say(`  ${CHANGES} changes`);
    const parts = follow(client, CONFIG_MAP, signal, 'trading.claire.dev/component=risk');
    await until(() => parts.size >= bench.ready, { most: PATIENCE.follow });
    Object.assign(found, await bench.changes(new ChangeClock(client, bots, parts)));
  } catch (error) {
    bench.troubles.push(`broken off: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { mostMemory, troubles } = bench;
  return { bots: count, loadBefore, changes: [], ...found, mostMemory, troubles };
}

async function measureOn(server: ApiServer, settings: OperatorSettings): Promise<OperatorFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  await writeFile(join(folder, 'ca.crt'), server.ca);
  await writeFile(join(folder, 'token'), server.adminToken, { mode: 0o600 });
  const { client, close } = connect(server);
  const following = new AbortController();
  const listener = await startListener();
  await installCrd(client);
  const cluster = startCluster(client, 'default');
  const bots = follow(client, TRADING_BOT, following.signal);
  const start = (): Promise<ChildOperator> =>
    ChildOperator.start(PROGRAM, [
      String(listener.port),
      server.url,
      folder,
      ...['--namespaces', 'default', '--no-leader-elect', '--health-port', '0'],
    ]);
  const bench = new Bench(settings, client, bots, { first: await start(), start });
  try {
    return await measureAll(bench, settings, { client, bots, signal: following.signal });
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
