/** A counter that costs a look-up and an addition: the library sorts and joins the labels at every call. */
import type { Labels } from '../../ports/metrics.ts';

interface LabelSet {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

export class FastCounter {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly aggregator = 'sum';
  readonly #most: number;
  readonly #keyOf: (labels: Labels<string>) => string;
  readonly #sets = new Map<string, LabelSet>();

  /** @param most label sets it takes, the known ones included */
  constructor(
    definition: {
      readonly name: string;
      readonly help: string;
      readonly labels: readonly string[];
      readonly known?: readonly Labels<string>[];
    },
    most: number,
  ) {
    const { name, help, labels, known = labels.length === 0 ? [{}] : [] } = definition;
    this.name = name;
    this.help = help;
    this.#most = most;
    this.#keyOf = keyOf(labels);
    // The first occurrence is seen by `increase()` only when there was a 0 before.
    for (const set of known) this.#sets.set(this.#keyOf(set), { labels: { ...set }, value: 0 });
  }

  /** False when the label set is new and there is no room for one more: nothing was counted then. */
  add(amount: number, labels: Labels<string>): boolean {
    const key = this.#keyOf(labels);
    const set = this.#sets.get(key);
    if (set !== undefined) {
      set.value += amount;
      return true;
    }
    if (this.#sets.size >= this.#most) return false;
    this.#sets.set(key, { labels: { ...labels }, value: amount });
    return true;
  }

  /** What the registry prints. */
  get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#sets.values()].map(({ labels, value }) => ({ labels, value }));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  reset(): void {
    for (const set of this.#sets.values()) set.value = 0;
  }
}

function keyOf(names: readonly string[]): (labels: Labels<string>) => string {
  const [first] = names;
  if (first === undefined) return () => '';
  if (names.length === 1) return (labels) => labels[first] ?? '';
  return (labels) => names.map((name) => labels[name]).join('\u0000');
}
