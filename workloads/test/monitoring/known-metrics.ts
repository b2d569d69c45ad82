/** Every metric somebody may ask for, with its labels: from the definitions, not from a list. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { makeRuntimeMetrics } from '../../../operator/src/kube/metrics.ts';
import { Store } from '../../../operator/src/kube/store.ts';
import { makeStateMetrics } from '../../../operator/src/tradingbot/state-metrics.ts';
import { metricCatalogue } from '../../src/process/metric-catalogue.ts';

/** What scraping adds to every series. */
export const TARGET_LABELS = ['namespace', 'bot', 'component', 'job', 'instance', 'pod'];

/** A bot as the operator has it in its cache: enough to show every label. */
const A_BOT = {
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: 'momentum', namespace: 'trading' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

/** The operator's own, without an API server behind it. */
export function operatorRegistry(): Registry {
  const registry = new Registry();
  makeRuntimeMetrics(
    registry,
    { controller: 'tradingbot', kinds: ['TradingBot'], workers: 1, lease: 'claire' },
    { queueDepth: () => 0, working: () => new Map(), monotonic: () => 0 },
  );
  const bots = new Store({ onHandlerError: () => undefined });
  makeStateMetrics(registry, bots);
  bots.put(A_BOT);
  return registry;
}

type Shown = Readonly<{ name: string; type: string; labels: readonly string[] }>;

const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };

const series = ({ name, type, labels }: Shown): readonly (readonly [string, readonly string[]])[] =>
  (SUFFIXES[type] ?? ['']).map((suffix) => [
    `${name}${suffix}`,
    suffix === '_bucket' ? [...labels, 'le'] : labels,
  ]);

async function shownBy(registry: Registry): Promise<readonly Shown[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, type, values }) => ({
    name,
    type: String(type),
    labels: [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].filter(
      (label) => label !== 'le',
    ),
  }));
}

/** Names the rules may use, with the labels each has of itself. */
export async function knownSeries(): Promise<ReadonlyMap<string, readonly string[]>> {
  const runtime = new Registry();
  collectDefaultMetrics({ register: runtime });
  const shown = [
    ...[...metricCatalogue().values()].flat(),
    ...(await shownBy(operatorRegistry())),
    ...(await shownBy(runtime)),
    { name: 'up', type: 'gauge', labels: [] },
  ];
  return new Map(shown.flatMap(series));
}
