/**
 * Walk-forward analysis (Pardo 1992, Design, Testing and Optimization of Trading Systems): parameters are chosen on one
 * stretch of the history and judged on the next, which they have not seen; again and again. Only the unseen stretches,
 * put together, say what the choosing is worth.
 */
import { type Judgement, judgeSample, ONE_TRIAL, type Sample } from '../backtest/stats/verdict.ts';
import { DAY, type Duration, type Timestamp } from '../domain/time.ts';
import type { Job, RunRecord, RunSample } from './job.ts';
import { rank, type Trial } from './rank.ts';
import { type Candidate, playAll, type PreparedSweep, recordFor, type SweepRequest } from './run-sweep.ts';

export type WalkMode = 'rolling' | 'anchored';

export interface WalkPlan {
  /** Rolling: the stretch to choose on moves along. Anchored: it always begins at the beginning. */
  readonly mode: WalkMode;
  readonly inSample: Duration;
  readonly outOfSample: Duration;
}

export interface Stretch {
  readonly from: Timestamp;
  readonly to: Timestamp;
}

export interface WalkWindow {
  readonly inSample: Stretch;
  readonly outOfSample: Stretch;
}

export interface WalkStep extends WalkWindow {
  /** Chosen on the one stretch … */
  readonly chosen: Trial;
  /** … and played on the other. */
  readonly out: RunRecord;
}

export interface WalkResult {
  readonly plan: WalkPlan;
  readonly steps: readonly WalkStep[];
  /** Equity / capital over the unseen stretches, put together. */
  readonly curve: readonly (readonly [Timestamp, number])[];
  readonly totalReturn: number;
  /** At ends of days. */
  readonly maxDrawdown: number;
  /** Return a day on unseen data / on the data chosen on; null when the latter earned nothing. */
  readonly efficiency: number | null;
  readonly judgement: Judgement;
}

/** The history is too short for one window. */
export class WalkTooShortError extends RangeError {}

/** Below it the choice is worth less than half of what it promised (Pardo's rule of thumb). */
const LEAST_EFFICIENCY = 0.5;

/** Only whole windows. @throws WalkTooShortError */
export function windowsOf(span: Stretch, { mode, inSample, outOfSample }: WalkPlan): readonly WalkWindow[] {
  const windows: WalkWindow[] = [];
  for (let from = span.from; from + inSample + outOfSample <= span.to; from += outOfSample) {
    const middle = from + inSample;
    windows.push({
      inSample: { from: mode === 'rolling' ? from : span.from, to: middle },
      outOfSample: { from: middle, to: middle + outOfSample },
    });
  }
  if (windows.length > 0) return windows;
  const days = ((span.to - span.from) / DAY).toFixed(1);
  const needed = ((inSample + outOfSample) / DAY).toFixed(1);
  throw new WalkTooShortError(`the history has ${days} days; one window needs ${needed}`);
}

/** Each stretch goes on from where the one before ended. */
export function chain(samples: readonly RunSample[]): readonly (readonly [Timestamp, number])[] {
  const curve: (readonly [Timestamp, number])[] = [];
  let level = 1;
  for (const { days } of samples) {
    const begin = level;
    for (const [time, equity] of curve.length === 0 ? days : days.slice(1)) {
      level = begin * equity;
      curve.push([time, level]);
    }
  }
  return curve;
}

export function deepestFall(curve: readonly (readonly [Timestamp, number])[]): number {
  let [peak, worst] = [0, 0];
  for (const [, level] of curve) {
    peak = Math.max(peak, level);
    if (peak > 0) worst = Math.max(worst, 1 - level / peak);
  }
  return worst;
}

const daysOf = ({ from, to }: Stretch): number => (to - from) / DAY;

/** Return a day, over several stretches. */
function rateOf(parts: readonly { readonly stretch: Stretch; readonly totalReturn: number }[]): number {
  const days = parts.reduce((sum, { stretch }) => sum + daysOf(stretch), 0);
  return days === 0 ? 0 : parts.reduce((sum, { totalReturn }) => sum + totalReturn, 0) / days;
}

