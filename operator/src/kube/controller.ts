/**
 * The loop: N workers take keys from the queue and reconcile them, one worker a key at a time. What a reconcile returns or
 * throws decides when its key comes back.
 */
import type { Clock } from './clock.ts';
import { describeError, hasCode, KubeError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { ReconcileOutcome, RuntimeMetrics } from './metrics.ts';
import { PRIORITY, type WorkQueue } from './queue.ts';

/** A failure that only a change of the object can end: it is not tried again by itself. */
export class TerminalError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

export interface ReconcileResult {
  /** Come back after this time, ms; without it only when something changes. */
  readonly requeueAfter?: number;
  readonly priority?: number;
}

export interface ReconcileContext {
  /** Aborts at shutdown, at loss of leadership, and when the reconcile takes too long. */
  readonly signal: AbortSignal;
  /** In every log line of this reconcile. */
  readonly log: Logger;
}

export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

export interface ControllerDeps {
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly workers: number;
  /** After which a reconcile is aborted, ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly metrics: RuntimeMetrics;
  readonly log: Logger;
  /** A new id for each reconcile. */
  readonly newId: () => string;
}

export interface Controller {
  /** Works until the signal aborts and what is in hand has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** How long the longest running reconcile lasts, ms. */
  longestWork(): number;
}

export function makeController(deps: ControllerDeps): Controller {
  const { queue, clock, workers } = deps;
  return {
    run: async (signal) => {
      const stop = (): void => {
        queue.shutDown();
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.all(Array.from({ length: workers }, () => work(deps, signal)));
    },
    longestWork: () => {
      const now = clock.monotonic();
      return Math.max(0, ...[...queue.working().values()].map((since) => now - since));
    },
  };
}

async function work(deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    const item = await deps.queue.take();
    if (item === undefined) return;
    deps.metrics.workersActive(1);
    try {
      await once(deps, item.key, signal);
    } finally {
      deps.metrics.workersActive(-1);
      deps.queue.finish(item.key);
    }
  }
}

async function once(deps: ControllerDeps, key: string, signal: AbortSignal): Promise<void> {
  const { clock, metrics } = deps;
  const log = deps.log.child({ object: key, reconcileID: deps.newId() });
  const began = clock.monotonic();
  const deadline = new AbortController();
  const cancel = clock.after(deps.timeout, () => {
    metrics.timedOut();
    deadline.abort(new Error(`the reconcile took longer than ${deps.timeout} ms`));
  });
  let outcome: ReconcileOutcome;
  try {
    const combined = AbortSignal.any([signal, deadline.signal]);
    outcome = succeed(deps.queue, key, await deps.reconcile(key, { signal: combined, log }));
  } catch (error) {
    if (signal.aborted) return;
    outcome = fail(deps, key, error, log);
  } finally {
    cancel();
  }
  metrics.reconciled(outcome, (clock.monotonic() - began) / 1000);
}

function succeed(queue: WorkQueue, key: string, result: ReconcileResult): ReconcileOutcome {
  queue.forget(key);
  if (result.requeueAfter === undefined) return 'success';
  queue.addAfter(key, result.priority ?? PRIORITY.resync, result.requeueAfter);
  return 'requeue_after';
}

/** A conflict means that somebody was faster: it is tried again and is no error. */
function fail(deps: ControllerDeps, key: string, error: unknown, log: Logger): ReconcileOutcome {
  const { queue, metrics } = deps;
  const words = { error: describeError(error) };
  if (hasCode(error, 'CONFLICT', 'ABORTED', 'ALREADY_EXISTS')) {
    log.debug(words, 'will try again');
    queue.addFailed(key, PRIORITY.change);
    return 'requeue';
  }
  if (error instanceof TerminalError) {
    metrics.terminalError();
    queue.forget(key);
    log.error(words, 'failed until the object changes');
    return 'error';
  }
  const known = error instanceof KubeError;
  if (!known) metrics.panicked();
  const stack = !known && error instanceof Error ? { stack: error.stack } : {};
  log.error({ ...words, ...stack, failures: queue.failures(key) + 1 }, 'reconcile failed');
  queue.addFailed(key, PRIORITY.drift, known ? error.retryAfter : undefined);
  return 'error';
}
