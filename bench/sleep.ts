const CELL = new Int32Array(new SharedArrayBuffer(4));
const SHORTEST_MS = 0.05;

/** Blocks this thread until the time given (ns of `process.hrtime`), to some 0.1 ms; it takes no processor meanwhile. */
export function sleepUntil(at: bigint): void {
  const wait = Number(at - process.hrtime.bigint()) / 1e6;
  if (wait > 0) Atomics.wait(CELL, 0, 0, Math.max(wait, SHORTEST_MS));
}
