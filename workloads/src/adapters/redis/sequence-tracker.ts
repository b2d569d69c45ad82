import type { Entry } from './entry.ts';

/**
 * `next`: as expected. `first`: of a publisher not seen before. `gap`: entries before it are missing. `repeat`: consumed
 * already (its publisher sent it twice, or our acknowledgement was lost). `late`: from before what was seen.
 */
export type Verdict = 'next' | 'first' | 'gap' | 'repeat' | 'late';

interface Run {
  readonly from: number;
  readonly to: number;
}

/** Publishers remembered a stream; each start of a process is one. */
const MOST_PUBLISHERS = 256;

/** What one group consumed of one stream, by publisher: an unbroken run of entry numbers each. */
export class SequenceTracker {
  readonly #runs = new Map<string, Run>();

  judge({ origin }: Entry): Verdict {
    if (origin === undefined) return 'next';
    const run = this.#runs.get(origin.publisher);
    if (run === undefined) return 'first';
    if (origin.number === run.to + 1) return 'next';
    if (origin.number > run.to) return 'gap';
    return origin.number >= run.from ? 'repeat' : 'late';
  }

  /** To be called when the entry is consumed. */
  consumed({ origin }: Entry): void {
    if (origin === undefined) return;
    const { publisher, number } = origin;
    const run = this.#runs.get(publisher);
    this.#runs.delete(publisher);
    this.#runs.set(publisher, run === undefined ? { from: number, to: number } : extend(run, number));
    if (this.#runs.size <= MOST_PUBLISHERS) return;
    const oldest = this.#runs.keys().next();
    if (oldest.done !== true) this.#runs.delete(oldest.value);
  }

  /** Entries consumed are no longer told from others: the stream is not the one it was. */
  forget(): void {
    this.#runs.clear();
  }
}

/** The run after a gap starts anew, so that what fills the gap later is not taken for a repetition. */
function extend(run: Run, number: number): Run {
  if (number === run.to + 1) return { from: run.from, to: number };
  if (number > run.to) return { from: number, to: number };
  if (number === run.from - 1) return { from: number, to: run.to };
  return run;
}
