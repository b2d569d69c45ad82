/**
 * The metrics of the runtime, under the names that controller-runtime and client-go use, so that dashboards and alerts
 * written for them work. Every series whose labels are known beforehand begins at 0.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ReconcileOutcome = 'success' | 'error' | 'requeue' | 'requeue_after';
export type WatchEnd = 'closed' | 'gone' | 'error';

const OUTCOMES: readonly ReconcileOutcome[] = ['success', 'error', 'requeue', 'requeue_after'];
const WATCH_ENDS: readonly WatchEnd[] = ['closed', 'gone', 'error'];
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

export interface RuntimeMetrics {
  reconciled(outcome: ReconcileOutcome, seconds: number): void;
  terminalError(): void;
  panicked(): void;
  timedOut(): void;
  workersActive(change: 1 | -1): void;
  queueAdded(): void;
  queueTaken(waitedSeconds: number): void;
  queueDone(workedSeconds: number): void;
  queueRetried(): void;
  contact(kind: string): void;
  listed(kind: string): void;
  watchEnded(kind: string, reason: WatchEnd): void;
  handlerError(kind: string): void;
  request(method: string, code: number): void;
  leader(held: boolean): void;
  event(outcome: 'sent' | 'dropped' | 'failed'): void;
}

/** What is read at scrape time. */
export interface MetricSources {
  queueDepth(): number;
  /** Since when each key is in work, ms on the clock of `monotonic`. */
  working(): ReadonlyMap<string, number>;
  monotonic(): number;
}

export interface MetricSettings {
  readonly controller: string;
  readonly kinds: readonly string[];
  readonly workers: number;
  readonly lease: string;
}

export function makeRuntimeMetrics(
  registry: Registry,
  settings: MetricSettings,
  sources: MetricSources,
): RuntimeMetrics {
  const watch = watchMetrics(registry, settings.kinds);
  const queue = queueMetrics(registry, settings.controller, sources);
  const loop = reconcileMetrics(registry, settings);
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process leads: 1 as leader, 0 as standby. Label name: the Lease.',
    labelNames: ['name'],
    registers: [registry],
  });
  leader.set({ name: settings.lease }, 0);
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server. Labels: method; code, the HTTP status, or <error> without an answer.',
    labelNames: ['method', 'code'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'operator_events_total',
    help: 'Kubernetes events by what became of them. Label outcome: sent, dropped (too many), failed.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['sent', 'dropped', 'failed']) events.inc({ outcome }, 0);
  return {
    ...watch,
    ...queue,
    ...loop,
    request: (method, code) => {
      requests.inc({ method, code: code === 0 ? '<error>' : String(code) });
    },
    leader: (held) => {
      leader.set({ name: settings.lease }, held ? 1 : 0);
    },
    event: (outcome) => {
      events.inc({ outcome });
    },
  };
}

type LoopMetrics = Pick<
  RuntimeMetrics,
  'reconciled' | 'terminalError' | 'panicked' | 'timedOut' | 'workersActive'
>;

function reconcileMetrics(registry: Registry, { controller, workers }: MetricSettings): LoopMetrics {
  const counter = (name: string, help: string): Counter<'controller'> => {
    const made = new Counter({ name, help, labelNames: ['controller'], registers: [registry] });
    made.inc({ controller }, 0);
    return made;
  };
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles. Labels: controller; result: success, error, requeue, requeue_after.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  for (const result of OUTCOMES) total.inc({ controller, result }, 0);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.');
  const terminal = counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that failed until somebody changes the object.',
  );
  const panics = counter(
    'controller_runtime_reconcile_panics_total',
    'Reconciles that met a defect of the operator.',
  );
  const timeouts = counter('controller_runtime_reconcile_timeouts_total', 'Reconciles that took too long.');
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a reconcile.',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS,
    registers: [registry],
  });
  seconds.zero({ controller });
  const most = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Workers.',
    labelNames: ['controller'],
    registers: [registry],
  });
  most.set({ controller }, workers);
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Workers that are reconciling now.',
    labelNames: ['controller'],
    registers: [registry],
  });
  active.set({ controller }, 0);
  return {
    reconciled: (result, duration) => {
      total.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      seconds.observe({ controller }, duration);
    },
    terminalError: () => {
      terminal.inc({ controller });
    },
    panicked: () => {
      panics.inc({ controller });
    },
    timedOut: () => {
      timeouts.inc({ controller });
    },
    workersActive: (change) => {
      active.inc({ controller }, change);
    },
  };
}

