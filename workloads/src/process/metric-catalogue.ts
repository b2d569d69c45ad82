/**
 * Every metric of every process, from the definitions themselves: `docs/metrics.md` is written from it, and rules and
 * dashboards are held against it.
 */
import { makeMexcMetrics } from '../adapters/mexc/mexc-metrics.ts';
import { PROCESSES, type ProcessName } from '../contract/index.ts';
import type { HistogramDefinition, MetricDefinition, Metrics } from '../ports/metrics.ts';
import { makeExecutionMetrics } from '../services/execution/metrics.ts';
import { makeNotifierMetrics } from '../services/notifier/metrics.ts';
import { makeRiskMetrics } from '../services/risk/metrics.ts';
import { makeScreenerMetrics } from '../services/screener-ws/metrics.ts';
import { makeSignalMetrics } from '../services/signal/metrics.ts';
import {
  makeBusMetrics,
  makeLedgerMetrics,
  makeProcessMetrics,
  makeStorageMetrics,
} from './process-metrics.ts';

export interface CatalogueEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram. */
  readonly buckets: readonly number[];
}

/** Declares metrics on what it is given. */
export type Declare = (metrics: Metrics) => void;

const EVERYWHERE: readonly Declare[] = [
  makeProcessMetrics,
  makeBusMetrics,
  makeLedgerMetrics,
  makeStorageMetrics,
];

/** What is declared in a process of each kind, besides what its runtime shows of itself. */
export const DECLARED: Readonly<Record<ProcessName, readonly Declare[]>> = {
  'screener-ws': [...EVERYWHERE, makeScreenerMetrics, makeMexcMetrics],
  'screener-rest': [...EVERYWHERE, makeScreenerMetrics, makeMexcMetrics, makeNotifierMetrics],
  signal: [...EVERYWHERE, makeSignalMetrics],
  risk: [...EVERYWHERE, makeRiskMetrics],
  execution: [...EVERYWHERE, makeExecutionMetrics, makeMexcMetrics],
};

/** What the declarations declare, by name. */
export function catalogueOf(declarations: readonly Declare[]): readonly CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  const note =
    (type: CatalogueEntry['type']) =>
    ({ name, help, labels, ...rest }: MetricDefinition<string> | HistogramDefinition<string>): void => {
      entries.push({ type, name, help, labels, buckets: 'buckets' in rest ? rest.buckets : [] });
    };
  const [counter, gauge, histogram] = [note('counter'), note('gauge'), note('histogram')];
  const metrics: Metrics = {
    counter: (definition) => {
      counter(definition);
      return { add: () => undefined };
    },
    gauge: (definition) => {
      gauge(definition);
      return { set: () => undefined, follow: () => undefined };
    },
    histogram: (definition) => {
      histogram(definition);
      return { observe: () => undefined };
    },
  };
  for (const declare of declarations) declare(metrics);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const metricCatalogue = (): ReadonlyMap<ProcessName, readonly CatalogueEntry[]> =>
  new Map(PROCESSES.map((name) => [name, catalogueOf(DECLARED[name])]));
