import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap of a long-lived process near what it really uses. Left alone, V8 answers a steady stream of short-lived
 * objects (candles) by letting young and old space grow several times over: no leak, but memory that a pod has to be
 * given. To be called before anything is loaded; costs a few more small collections.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