type QueueMetrics = Pick<RuntimeMetrics, 'queueAdded' | 'queueTaken' | 'queueDone' | 'queueRetried'>;

function queueMetrics(registry: Registry, name: string, sources: MetricSources): QueueMetrics {
  const labelNames = ['name'] as const;
  const counter = (metric: string, help: string): Counter<'name'> => {
    const made = new Counter({ name: metric, help, labelNames, registers: [registry] });
    made.inc({ name }, 0);
    return made;
  };
  const histogram = (metric: string, help: string): Histogram<'name'> => {
    const made = new Histogram({
      name: metric,
      help,
      labelNames,
      buckets: QUEUE_BUCKETS,
      registers: [registry],
    });
    made.zero({ name });
    return made;
  };
  const gauge = (metric: string, help: string, read: () => number): void => {
    new Gauge({
      name: metric,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.set({ name }, read());
      },
    });
  };
  const ages = (): number[] =>
    [...sources.working().values()].map((since) => (sources.monotonic() - since) / 1000);
  gauge('workqueue_depth', 'Keys that wait for a worker.', () => sources.queueDepth());
  gauge('workqueue_unfinished_work_seconds', 'Sum of how long keys are in work.', () =>
    ages().reduce((sum, age) => sum + age, 0),
  );
  gauge('workqueue_longest_running_processor_seconds', 'How long the longest work lasts.', () =>
    Math.max(0, ...ages()),
  );
  const adds = counter('workqueue_adds_total', 'Keys added.');
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure.');
  const waited = histogram('workqueue_queue_duration_seconds', 'How long a key waited.');
  const worked = histogram('workqueue_work_duration_seconds', 'How long a key was in work.');
  return {
    queueAdded: () => {
      adds.inc({ name });
    },
    queueTaken: (seconds) => {
      waited.observe({ name }, seconds);
    },
    queueDone: (seconds) => {
      worked.observe({ name }, seconds);
    },
    queueRetried: () => {
      retries.inc({ name });
    },
  };
}

type WatchMetrics = Pick<RuntimeMetrics, 'contact' | 'listed' | 'watchEnded' | 'handlerError'>;

function watchMetrics(registry: Registry, kinds: readonly string[]): WatchMetrics {
  const labelNames = ['kind'] as const;
  const lists = new Counter({
    name: 'operator_lists_total',
    help: 'Whole lists taken over, by kind.',
    labelNames,
    registers: [registry],
  });
  const ends = new Counter({
    name: 'operator_watch_ends_total',
    help: 'Ends of watches. Labels: kind; reason: closed (in time), gone (410), error.',
    labelNames: ['kind', 'reason'],
    registers: [registry],
  });
  const contacts = new Gauge({
    name: 'operator_last_contact_timestamp_seconds',
    help: 'When the API server last answered a list or watch, by kind; 0 before the first time.',
    labelNames,
    registers: [registry],
  });
  const handlerErrors = new Counter({
    name: 'operator_change_handler_errors_total',
    help: 'Defects met while handling a change, by kind.',
    labelNames,
    registers: [registry],
  });
  for (const kind of kinds) {
    lists.inc({ kind }, 0);
    contacts.set({ kind }, 0);
    handlerErrors.inc({ kind }, 0);
    for (const reason of WATCH_ENDS) ends.inc({ kind, reason }, 0);
  }
  return {
    contact: (kind) => {
      contacts.setToCurrentTime({ kind });
    },
    listed: (kind) => {
      lists.inc({ kind });
    },
    watchEnded: (kind, reason) => {
      ends.inc({ kind, reason });
    },
    handlerError: (kind) => {
      handlerErrors.inc({ kind });
    },
  };
}
