import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Labels, MetricDefinition, Metrics } from '../../src/ports/metrics.ts';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { quiet, WARM_UP } from './market-script.ts';
import { botSettings, openTestPlace, play, type TestPlace } from './test-pipeline.ts';

/** The original system's names: dashboards people already have keep working. */
const ORIGINAL = [
  'signals_generated_total',
  'signals_rejected_total',
  'signal_confidence_avg',
  'signal_processing_latency_ms',
  'orders_validated_total',
  'orders_rejected_total',
  'circuit_breaker_triggers',
  'exposure_current',
  'trades_executed_total',
  'trades_failed_total',
  'execution_latency_ms',
];

/** Metrics that remember what was recorded, by name and labels. */
function recordingMetrics() {
  const definitions = new Map<string, MetricDefinition<string>>();
  const values = new Map<string, number>();
  const followed = new Map<string, () => void>();
  const key = (name: string, labels: Labels<string>) => [name, ...Object.values(labels)].join(' ');
  const define = (definition: MetricDefinition<string>) => definitions.set(definition.name, definition);
  const checked = (definition: MetricDefinition<string>, labels: Labels<string>) => {
    expect(Object.keys(labels).sort()).toEqual([...definition.labels].sort());
    return key(definition.name, labels);
  };
  const metrics: Metrics = {
    counter: (definition) => {
      define(definition);
      return {
        add: (amount, labels) => {
          const at = checked(definition, labels);
          values.set(at, (values.get(at) ?? 0) + amount);
        },
      };
    },
    gauge: (definition) => {
      define(definition);
      const set = (value: number, labels: Labels<string>) =>
        void values.set(checked(definition, labels), value);
      return {
        set,
        follow: (source) => {
          followed.set(definition.name, () => {
            for (const [value, labels] of source()) set(value, labels);
          });
        },
      };
    },
    histogram: (definition) => {
      define(definition);
      return { observe: (value, labels) => void values.set(checked(definition, labels), value) };
    },
  };
  const read = () => {
    for (const source of followed.values()) source();
  };
  return { metrics, definitions, values, read };
}

let place: TestPlace;
let ledger: GroupingLedger;

beforeAll(async () => {
  place = await openTestPlace();
  ledger = await place.open(botSettings());
});
afterAll(async () => {
  await ledger.close();
  await place.close();
});

describe('the metrics of the services', () => {
  it('have the names of the original, name their labels, and count what happened', async () => {
    const { metrics, definitions, values } = recordingMetrics();
    const market = { AAAUSDT: [...quiet(WARM_UP), 104, 104, 101, 101] };
    await play(place, ledger, { settings: botSettings(), market, options: { metrics } });
    expect([...definitions.keys()]).toEqual(expect.arrayContaining(ORIGINAL));
    for (const { labels, help } of definitions.values()) {
      for (const label of labels) expect(help).toContain(label);
    }
    expect(Object.fromEntries(values)).toMatchObject({
      'signals_generated_total AAAUSDT BUY': 1,
      'signals_rejected_total WARMUP': 3,
      'orders_validated_total AAAUSDT': 2,
      'trades_executed_total AAAUSDT BUY': 1,
      'trades_executed_total AAAUSDT SELL': 1,
      'exposure_current AAAUSDT': 0,
      'trading_candles_total live': WARM_UP + 4,
      signal_processing_latency_ms: 0,
      execution_latency_ms: 0,
    });
    expect(values.get('trading_equity')).toBeLessThan(10_000);
  });
});
