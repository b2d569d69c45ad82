import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { PrometheusMetrics } from '../../src/adapters/prometheus/prometheus-metrics.ts';
import { PROCESSES } from '../../src/contract/index.ts';
import type { Labels, MetricDefinition, Metrics } from '../../src/ports/metrics.ts';
import { DECLARED, metricCatalogue } from '../../src/process/metric-catalogue.ts';
import { operatorRegistry } from './known-metrics.ts';

const SYMBOLS = Array.from({ length: 200 }, (_, index) => `COIN${index}USDT`);
/** What a scrape of one process may hold, so that it blocks nothing for long. */
const SAMPLE_BUDGET = 1_500;

/** As the original system had them; nothing else may deviate from Prometheus's rules. */
const EXCEPTIONS = ['circuit_breaker_triggers', 'signal_processing_latency_ms', 'execution_latency_ms'];

/** Declares on the real thing and gives every metric every label set there can be: known ones, and 200 symbols. */
function filled(declare: readonly ((metrics: Metrics) => void)[]): PrometheusMetrics {
  const real = new PrometheusMetrics();
  const setsOf = <Label extends string>({
    labels,
    known,
  }: MetricDefinition<Label>): readonly Labels<Label>[] => {
    const symbolic = labels.some((label) => label === 'symbol');
    const rest = { side: 'BUY' } as unknown as Labels<Label>;
    return symbolic
      ? SYMBOLS.map((symbol) => ({ ...rest, symbol })).map((set) => pick(set, labels))
      : (known ?? []);
  };
  const spying: Metrics = {
    counter: (definition) => {
      const counter = real.counter(definition);
      for (const labels of setsOf(definition)) counter.add(1, labels);
      return counter;
    },
    gauge: (definition) => {
      const gauge = real.gauge(definition);
      for (const labels of setsOf(definition)) gauge.set(1, labels);
      return gauge;
    },
    histogram: (definition) => real.histogram(definition),
  };
  for (const each of declare) each(spying);
  return real;
}

const pick = <Label extends string>(set: Readonly<Record<string, string>>, labels: readonly Label[]) =>
  Object.fromEntries(labels.map((label) => [label, set[label] ?? ''])) as unknown as Labels<Label>;

const samplesIn = (text: string): number =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

const checkMetrics = (text: string): readonly string[] => {
  const { stderr, stdout, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line !== '' && !EXCEPTIONS.some((name) => line.startsWith(`${name} `)));
};

describe('the registry of each process', () => {
  it.each(PROCESSES)('of %s is what Prometheus wants, but for the names of the original', async (name) => {
    expect(checkMetrics(await filled(DECLARED[name]).text())).toEqual([]);
  });

  it.each(PROCESSES)('of %s stays within its samples at 200 symbols', async (name) => {
    const text = await filled(DECLARED[name]).text();
    expect(samplesIn(text)).toBeLessThan(SAMPLE_BUDGET);
    expect(text).toContain('trading_metric_series_dropped_total 0\n');
  });

  it('of the operator is what Prometheus wants', async () => {
    expect(checkMetrics(await operatorRegistry().metrics())).toEqual([]);
  });

  it('is found wanting when a name is wrong', () => {
    expect(checkMetrics('# HELP a_ms x\n# TYPE a_ms counter\na_ms 1\n')).not.toEqual([]);
  });
});

describe('every metric', () => {
  it('says what its labels are bound by', () => {
    for (const entry of [...metricCatalogue().values()].flat()) {
      for (const label of entry.labels) expect(entry.help).toContain(label);
    }
  });

  it('has labels of the list of allowed ones only: nothing that grows, nothing that identifies', () => {
    const allowed = [
      'symbol',
      'side',
      'reason',
      'outcome',
      'origin',
      'status',
      'state',
      'kind',
      'limit',
      'cause',
    ];
    const more = ['endpoint', 'stream', 'group', 'component', 'version'];
    const used = [...metricCatalogue().values()].flat().flatMap(({ labels }) => labels);
    expect([...new Set(used)].filter((label) => ![...allowed, ...more].includes(label))).toEqual([]);
  });

  it('has a bound exactly at the objective of the pipeline', () => {
    const latency = metricCatalogue()
      .get('signal')
      ?.find(({ name }) => name === 'trading_pipeline_latency_seconds');
    expect(latency?.buckets).toContain(0.05);
  });
});

describe('a gauge that follows', () => {
  const GAUGE = {
    name: 'trading_figures',
    help: 'Figures, by symbol (of the universe).',
    labels: ['symbol'] as const,
  };

  it('shows what its source says now, and forgets what is gone', async () => {
    const metrics = new PrometheusMetrics();
    let held = ['A', 'B'];
    metrics.gauge(GAUGE).follow(() => held.map((symbol) => [1, { symbol }] as const));
    expect(await metrics.text()).toContain('trading_figures{symbol="A"} 1\ntrading_figures{symbol="B"} 1\n');
    held = ['B'];
    const text = await metrics.text();
    expect(text).toContain('trading_figures{symbol="B"} 1');
    expect(text).not.toContain('symbol="A"');
  });

  it('shows nothing, rather than 0, for what is not known', async () => {
    const metrics = new PrometheusMetrics();
    metrics.gauge({ name: 'trading_figure', help: 'A figure.', labels: [] }).follow(() => []);
    expect(await metrics.text()).not.toMatch(/^trading_figure /m);
  });

  it('does not take the others with it when its source fails', async () => {
    const metrics = new PrometheusMetrics();
    metrics.counter({ name: 'trading_things_total', help: 'Things.', labels: [] }).add(1, {});
    metrics.gauge(GAUGE).follow(() => {
      throw new Error('broken');
    });
    const text = await metrics.text();
    expect(text).toContain('trading_things_total 1\n');
    expect(text).toContain('trading_metric_source_failures_total 1\n');
  });
});
