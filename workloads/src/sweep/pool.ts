import { Worker } from 'node:worker_threads';
import type { Job, RunRecord, SharedPlay } from './job.ts';
import type { WorkerReply } from './worker.ts';

export interface PoolRequest {
  readonly shared: SharedPlay;
  readonly jobs: readonly Job[];
  readonly threads: number;
  /** Aborted: no more runs are begun, those under way are dropped. */
  readonly signal: AbortSignal;
  /** Told of each run as it ends, one after the other. */
  readonly onRecord: (record: RunRecord) => void;
}

/** A run that could not be played to its end. */
export class SweepRunError extends Error {
  readonly code = 'SWEEP_RUN_FAILED';
  readonly retryable = false;
}

const WORKER = new URL('./worker.ts', import.meta.url);

/** Lets one thread play jobs until there are none. */
function drive(worker: Worker, next: () => Job | undefined, request: PoolRequest): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const give = (): void => {
    const job = request.signal.aborted ? undefined : next();
    if (job === undefined) resolve(undefined);
    else worker.postMessage(job);
  };
  worker.on('message', (reply: WorkerReply) => {
    if (request.signal.aborted) {
      resolve(undefined);
      return;
    }
    try {
      if (!reply.ok) throw new SweepRunError(`run ${reply.id}: ${reply.name}: ${reply.message}`);
      request.onRecord(reply.record);
      give();
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  worker.once('error', reject);
  worker.once('exit', (code) => {
    reject(new SweepRunError(`a thread ended with ${code}`));
  });
  request.signal.addEventListener('abort', () => {
    resolve(undefined);
  });
  give();
  return promise;
}

/**
 * Plays jobs on threads. Which thread plays which run changes nothing: they share no state but the kept columns, which
 * are only read.
 * @throws SweepRunError; what `onRecord` throws
 */
export async function playJobs(request: PoolRequest): Promise<void> {
  const queue = request.jobs.values();
  const next = (): Job | undefined => queue.next().value;
  const count = Math.min(request.threads, request.jobs.length);
  const workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData: request.shared }));
  try {
    await Promise.all(workers.map((worker) => drive(worker, next, request)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
