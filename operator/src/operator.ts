/** Puts the operator together: caches, queue, loop, election, health. */
import { Registry } from 'prom-client';
import { makeApplier } from './kube/apply.ts';
import { type KubeClient, makeClient } from './kube/client.ts';
import type { Clock, Random } from './kube/clock.ts';
import type { ClusterAccess } from './kube/cluster-access.ts';
import { makeController } from './kube/controller.ts';
import { makeEventRecorder } from './kube/events.ts';
import { type HealthServer, serveHealth } from './kube/health-server.ts';
import { type Informer, makeInformer } from './kube/informer.ts';
import { fenced, makeElector } from './kube/lease.ts';
import type { Logger } from './kube/logger.ts';
import { makeRuntimeMetrics, type RuntimeMetrics } from './kube/metrics.ts';
import { makeQueue, type WorkQueue } from './kube/queue.ts';
import { makeTransport, type Transport } from './kube/transport.ts';
import type { OperatorConfig } from './config.ts';
import { makeAccountRegister } from './tradingbot/account.ts';
import { makeCarryOut } from './tradingbot/apply.ts';
import { type ControlChannel, fencedControl, makeControlClient } from './tradingbot/control-client.ts';
import { TRADING_BOT, WATCHED } from './tradingbot/kinds.ts';
import { APPLIED_ANNOTATION, BOT_LABEL, FIELD_MANAGER, UID_LABEL } from './tradingbot/names.ts';
import { botIndex, makeObserver } from './tradingbot/observe.ts';
import type { Synthesize } from './tradingbot/parts.ts';
import { makeReconcile, type Paces } from './tradingbot/reconcile.ts';
import { makeStateMetrics } from './tradingbot/state-metrics.ts';
import { triggerOfBot, triggerOfPart } from './tradingbot/triggers.ts';
import { trimOf } from './tradingbot/trim.ts';

export interface OperatorDeps {
  readonly kube: ClusterAccess;
  readonly synthesis: {
    readonly synthesize: Synthesize;
    readonly anchorOf: Parameters<typeof makeCarryOut>[0]['anchorOf'];
    readonly anchorName: (bot: string) => string;
    readonly tokenSecretName: (bot: string) => string;
    readonly templateRevision: number;
  };
  /** How bots are asked; it may need the way to the API server. */
  readonly channel: (transport: Transport) => ControlChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Logger;
  /** How often a bot is looked at; `PACES` when left out. */
  readonly paces?: Omit<Paces, 'resync'>;
  /** After which a part that is not up is stuck, ms; `PATIENCE` when left out. */
  readonly patience?: number;
}

/** Milliseconds. A bot is asked how it trades every quarter of a minute. */
export const PACES: Omit<Paces, 'resync'> = { soon: 2_000, steady: 15_000 };

export const PATIENCE = 20_000;

export interface Operator {
  readonly registry: Registry;
  readonly health: HealthServer;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<'released' | 'lost'>;
}

const BACK_OFF = { first: 100, most: 300_000 };
const RECONCILE_TIMEOUT = 120_000;
const FACTS_AGE = 60_000;
/** A reconcile that lasts longer means a defect: it is aborted long before. */
const STUCK = 300_000;
/** Without an answer of the API server for so long the operator is not ready. */
const SILENT = 400_000;
const NAME = 'tradingbot';
const USER_AGENT = 'claire-operator';

/** Listens on its health port; everything else begins with `run`. */
export async function makeOperator(config: OperatorConfig, deps: OperatorDeps): Promise<Operator> {
  const { clock, log } = deps;
  const registry = new Registry();
  const queue: WorkQueue = makeQueue({ clock, backOff: BACK_OFF, events: queueEvents(() => metrics) });
  const metrics: RuntimeMetrics = makeRuntimeMetrics(
    registry,
    {
      controller: NAME,
      kinds: [TRADING_BOT, ...WATCHED].map(({ kind }) => kind),
      workers: config.workers,
      lease: config.leaseName,
    },
    { queueDepth: () => queue.depth, working: () => queue.working(), monotonic: () => clock.monotonic() },
  );
  const transport = makeTransport(deps.kube, {
    clock,
    userAgent: USER_AGENT,
    onRequest: ({ method }, status) => {
      metrics.request(method, status);
    },
  });
  const plain = makeClient(transport);
  const elector = makeElector({
    client: plain,
    lease: { namespace: config.operatorNamespace, name: config.leaseName },
    identity: config.identity,
    clock,
    random: deps.random,
    log,
    onChange: (leads) => {
      metrics.leader(leads);
    },
  });
  // What wakes from a freeze past its lease sends nothing more.
  const mayAct = (): boolean => !config.leaderElect || elector.holds();
  const client = fenced(plain, mayAct);
  const { bots, parts } = makeInformers(config, { ...deps, client: plain, metrics });
  feedQueue(queue, bots, parts);
  makeStateMetrics(registry, bots.store);
  const all = [bots, ...parts];
  const controller = makeController({
    queue,
    reconcile: wireReconcile(config, deps, { client, mayAct, transport, metrics, bots, parts }),
    workers: config.workers,
    timeout: RECONCILE_TIMEOUT,
    clock,
    metrics,
    log,
    newId: deps.newId,
  });
  const health = await serveHealth({
    host: config.healthHost,
    port: config.healthPort,
    registry,
    live: [
      {
        name: 'workers',
        problem: () => (controller.longestWork() > STUCK ? 'a reconcile is stuck' : undefined),
      },
    ],
    ready: [
      {
        name: 'caches',
        problem: () => unsynced(all),
      },
      { name: 'api-server', problem: () => silent(all, clock) },
    ],
  });

  async function work(signal: AbortSignal): Promise<void> {
    while (unsynced(all) !== undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        clock.after(50, resolve);
      });
    }
    log.info(
      { bots: bots.store.size, parts: parts.reduce((sum, { store }) => sum + store.size, 0) },
      'caches are filled',
    );
    await controller.run(signal);
  }

  return {
    registry,
    health,
    run: async (signal) => {
      const watching = new AbortController();
      const watches = Promise.all(all.map((informer) => informer.run(watching.signal)));
      try {
        if (config.leaderElect) return await elector.run(signal, work);
        metrics.leader(true);
        await work(signal);
        return 'released';
      } finally {
        watching.abort();
        await watches;
        await health.close();
        transport.close();
      }
    },
  };
}

