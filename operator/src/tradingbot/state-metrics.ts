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

interface Series<Label extends string> {
  readonly labels: Partial<Record<Label, string | number>>;
  readonly value: number;
}

/**
 * Its series are made during a scrape and not kept: tens of thousands for a fleet. `Gauge.set` would check and look up each
 * of them, which takes several times as long.
 */
class ScrapedGauge<Label extends string> extends Gauge<Label> {
  readonly #series: () => Series<Label>[];

  constructor(
    about: Pick<GaugeConfiguration<Label>, 'help' | 'name' | 'labelNames'>,
    registry: Registry,
    series: () => Series<Label>[],
  ) {
    super({ ...about, registers: [registry] });
    this.#series = series;
  }

  override async get(): ReturnType<Gauge<Label>['get']> {
    return { ...(await super.get()), values: this.#series() };
  }
}

const conditionsOf = ({
  namespace,
  name,
  conditions,
}: Row): Series<'namespace' | 'name' | 'condition' | 'status'>[] =>
  conditions.flatMap(([condition, is]) =>
    STATUSES.map((status) => ({
      labels: { namespace, name, condition, status },
      value: is === status ? 1 : 0,
    })),
  );

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
    },
    registry,
    () => [...rows.values()].flatMap(conditionsOf),
  );
  new ScrapedGauge(
    {
      name: 'tradingbot_info',
      help: 'One for each bot. Labels: namespace, name, mode (paper, live), venue.',
      labelNames: [...LABELS, 'mode', 'venue'],
    },
    registry,
    () =>
      [...rows.values()].map(({ namespace, name, mode, venue }) => ({
        labels: { namespace, name, mode, venue },
        value: 1,
      })),
  );
  new ScrapedGauge(
    {
      name: 'tradingbot_held_updates',
      help: 'Updates that wait for a bot to be flat. Labels: namespace, name.',
      labelNames: LABELS,
    },
    registry,
    () =>
      [...rows.values()].map(({ namespace, name, heldUpdates }) => ({
        labels: { namespace, name },
        value: heldUpdates,
      })),
  );
}
