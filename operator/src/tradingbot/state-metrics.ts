/** The state of bots as gauges, read from the cache at scrape time: a deleted bot leaves no series behind. */
import type { TradingBotStatus } from '@claire/workloads/contract';
import { Gauge, type Registry } from 'prom-client';
import type { KubeObject } from '../kube/resource.ts';

const STATUSES = ['True', 'False', 'Unknown'] as const;

export function makeStateMetrics(registry: Registry, bots: { objects(): Iterable<KubeObject> }): void {
  const labels = ['namespace', 'name'] as const;
  new Gauge({
    name: 'tradingbot_status_condition',
    help: 'Conditions of a bot: 1 for the status it has. Labels: namespace, name, condition, status (True, False, Unknown).',
    labelNames: [...labels, 'condition', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, status } of bots.objects()) {
        const { conditions = [] } = (status ?? {}) as TradingBotStatus;
        for (const condition of conditions) {
          for (const value of STATUSES) {
            const series = {
              namespace: metadata.namespace ?? '',
              name: metadata.name,
              condition: condition.type,
              status: value,
            };
            this.set(series, condition.status === value ? 1 : 0);
          }
        }
      }
    },
  });
  new Gauge({
    name: 'tradingbot_info',
    help: 'One for each bot. Labels: namespace, name, mode (paper, live), venue.',
    labelNames: [...labels, 'mode', 'venue'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, spec } of bots.objects()) {
        const { mode = 'paper', exchange } = (spec ?? {}) as {
          readonly mode?: string;
          readonly exchange?: { readonly venue?: string };
        };
        this.set(
          {
            namespace: metadata.namespace ?? '',
            name: metadata.name,
            mode,
            venue: exchange?.venue ?? 'mexc',
          },
          1,
        );
      }
    },
  });
  new Gauge({
    name: 'tradingbot_held_updates',
    help: 'Updates that wait for a bot to be flat. Labels: namespace, name.',
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, status } of bots.objects()) {
        const { heldUpdates = [] } = (status ?? {}) as TradingBotStatus;
        this.set({ namespace: metadata.namespace ?? '', name: metadata.name }, heldUpdates.length);
      }
    },
  });
}