export function efficiencyOf(steps: readonly WalkStep[]): number | null {
  const inside = rateOf(
    steps.map(({ inSample, chosen }) => ({ stretch: inSample, totalReturn: chosen.run.totalReturn })),
  );
  const outside = rateOf(
    steps.map(({ outOfSample, out }) => ({ stretch: outOfSample, totalReturn: out.totalReturn })),
  );
  return inside > 0 ? outside / inside : null;
}

function judgeWalk(
  steps: readonly WalkStep[],
  {
    samples,
    efficiency,
    seed,
  }: Pick<WalkResult, 'efficiency'> & { readonly samples: readonly RunSample[]; readonly seed: number },
): Judgement {
  const sample: Sample = {
    returns: samples.flatMap(({ returns }) => returns),
    results: samples.flatMap(({ results }) => results),
    dailyReturns: samples.flatMap(({ dailyReturns }) => dailyReturns),
    capital: samples[0]?.capital ?? 0,
  };
  // Nothing was chosen on the unseen data: there they are one trial.
  const judgement = judgeSample(sample, seed, ONE_TRIAL);
  const earning = steps.filter(({ out }) => out.totalReturn > 0).length;
  const told = [
    `${earning} of ${steps.length} unseen stretches earned something`,
    efficiency === null
      ? 'what was chosen earned nothing even where it was chosen'
      : `on unseen data it earned ${(efficiency * 100).toFixed(0)} % of what it earned where it was chosen`,
  ];
  const isStable = earning * 2 > steps.length && efficiency !== null && efficiency >= LEAST_EFFICIENCY;
  const word = judgement.word === 'edge' && !isStable ? 'not stable' : judgement.word;
  return { ...judgement, word, reasons: [...judgement.reasons, ...told] };
}

/** The trials of one window. */
function trialsIn(
  records: ReadonlyMap<string, RunRecord>,
  candidates: readonly Candidate[],
  window: number,
): readonly Trial[] {
  return candidates.map(({ index, combination }) => ({
    index,
    combination,
    run: recordFor(records, `in-${window}-${index}`),
  }));
}

/** @throws WalkTooShortError; what a sweep throws */
export async function walkForward(
  request: SweepRequest,
  { candidates, span: data }: PreparedSweep,
  plan: WalkPlan,
): Promise<WalkResult> {
  const span = { from: request.from ?? data?.from ?? 0, to: Math.min(request.to ?? Infinity, data?.to ?? 0) };
  const windows = windowsOf(span, plan);
  const inside = windows.flatMap(({ inSample }, window) =>
    candidates.map(({ index, settings }): Job => ({
      id: `in-${window}-${index}`,
      settings,
      ...inSample,
      wantsSample: false,
    })),
  );
  const records = await playAll(request, inside);
  const choices = windows.map(
    (_, window) => rank(trialsIn(records, candidates, window), request.objective).trials[0] as Trial,
  );
  const outside = windows.map(({ outOfSample }, window): Job => {
    const chosen = choices[window] as Trial;
    const { settings } = candidates.find(({ index }) => index === chosen.index) as Candidate;
    return { id: `out-${window}-${chosen.index}`, settings, ...outOfSample, wantsSample: true };
  });
  const unseen = await playAll(request, outside);
  const outs = outside.map(({ id }) => recordFor(unseen, id));
  const steps = windows.map((window, i) => ({
    ...window,
    chosen: choices[i] as Trial,
    out: outs[i] as RunRecord,
  }));
  const samples = outs.map(({ sample }) => sample as RunSample);
  const curve = chain(samples);
  const efficiency = efficiencyOf(steps);
  return {
    plan,
    steps,
    curve,
    totalReturn: (curve.at(-1)?.[1] ?? 1) - 1,
    maxDrawdown: deepestFall(curve),
    efficiency,
    judgement: judgeWalk(steps, { samples, efficiency, seed: request.seed }),
  };
}
