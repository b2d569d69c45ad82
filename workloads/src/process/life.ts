/**
 * One life of a component: ledger and bus are opened (waiting for them as long as it takes), the component recovers and
 * runs until it is told to stop, its settings change, or something breaks. Whatever it knew is gone with it; the next
 * life recovers from the ledger, in the same process, so that probes and control stay reachable meanwhile.
 */
import { openLedger } from '../adapters/postgres/open-ledger.ts';
import type { RedisBus } from '../adapters/redis/redis-bus.ts';
import type { ProcessName } from '../contract/index.ts';
import { type Duration, SECOND } from '../domain/time.ts';
import type { Ledger, Writer } from '../ports/ledger.ts';
import { isLedgerAway } from '../services/execution/ledger-outage.ts';
import { OutboxRelay } from '../services/outbox-relay.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { pause } from '../ports/pause.ts';
import type { Component, ComponentDeps, MakeComponent } from './component.ts';
import { connectBus } from './connect-bus.ts';
import { measuredLedger } from './measured-ledger.ts';
import { makeStorageMetrics } from './process-metrics.ts';
import type { Readiness } from './readiness.ts';
import { ledgerServer } from './servers.ts';
import { reasonOf, untilDone } from './waiting.ts';

/** What a life passes on to its component, and what it needs besides. */
export interface LifeDeps<Name extends ProcessName> extends Omit<
  ComponentDeps<Name>,
  'ledger' | 'bus' | 'relay' | 'crash'
> {
  readonly make: MakeComponent<Name>;
  /** Aborted: the life ends in order. */
  readonly signal: AbortSignal;
  /** Told of the component while there is one. */
  readonly onComponent: (component: Component<Name> | undefined) => void;
  readonly onBus: (bus: RedisBus | undefined) => void;
}

const CHECKPOINT_EVERY = 5;
/** Beats between two looks at the server of the ledger. */
const LOOK_EVERY = 30;
const BEAT: Duration = SECOND;
/** A transaction that stands still for so long is taken back by the server. */
const ABANDON_AFTER: Duration = 10 * SECOND;
/** Longer than a lease (`FENCE_SETTINGS`), which its holder renews every few seconds. */
const STALE_LEASE: Duration = 12 * SECOND;

const WRITERS: Readonly<Record<ProcessName, Writer>> = {
  'screener-ws': 'screener',
  'screener-rest': 'screener-rest',
  signal: 'signal',
  risk: 'risk',
  execution: 'execution',
};

async function openLifeLedger<Name extends ProcessName>(deps: LifeDeps<Name>): Promise<Ledger> {
  const { settings, secrets, readiness, log, clock } = deps;
  const { host, port } = settings.postgres;
  readiness.set('LEDGER', `PostgreSQL at ${host}:${port} is being asked`);
  const ledger = await untilDone(
    deps,
    async () => {
      const { database, prepared } = settings.postgres;
      return openLedger({
        location: await ledgerServer(settings.postgres, secrets),
        identity: settings.identity,
        writers: [WRITERS[settings.component]],
        database,
        prepared,
        logger: log,
        abandonAfter: ABANDON_AFTER,
        // The only component with a lease: whoever holds its lock and renews none is frozen or cut off.
        ...(settings.component === 'execution' ? { lease: { staleAfter: STALE_LEASE, clock } } : {}),
      });
    },
    (error) => {
      const reason = `PostgreSQL at ${host}:${port}: ${reasonOf(error)}`;
      readiness.set('LEDGER', reason);
      log.warn({ reason }, 'the ledger cannot be opened; it is tried again');
    },
  );
  readiness.clear('LEDGER');
  return ledger;
}

async function openLifeBus<Name extends ProcessName>(deps: LifeDeps<Name>): Promise<RedisBus> {
  const { readiness, log } = deps;
  const { redis, component, settings: own } = deps.settings;
  const { host, port } = redis;
  readiness.set('BUS', `Redis at ${host}:${port} is being asked`);
  const bus = await untilDone(
    deps,
    () => connectBus({ redis, bot: own.bot, name: component }, deps),
    (error) => {
      const reason = `Redis at ${host}:${port}: ${reasonOf(error)}`;
      readiness.set('BUS', reason);
      log.warn({ reason }, 'the bus cannot be opened; it is tried again');
    },
  );
  readiness.clear('BUS');
  return bus;
}

