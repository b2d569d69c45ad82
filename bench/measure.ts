import type { Core } from './cores/market.ts';

/** So many timed runs; the warm-up before them is not one of them. */
export const RUNS = 5;

/** Several figures of the same thing. */
export interface Sample {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface CoreResult {
  readonly name: string;
  readonly iterations: number;
  /** Nanoseconds per operation. */
  readonly nanoseconds: Sample;
}

/** @throws RangeError for none */
export function summarize(values: readonly number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (lowest === undefined || highest === undefined || upper === undefined || lower === undefined) {
    throw new RangeError('nothing was measured');
  }
  return { median: (lower + upper) / 2, lowest, highest };
}

/** (highest − lowest) / median. */
export const spreadOf = ({ median, lowest, highest }: Sample): number => (highest - lowest) / median;

/** Warms a core up with one whole run, then times it. */
export function measureCore(core: Core): CoreResult {
  core.run(core.iterations);
  const values: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = process.hrtime.bigint();
    core.run(core.iterations);
    values.push(Number(process.hrtime.bigint() - start) / core.iterations);
  }
  return { name: core.name, iterations: core.iterations, nanoseconds: summarize(values) };
}
