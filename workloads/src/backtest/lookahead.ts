/**
 * Looks for decisions that knew the future. For many moments the back-test is played again up to there, once with
 * nothing after it and once with what came after in another order: whatever was decided until then must be the same.
 */
import { formatDecimal } from '../domain/money/decimal.ts';
import type { Timestamp } from '../domain/time.ts';
import type { BacktestResult } from './result.ts';
import { type BacktestOptions, runBacktest } from './run-backtest.ts';
import { makeRandom, type Random, shuffled } from './stats/random.ts';
import type { SymbolTape } from './tape/symbol-tape.ts';

/** A decision that changed when what came after it did. */
export interface LookaheadFault {
  readonly future: 'removed' | 'shuffled';
  /** Where the future was changed. */
  readonly at: Timestamp;
  readonly problem: string;
}

export interface LookaheadReport {
  /** Moments at which the future was changed. */
  readonly cuts: number;
  readonly faults: readonly LookaheadFault[];
}

const CUTS = 9;

/** Candles from `slot` on are gone, or change places. */
function changeFuture(tape: SymbolTape, slot: number, random: Random | undefined): void {
  const from = Math.max(0, slot - tape.base);
  const columns = [tape.open, tape.high, tape.low, tape.close];
  const there = Array.from({ length: Math.max(0, tape.capacity - from) }, (_, i) => from + i).filter(
    (i) => tape.close[i] !== 0,
  );
  const order = random === undefined ? undefined : shuffled(there, random);
  for (const column of columns) {
    const before = column.slice();
    for (const [i, index] of there.entries()) {
      column[index] = order === undefined ? 0 : (before[order[i] ?? 0] ?? 0);
    }
  }
}

/** What was decided and filled until a time, as text. */
function storyUntil({ verdicts, fills }: BacktestResult, time: Timestamp): readonly string[] {
  const decided = verdicts
    .filter((verdict) => verdict.time <= time)
    .map(
      (verdict) => `${verdict.time} ${verdict.verdictId} ${verdict.code} ${JSON.stringify(verdict.checks)}`,
    );
  const filled = fills
    .filter((fill) => fill.time < time)
    .map(
      (fill) => `${fill.time} ${fill.tradeId} ${formatDecimal(fill.price)} ${formatDecimal(fill.quantity)}`,
    );
  return [...decided, ...filled];
}

function difference(expected: readonly string[], found: readonly string[]): string | undefined {
  const at = expected.findIndex((line, i) => line !== found[i]);
  if (at >= 0) return `it decided "${short(expected[at])}", without that future "${short(found[at])}"`;
  return found.length > expected.length
    ? `without that future it also decided "${short(found[expected.length])}"`
    : undefined;
}

const short = (line: string | undefined): string => (line ?? 'nothing').slice(0, 80);

/** Moments to look at: right after decisions, and in between, where something should have been decided. */
function momentsOf({ verdicts, from, to }: BacktestResult, interval: number): readonly Timestamp[] {
  const decided = Array.from(
    { length: CUTS },
    (_, i) => verdicts[Math.floor((i * verdicts.length) / CUTS)]?.time,
  ).filter((time) => time !== undefined);
  const between = Array.from({ length: CUTS / 3 }, (_, i) => from + ((i + 1) * (to - from)) / (CUTS / 3 + 1));
  return [...new Set([...decided, ...between.map((time) => Math.floor(time / interval) * interval)])].sort(
    (a, b) => a - b,
  );
}

/** @throws what a back-test throws */
export async function checkLookahead(
  options: BacktestOptions,
  base: BacktestResult,
  seed: number,
): Promise<LookaheadReport> {
  const faults: LookaheadFault[] = [];
  const moments = momentsOf(base, options.strategy.interval);
  for (const at of moments) {
    const expected = storyUntil(base, at);
    for (const future of ['removed', 'shuffled'] as const) {
      const random = future === 'shuffled' ? makeRandom(seed) : undefined;
      const again = await runBacktest({
        ...options,
        to: at,
        onLoaded: (tape) => {
          changeFuture(tape, at / options.strategy.interval, random);
        },
      });
      const problem = difference(expected, storyUntil(again, at));
      if (problem !== undefined) faults.push({ future, at, problem });
    }
  }
  return { cuts: moments.length, faults };
}
