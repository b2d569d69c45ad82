import { describe, expect, it } from '@jest/globals';
import { PrometheusMetrics } from './prometheus-metrics.ts';

const COUNTER = { name: 'trading_things_total', help: 'Things, by kind (a, b).', labels: ['kind'] as const };

describe('metrics for Prometheus', () => {
  it('are printed in the classic text format under the names they were declared with', async () => {
    const metrics = new PrometheusMetrics();
    metrics.counter({ name: 'circuit_breaker_triggers', help: 'Breakers latched.', labels: [] }).add(2, {});
    metrics.gauge({ name: 'trading_equity', help: 'Equity.', labels: [] }).set(-1.5, {});
    metrics.counter({ ...COUNTER, known: [{ kind: 'a' }, { kind: 'b' }] }).add(1, { kind: 'a' });
    const text = await metrics.text();
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('# TYPE circuit_breaker_triggers counter\ncircuit_breaker_triggers 2\n');
    expect(text).toContain('trading_equity -1.5\n');
    expect(text).toContain('trading_things_total{kind="a"} 1\ntrading_things_total{kind="b"} 0\n');
  });

  it.each([
    [[] as const, ''],
    [['stage'] as const, 'stage="s"'],
  ])('histograms with labels %j count cumulatively', async (labels, shown) => {
    const metrics = new PrometheusMetrics();
    const histogram = metrics.histogram({
      name: 'trading_wait_seconds',
      help: 'Waiting.',
      labels,
      buckets: [0.1, 1],
    });
    for (const value of [0.1, 0.5, 3]) histogram.observe(value, { stage: 's' });
    const text = await metrics.text();
    const bucket = (le: string): RegExp =>
      new RegExp(`trading_wait_seconds_bucket\\{[^}]*le="${le}"[^}]*\\} (\\d+)`);
    expect(['0.1', '1', '\\+Inf'].map((le) => bucket(le).exec(text)?.[1])).toEqual(['1', '2', '3']);
    expect(text).toMatch(/trading_wait_seconds_sum(\{[^}]*\})? 3\.6/);
    expect(text).toMatch(/trading_wait_seconds_count(\{[^}]*\})? 3/);
    expect(text).toContain(shown);
  });

  it('may be declared again with the same meaning only', async () => {
    const metrics = new PrometheusMetrics();
    metrics.counter(COUNTER).add(1, { kind: 'a' });
    metrics.counter(COUNTER).add(1, { kind: 'a' });
    expect(await metrics.text()).toContain('trading_things_total{kind="a"} 2\n');
    expect(() => metrics.gauge(COUNTER)).toThrow(/declared with two meanings/);
  });

  it('stay bounded whatever a label is given, and say what was left out', async () => {
    const metrics = new PrometheusMetrics();
    const counter = metrics.counter(COUNTER);
    for (let index = 0; index < 510; index += 1) counter.add(1, { kind: String(index) });
    const text = await metrics.text();
    expect(text.match(/^trading_things_total\{/gm)).toHaveLength(500);
    expect(text).toContain('trading_metric_series_dropped_total 10\n');
  });

  it('never throw for a figure that is none', async () => {
    const metrics = new PrometheusMetrics();
    metrics.counter(COUNTER).add(-1, { kind: 'a' });
    metrics.counter(COUNTER).add(Number.NaN, { kind: 'a' });
    metrics.gauge({ name: 'trading_equity', help: 'Equity.', labels: [] }).set(Number.NaN, {});
    expect(await metrics.text()).not.toContain('NaN');
  });
});
