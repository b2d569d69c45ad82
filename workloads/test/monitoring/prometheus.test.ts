/** A real Prometheus scrapes the registries of the five processes over HTTP and evaluates every rule. */
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrometheusMetrics } from '../../src/adapters/prometheus/prometheus-metrics.ts';
import { PROCESSES } from '../../src/contract/index.ts';
import { DECLARED } from '../../src/process/metric-catalogue.ts';
import { makeRiskMetrics } from '../../src/services/risk/metrics.ts';
import { makeScreenerMetrics } from '../../src/services/screener-ws/metrics.ts';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { alertsOf, readRuleFiles, recordsOf, ROOT } from './rule-files.ts';

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}
interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state?: string;
}
type Rules = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };

const servers: Server[] = [];
let folder: string;
let prometheus: TestPrometheus;

async function serve(metrics: PrometheusMetrics): Promise<number> {
  const server = createServer((_, response) => {
    void metrics.text().then((text) => {
      response.setHeader('content-type', metrics.contentType);
      response.end(text);
    });
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A breaker is latched and the feed has been silent for long; everything else is as at the start. */
function registry(name: (typeof PROCESSES)[number]): PrometheusMetrics {
  const metrics = new PrometheusMetrics();
  for (const declare of DECLARED[name]) declare(metrics);
  if (name === 'risk') {
    const { breakerOpen, staleThreshold } = makeRiskMetrics(metrics);
    breakerOpen.set(1, { reason: 'daily-drawdown' });
    staleThreshold.set(90, {});
  }
  if (name === 'screener-ws') makeScreenerMetrics(metrics).lastMessage.set(1_000, { symbol: 'BTCUSDT' });
  return metrics;
}

const allRules = ({ groups }: Rules): readonly Rule[] => groups.flatMap(({ rules }) => rules);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-prometheus-'));
  await cp(new URL('prometheus-rules/', ROOT), join(folder, 'rules'), { recursive: true });
  const jobs = [];
  for (const name of PROCESSES) {
    const target = `127.0.0.1:${await serve(registry(name))}`;
    const labels = { namespace: 'trading', bot: 'momentum', component: name };
    jobs.push({ job_name: name, static_configs: [{ targets: [target], labels }] });
  }
  const global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  const config = { global, rule_files: [join(folder, 'rules/*.yaml')], scrape_configs: jobs };
  prometheus = await startPrometheus(config);
});

afterAll(async () => {
  await prometheus.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

describe('a real Prometheus', () => {
  it('finds every service up', async () => {
    const { activeTargets } = await prometheus.until<{ activeTargets: readonly Target[] }>(
      'targets',
      (answer) =>
        answer.activeTargets.length > 0 && answer.activeTargets.every(({ health }) => health !== 'unknown'),
    );
    const states = activeTargets.map(({ labels, health, lastError }) => ({
      job: labels['job'],
      health,
      lastError,
    }));
    const wanted = PROCESSES.map((job) => ({ job, health: 'up', lastError: '' }));
    expect(states).toEqual(expect.arrayContaining(wanted));
    expect(states).toHaveLength(wanted.length);
  });

  it('evaluates every rule', async () => {
    const answer = await prometheus.until<Rules>(
      'rules',
      (rules) => allRules(rules).length > 0 && allRules(rules).every(({ health }) => health !== 'unknown'),
    );
    const files = await readRuleFiles();
    expect(allRules(answer)).toHaveLength(alertsOf(files).length + recordsOf(files).length);
    expect(allRules(answer).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('fires at once for a breaker, and sees the stale feed coming', async () => {
    const stateOf = (rules: Rules, name: string) => allRules(rules).find((rule) => rule.name === name)?.state;
    await prometheus.until<Rules>(
      'rules',
      (rules) => stateOf(rules, 'TradingCircuitBreakerOpen') === 'firing',
    );
    await prometheus.until<Rules>('rules', (rules) =>
      ['pending', 'firing'].includes(stateOf(rules, 'TradingFeedStale') ?? ''),
    );
  });

  it('gets every series under the labels of its target, and none that hides one of them', async () => {
    const series = await prometheus.ask<readonly Readonly<Record<string, string>>[]>(
      'series?match[]={bot="momentum"}',
    );
    expect(series?.length).toBeGreaterThan(100);
    expect(
      series?.filter((labels) => Object.keys(labels).some((label) => label.startsWith('exported_'))),
    ).toEqual([]);
  });
});
