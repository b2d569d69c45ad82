import { Worker } from 'node:worker_threads';

export interface PaceOrder {
  /** Of `process.hrtime`, which all threads share. */
  readonly startNs: bigint;
  /** Messages a second. */
  readonly rate: number;
  readonly count: number;
}

const PACER = new URL('./pacer.ts', import.meta.url);
/** For the worker to be there. */
const LEAD_NS = 200_000_000n;

/**
 * Sends at fixed times, whatever the answers do; returns the intended times. Another thread keeps the time and sleeps in
 * between: one that looked at the clock all the time would take a processor from what is measured.
 */
export function steadily(
  rate: number,
  count: number,
  send: (number: number) => void,
): Promise<(n: number) => bigint> {
  const startNs = process.hrtime.bigint() + LEAD_NS;
  const order: PaceOrder = { startNs, rate, count };
  const worker = new Worker(PACER, { workerData: order });
  let next = 0;
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (due: number) => {
      for (; next < due; next += 1) send(next);
      if (next === count) resolve((n) => startNs + BigInt(Math.round((n * 1e9) / rate)));
    });
  });
}
