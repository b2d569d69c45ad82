/** A worker that tells when messages are due, at a steady rate, and sleeps in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { sleepUntil } from '../sleep.ts';
import type { PaceOrder } from './pace.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker');
const { startNs, rate, count } = workerData as PaceOrder;
const intended = (n: number): bigint => startNs + BigInt(Math.round((n * 1e9) / rate));

for (let due = 0; due < count;) {
  sleepUntil(intended(due));
  const passed = Number(process.hrtime.bigint() - startNs);
  const now = Math.min(count, Math.floor((passed / 1e9) * rate) + 1);
  if (passed >= 0 && now > due) port.postMessage((due = now));
}
