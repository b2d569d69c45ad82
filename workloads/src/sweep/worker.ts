/** Entry of a thread that plays runs: one at a time, as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Job, playJob, type RunRecord, type SharedPlay } from './job.ts';

/** What a thread answers to a job. */
export type WorkerReply =
  | { readonly ok: true; readonly record: RunRecord }
  /** The error as far as it can cross threads. */
  | { readonly ok: false; readonly id: string; readonly name: string; readonly message: string };

const shared = workerData as SharedPlay;

async function answer(job: Job): Promise<WorkerReply> {
  try {
    return { ok: true, record: await playJob(shared, job, () => performance.now()) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, id: job.id, name, message };
  }
}

parentPort?.on('message', (job: Job) => {
  void answer(job).then((reply) => parentPort?.postMessage(reply));
});
