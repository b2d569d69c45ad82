import type { Counter, Gauge, Histogram, Metrics } from '../../workloads/src/ports/metrics.ts';

/** Metrics that record or do nothing, as they are told: the same service measured with and without, batch by batch. */
export class SwitchedMetrics implements Metrics {
  readonly #inner: Metrics;
  isOn = true;

  constructor(inner: Metrics) {
    this.#inner = inner;
  }

  counter<Label extends string>(definition: Parameters<Metrics['counter']>[0]): Counter<Label> {
    const inner = this.#inner.counter(definition) as Counter<Label>;
    return {
      add: (amount, labels) => {
        if (this.isOn) inner.add(amount, labels);
      },
    };
  }

  gauge<Label extends string>(definition: Parameters<Metrics['gauge']>[0]): Gauge<Label> {
    const inner = this.#inner.gauge(definition) as Gauge<Label>;
    return {
      set: (value, labels) => {
        if (this.isOn) inner.set(value, labels);
      },
      follow: (source) => {
        inner.follow(source);
      },
    };
  }

  histogram<Label extends string>(definition: Parameters<Metrics['histogram']>[0]): Histogram<Label> {
    const inner = this.#inner.histogram(definition) as Histogram<Label>;
    return {
      observe: (value, labels) => {
        if (this.isOn) inner.observe(value, labels);
      },
    };
  }
}
