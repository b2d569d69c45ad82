/**
 * Metrics of one process. In the contract: names and label sets are declared before use, and again only with the same
 * meaning (a service that begins again goes on with its metrics); recording is cheap, never throws and never changes
 * behaviour. Not in the contract: any format or scraping.
 */
export interface MetricDefinition<Label extends string = never> {
  readonly name: string;
  /** Names every label and its bound. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Label sets that are shown as 0 from the start, so that the first occurrence is seen as one. */
  readonly known?: readonly Labels<Label>[];
}

export interface HistogramDefinition<Label extends string = never> extends MetricDefinition<Label> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface Counter<Label extends string = never> {
  add(amount: number, labels: Labels<Label>): void;
}
export type GaugeReading<Label extends string> = readonly [value: number, labels: Labels<Label>];
export interface Gauge<Label extends string = never> {
  set(value: number, labels: Labels<Label>): void;
  /**
   * From now on the values are asked for whenever somebody reads, and nothing else is shown: what is gone disappears, and
   * an event costs nothing. A later source replaces an earlier one.
   */
  follow(source: () => Iterable<GaugeReading<Label>>): void;
}
export interface Histogram<Label extends string = never> {
  observe(value: number, labels: Labels<Label>): void;
}

export interface Metrics {
  counter<Label extends string>(definition: MetricDefinition<Label>): Counter<Label>;
  gauge<Label extends string>(definition: MetricDefinition<Label>): Gauge<Label>;
  histogram<Label extends string>(definition: HistogramDefinition<Label>): Histogram<Label>;
}