function unsynced(informers: readonly Informer[]): string | undefined {
  const open = informers.filter((informer) => !informer.synced()).map(({ type }) => type.kind);
  return open.length === 0 ? undefined : `not listed yet: ${open.join(', ')}`;
}

function silent(informers: readonly Informer[], clock: Clock): string | undefined {
  const now = clock.monotonic();
  const quiet = informers.filter((informer) => now - (informer.lastContact() ?? now) > SILENT);
  return quiet.length === 0 ? undefined : `no answer for: ${quiet.map(({ type }) => type.kind).join(', ')}`;
}

function queueEvents(metrics: () => RuntimeMetrics): Parameters<typeof makeQueue>[0]['events'] {
  return {
    added: () => {
      metrics().queueAdded();
    },
    taken: (waited) => {
      metrics().queueTaken(waited / 1000);
    },
    done: (worked) => {
      metrics().queueDone(worked / 1000);
    },
    retried: () => {
      metrics().queueRetried();
    },
  };
}

interface InformerDeps extends Pick<OperatorDeps, 'clock' | 'random' | 'log'> {
  readonly client: KubeClient;
  readonly metrics: RuntimeMetrics;
}

function makeInformers(
  { namespaces }: OperatorConfig,
  deps: InformerDeps,
): { readonly bots: Informer; readonly parts: readonly Informer[] } {
  return {
    bots: makeInformer({ type: TRADING_BOT, namespaces }, deps),
    parts: WATCHED.map((type) => {
      const trim = trimOf(type);
      return makeInformer(
        { type, namespaces, labelSelector: BOT_LABEL, indexOf: botIndex, ...(trim ? { trim } : {}) },
        deps,
      );
    }),
  };
}

function feedQueue(queue: WorkQueue, bots: Informer, parts: readonly Informer[]): void {
  bots.store.subscribe((change) => {
    const trigger = triggerOfBot(change);
    if (trigger) queue.add(trigger.key, trigger.priority);
  });
  for (const { store } of parts) {
    store.subscribe((change) => {
      const trigger = triggerOfPart(change);
      if (trigger) queue.add(trigger.key, trigger.priority);
    });
  }
}

interface Wired {
  readonly client: KubeClient;
  readonly mayAct: () => boolean;
  readonly transport: Transport;
  readonly metrics: RuntimeMetrics;
  readonly bots: Informer;
  readonly parts: readonly Informer[];
}

function wireReconcile(
  config: OperatorConfig,
  deps: OperatorDeps,
  wired: Wired,
): ReturnType<typeof makeReconcile> {
  const { clock, log, random, synthesis } = deps;
  const { client, mayAct, transport, metrics, bots, parts } = wired;
  const control = fencedControl(makeControlClient(deps.channel(transport)), mayAct);
  const accounts = makeAccountRegister(client, config.operatorNamespace, () => clock.now());
  const events = makeEventRecorder({
    client,
    clock,
    metrics,
    log,
    controller: 'trading.claire.dev/operator',
    instance: config.identity,
  });
  const observer = makeObserver({
    client,
    informers: parts,
    control,
    accounts,
    synthesize: synthesis.synthesize,
    anchorName: synthesis.anchorName,
    tokenSecretName: synthesis.tokenSecretName,
    clock,
    overridesAllowed: config.allowLiveOverrides,
    factsAge: Math.min(FACTS_AGE, config.resync),
    patience: deps.patience ?? PATIENCE,
  });
  const applier = makeApplier(client, {
    manager: FIELD_MANAGER,
    ownerLabel: UID_LABEL,
    hashAnnotation: APPLIED_ANNOTATION,
  });
  const carryOut = makeCarryOut({
    client,
    applier,
    control,
    accounts,
    informers: [bots, ...parts],
    events,
    anchorOf: synthesis.anchorOf,
    token: (bot, signal) => observer.token(bot, signal),
    forgetSecret: (ref) => {
      observer.forgetSecret(ref);
    },
  });
  return makeReconcile({
    client,
    bots,
    observer,
    carryOut,
    events,
    clock,
    random,
    templateRevision: synthesis.templateRevision,
    paces: { ...(deps.paces ?? PACES), resync: config.resync },
  });
}
