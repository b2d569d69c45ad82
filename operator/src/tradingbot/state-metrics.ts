/** The state of bots as gauges. A deleted bot leaves no series behind. */
import type { TradingBotStatus } from '@claire/workloads/contract';
import { Gauge, type GaugeConfiguration, type Registry } from 'prom-client';
import type { KubeObject } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';

const STATUSES = ['True', 'False', 'Unknown'] as const;
const LABELS = ['namespace', 'name'] as const;

/** What is shown of a bot: taken when it changes, since reading thousands of bots at each scrape would hold up the loop. */
interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly mode: string;
  readonly venue: string;
  readonly heldUpdates: number;
  readonly conditions: readonly (readonly [type: string, status: string])[];
}

function rowOf({ metadata, spec, status }: KubeObject): Row {
  const { mode = 'paper', exchange } = (spec ?? {}) as {
    readonly mode?: string;
    readonly exchange?: { readonly venue?: string };
  };
  const { conditions = [], heldUpdates = [] } = (status ?? {}) as TradingBotStatus;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    mode,
    venue: exchange?.venue ?? 'mexc',
    heldUpdates: heldUpdates.length,
    conditions: conditions.map(({ type, status: value }) => [type, value] as const),
  };
}

/** Its series are there during a scrape only: tens of thousands for a fleet. */
class ScrapedGauge<Label extends string> extends Gauge<Label> {
  constructor(settings: GaugeConfiguration<Label>, registry: Registry) {
    super({ ...settings, registers: [registry] });
  }

  override async get(): ReturnType<Gauge<Label>['get']> {
    const scraped = await super.get();
    this.reset();
    return scraped;
  }
}

export function makeStateMetrics(registry: Registry, bots: Store): void {
  const rows = new Map<string, Row>();
  bots.subscribe(({ type, key, object }) => {
    if (type === 'deleted') rows.delete(key);
    else rows.set(key, rowOf(object));
  });
  new ScrapedGauge(
    {
      name: 'tradingbot_status_condition',
      help: 'Conditions of a bot: 1 for the status it has. Labels: namespace, name, condition, status (True, False, Unknown).',
      labelNames: [...LABELS, 'condition', 'status'],
      collect() {
        for (const { namespace, name, conditions } of rows.values()) {
          for (const [condition, is] of conditions) {
            for (const status of STATUSES) {
              this.set({ namespace, name, condition, status }, is === status ? 1 : 0);
            }
          }
        }
      },
    },
    registry,
  );
  new ScrapedGauge(
    {
      name: 'tradingbot_info',
      help: 'One for each bot. Labels: namespace, name, mode (paper, live), venue.',
      labelNames: [...LABELS, 'mode', 'venue'],
      collect() {
        for (const { namespace, name, mode, venue } of rows.values()) {
          this.set({ namespace, name, mode, venue }, 1);
        }
      },
    },
    registry,
  );
  new ScrapedGauge(
    {
      name: 'tradingbot_held_updates',
      help: 'Updates that wait for a bot to be flat. Labels: namespace, name.',
      labelNames: LABELS,
      collect() {
        for (const { namespace, name, heldUpdates } of rows.values()) {
          this.set({ namespace, name }, heldUpdates);
        }
      },
    },
    registry,
  );
}