/** Runs until the signal is aborted. @throws what broke it */
export async function live<Name extends ProcessName>(deps: LifeDeps<Name>): Promise<void> {
  const releasers: (() => Promise<void>)[] = [];
  const broken = new AbortController();
  const signal = AbortSignal.any([deps.signal, broken.signal]);
  try {
    const ledger = measuredLedger(await openLifeLedger({ ...deps, signal }), deps);
    releasers.push(() => ledger.close());
    const bus = await openLifeBus({ ...deps, signal });
    deps.onBus(bus);
    releasers.push(() => bus.close());
    const relay = new OutboxRelay({ ledger, bus });
    const component = await deps.make({
      ...deps,
      ledger,
      bus,
      relay,
      signal,
      crash: (error) => {
        broken.abort(error);
      },
    });
    releasers.push(() => component.close());
    deps.onComponent(component);
    await run({ ...deps, signal, component, relay, ledger, broken: broken.signal });
    // The reason of an orderly end is the shell's; what broke is told here.
    if (broken.signal.aborted) throw broken.signal.reason;
  } catch (error) {
    if (broken.signal.aborted) throw broken.signal.reason;
    if (!deps.signal.aborted || error !== deps.signal.reason) throw error;
  } finally {
    deps.onComponent(undefined);
    deps.onBus(undefined);
    deps.readiness.set('STARTING', 'the component begins again');
    for (const release of releasers.toReversed()) await release().catch(() => undefined);
  }
}

interface Running {
  readonly component: Component;
  readonly relay: OutboxRelay;
  readonly ledger: Ledger;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Aborted: the component is broken, and what it knows may be wrong. */
  readonly broken: AbortSignal;
  readonly metrics: Metrics;
}

async function run(running: Running): Promise<void> {
  const { component, relay, readiness, clock, signal } = running;
  try {
    await component.start();
    await relay.flush();
    readiness.clear('STARTING');
    for (let beats = 1; !isAborted(signal); beats += 1) {
      showReadiness(running);
      await pause(clock, BEAT, signal);
      if (isAborted(signal)) break;
      await beat(running, () => component.tick());
      if (beats % CHECKPOINT_EVERY === 0) await beat(running, () => checkpoint(running));
      if (beats % LOOK_EVERY === 1) await beat(running, () => showStorage(running));
    }
  } finally {
    await component.stop();
  }
  // What a broken component knows is not written: the next life recovers from the ledger.
  if (running.broken.aborted) return;
  await relay.flush();
  await checkpoint(running);
}

/** A ledger that is away ends no life whose component goes on without it: what is due is done once it is back. */
async function beat({ component }: Running, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (component.outlivesLedger !== true || !isLedgerAway(error)) throw error;
  }
}

/** A function, since the signal changes while it waits. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** What was published cannot be lost with this process: the rows leave the outbox. */
async function checkpoint({ component, relay, ledger }: Running): Promise<void> {
  await relay.flush();
  await ledger.transaction(async (tx) => {
    await component.checkpoint(tx);
    await relay.settle(tx);
    await relay.lookForMore(tx);
  });
  await relay.flush();
}

/** How the server of the ledger stands, for the metrics. */
async function showStorage({ ledger, metrics }: Running): Promise<void> {
  const { bytes, connections, maxConnections, startedTime } = await ledger.transaction((tx) => tx.storage());
  const shown = makeStorageMetrics(metrics);
  shown.databaseSize.set(bytes, {});
  shown.connections.set(connections, {});
  shown.connectionLimit.set(maxConnections, {});
  shown.postgresStarted.set(Math.round(startedTime / SECOND), {});
}

function showReadiness({ component, readiness }: Running): void {
  for (const [code, message] of Object.entries(component.unready())) {
    readiness.show(code as Parameters<Readiness['show']>[0], message);
  }
}
