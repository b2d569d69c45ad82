/**
 * The metrics port on prom-client: one registry a process, in the classic text format. OpenMetrics would rename
 * `circuit_breaker_triggers`, and dashboards people have would break.
 */
import {
  collectDefaultMetrics,
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  type Metric,
  Registry,
} from 'prom-client';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import type {
  Counter,
  Gauge,
  GaugeReading,
  Histogram,
  HistogramDefinition,
  Labels,
  MetricDefinition,
  Metrics,
} from '../../ports/metrics.ts';
import { FastCounter } from './fast-counter.ts';
import { FastHistogram } from './fast-histogram.ts';

/**
 * Label sets of one metric. What comes beyond is not recorded but counted (`trading_metric_series_dropped_total`): a label
 * that is not bounded must not take the process down with it.
 */
const MAX_SERIES = 500;

type Kind = 'counter' | 'gauge' | 'histogram';

interface Declared {
  readonly kind: Kind;
  readonly definition: MetricDefinition<string>;
  readonly recorder: unknown;
}

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #declared = new Map<string, Declared>();
  readonly #dropped: PromCounter;
  readonly #failures: PromCounter;

  constructor() {
    this.#failures = new PromCounter({
      name: 'trading_metric_source_failures_total',
      help: 'Readings left out because what they are read from failed.',
      registers: [this.#registry],
    });
    this.#dropped = new PromCounter({
      name: 'trading_metric_series_dropped_total',
      help: `Recordings left out because their metric had ${MAX_SERIES} label sets already.`,
      registers: [this.#registry],
    });
  }

  /** Adds the figures of the process itself (CPU, memory, event loop). Once, in a real process only: they keep observers. */
  collectProcessFigures(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  counter<Label extends string>(definition: MetricDefinition<Label>): Counter<Label> {
    return this.#declare('counter', definition, () => {
      const metric = new FastCounter(definition, MAX_SERIES);
      this.#register(metric);
      return {
        add: (amount, labels) => {
          if (amount >= 0 && Number.isFinite(amount) && !metric.add(amount, labels)) this.#dropped.inc();
        },
      };
    });
  }

  gauge<Label extends string>(definition: MetricDefinition<Label>): Gauge<Label> {
    return this.#declare('gauge', definition, () => {
      let source: (() => Iterable<GaugeReading<Label>>) | undefined;
      const admit = this.#admission(definition, definition.known);
      const metric = new PromGauge<Label>({
        ...this.#configuration(definition),
        collect: () => {
          const from = source;
          if (from !== undefined) this.#attempt(() => [...from()], refill);
        },
      });
      const set = (value: number, labels: Labels<Label>): void => {
        if (!Number.isNaN(value) && admit(labels)) metric.set({ ...labels }, value);
      };
      const refill = (readings: Iterable<GaugeReading<Label>>): void => {
        metric.reset();
        // A gauge without labels would show 0 for what is not known.
        if (definition.labels.length === 0) metric.remove();
        for (const [value, labels] of readings) set(value, labels);
      };
      for (const labels of definition.known ?? []) metric.set({ ...labels }, 0);
      return {
        set,
        follow: (next) => {
          source = next;
        },
      };
    });
  }

  histogram<Label extends string>(definition: HistogramDefinition<Label>): Histogram<Label> {
    return this.#declare('histogram', definition, () =>
      definition.labels.length === 0 ? this.#fastHistogram(definition) : this.#labelledHistogram(definition),
    );
  }

  /** One broken figure must not take the others with it. */
  #attempt<T>(read: () => T, take: (value: T) => void): void {
    try {
      take(read());
    } catch {
      this.#failures.inc();
    }
  }

  #fastHistogram<Label extends string>(definition: HistogramDefinition<Label>): Histogram<Label> {
    const metric = new FastHistogram(definition);
    this.#register(metric);
    return {
      observe: (value) => {
        if (Number.isFinite(value)) metric.observe(value);
      },
    };
  }

  /** The registry takes whatever can be asked for its values; its types know its own classes only. */
  #register(metric: FastCounter | FastHistogram): void {
    this.#registry.registerMetric(metric as unknown as Metric);
  }

  #labelledHistogram<Label extends string>(definition: HistogramDefinition<Label>): Histogram<Label> {
    const metric = new PromHistogram({
      ...this.#configuration(definition),
      buckets: [...definition.buckets],
    });
    for (const labels of definition.known ?? []) metric.zero({ ...labels });
    const admit = this.#admission(definition, definition.known);
    return {
      observe: (value, labels) => {
        if (Number.isFinite(value) && admit(labels)) metric.observe({ ...labels }, value);
      },
    };
  }

  #configuration<Label extends string>({
    name,
    help,
    labels,
  }: MetricDefinition<Label>): {
    name: string;
    help: string;
    labelNames: Label[];
    registers: Registry[];
  } {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }

  /** Whether a label set may be recorded: it is known, or there is room for one more. */
  #admission<Label extends string>(
    { labels: names }: MetricDefinition<Label>,
    known: readonly Labels<Label>[] = [],
  ): (labels: Labels<Label>) => boolean {
    if (names.length === 0) return () => true;
    const keyOf = (labels: Labels<Label>): string => names.map((name) => labels[name]).join('\u0000');
    const seen = new Set(known.map(keyOf));
    return (labels) => {
      const key = keyOf(labels);
      if (seen.has(key)) return true;
      if (seen.size >= MAX_SERIES) {
        this.#dropped.inc();
        return false;
      }
      seen.add(key);
      return true;
    };
  }

  /**
   * A service that begins again in the same process declares its metrics again and goes on with them.
   * @throws BrokenInvariantError when one name is declared with two meanings
   */
  #declare<Recorder>(kind: Kind, definition: MetricDefinition<string>, make: () => Recorder): Recorder {
    const declared = this.#declared.get(definition.name);
    if (declared === undefined) {
      const recorder = make();
      this.#declared.set(definition.name, { kind, definition, recorder });
      return recorder;
    }
    const same =
      declared.kind === kind &&
      declared.definition.help === definition.help &&
      sameList(declared.definition.labels, definition.labels);
    if (!same) throw twoMeanings(definition.name);
    return declared.recorder as Recorder;
  }
}

const twoMeanings = (name: string): BrokenInvariantError =>
  new BrokenInvariantError('METRIC_TWO_MEANINGS', `metric ${name} is declared with two meanings`);
