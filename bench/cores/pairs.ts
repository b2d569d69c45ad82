import { type Sample, summarize } from '../measure.ts';

/** Figures of the same work with and without something, of neighbouring batches. */
export interface Pair {
  readonly on: number;
  readonly off: number;
}

export interface Comparison {
  readonly pairs: number;
  readonly off: Sample;
  readonly on: Sample;
  /** Median of on ÷ off; the range is that of the medians of ten parts of the pairs, so it says how sure the median is. */
  readonly ratio: Sample;
}

const PARTS = 10;

/** @throws RangeError for no pairs */
export function comparePairs(pairs: readonly Pair[]): Comparison {
  const ratios = pairs.map(({ on, off }) => on / off);
  const size = Math.ceil(ratios.length / PARTS);
  const medians = Array.from({ length: PARTS }, (_, part) => ratios.slice(part * size, (part + 1) * size))
    .filter((part) => part.length > 0)
    .map((part) => summarize(part).median);
  return {
    pairs: pairs.length,
    off: summarize(pairs.map(({ off }) => off)),
    on: summarize(pairs.map(({ on }) => on)),
    ratio: { ...summarize(medians), median: summarize(ratios).median },
  };
}
