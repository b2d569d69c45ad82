import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

const counter: Counter<string> = { add: () => undefined };
const gauge: Gauge<string> = { set: () => undefined, follow: () => undefined };
const histogram: Histogram<string> = { observe: () => undefined };

/** Metrics that nobody reads: a run on one machine has no scraper. */
export const QUIET_METRICS: Metrics = {
  counter: () => counter,
  gauge: () => gauge,
  histogram: () => histogram,
};
