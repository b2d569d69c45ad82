/** A sweep: every set of parameters played on threads, ranked, and the best judged for the number of trials. */
import { openStore, TradesGivenError } from '../backtest/store/candle-store.ts';
import { type Judgement, judgeSample } from '../backtest/stats/verdict.ts';
import type { BotSettings } from '../contract/index.ts';
import { commonSettings } from '../domain/strategy/registry.ts';
import type { Timestamp } from '../domain/time.ts';
import { type Axis, type Combination, combinationsOf } from './grid.ts';
import type { Job, RunRecord, RunSample, SharedPlay } from './job.ts';
import { playJobs } from './pool.ts';
import { neighboursOf, type Objective, rank, type Ranking, type Trial, trialsOf } from './rank.ts';
import type { ResultsFile } from './results-file.ts';
import { settingsOf } from './settings-of.ts';

export interface SweepRequest {
  readonly shared: SharedPlay;
  /** The bot as it was written. */
  readonly bot: { readonly spec: object };
  /** What the command line changes of any settings. */
  readonly adjust: (settings: BotSettings) => BotSettings;
  readonly axes: readonly Axis[];
  readonly from?: Timestamp | undefined;
  readonly to?: Timestamp | undefined;
  readonly objective: Objective;
  readonly seed: number;
  readonly threads: number;
  readonly results: ResultsFile;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SweepProgress) => void;
}

export interface SweepProgress {
  readonly phase: 'reading' | 'playing';
  readonly done: number;
  readonly total: number;
}

/** A set of parameters with its settings. */
export interface Candidate {
  readonly index: number;
  readonly combination: Combination;
  readonly settings: BotSettings;
}

/** A set that the TradingBot API refuses. */
export interface RefusedSet {
  readonly combination: Combination;
  readonly problem: string;
}

export interface SweepResult {
  readonly axes: readonly Axis[];
  readonly ranking: Ranking;
  readonly refused: readonly RefusedSet[];
  readonly best: Trial;
  readonly bestSample: RunSample;
  readonly judgement: Judgement;
  readonly seed: number;
}

/** It was told to stop; what is finished is kept. */
export class SweepInterrupted extends Error {
  readonly code = 'INTERRUPTED';
  readonly retryable = true;
  readonly done: number;
  readonly total: number;
  constructor(done: number, total: number) {
    super(`${done} of ${total} runs are done and kept`);
    this.name = 'SweepInterrupted';
    this.done = done;
    this.total = total;
  }
}

/** No set of parameters makes a bot that the API takes. */
export class NoCandidateError extends Error {
  readonly code = 'NO_CANDIDATE';
  readonly retryable = false;
}

/** @throws RangeError, NoCandidateError */
function candidatesOf(
  request: Pick<SweepRequest, 'bot' | 'axes' | 'adjust'>,
): Pick<PreparedSweep, 'candidates' | 'refused'> {
  const candidates: Candidate[] = [];
  const refused: RefusedSet[] = [];
  for (const [index, combination] of combinationsOf(request.axes).entries()) {
    const made = settingsOf(request.bot, request.axes, combination);
    if (made.ok) candidates.push({ index, combination, settings: request.adjust(made.settings) });
    else refused.push({ combination, problem: made.problem });
  }
  if (candidates.length === 0) {
    throw new NoCandidateError(`no set of parameters is a bot: ${refused[0]?.problem ?? ''}`);
  }
  return { candidates, refused };
}

interface DataSpan {
  readonly from: Timestamp;
  readonly to: Timestamp;
}

/** What all runs of a sweep begin with, whether it is walked forward as well or not. */
export interface PreparedSweep {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly RefusedSet[];
  /** The first and last candle of the data; undefined for trades, which are not kept. */
  readonly span: DataSpan | undefined;
}

/** The sets that make a bot, and the columns they read. @throws RangeError, NoCandidateError; what opening data throws */
export async function prepareSweep(
  request: Pick<SweepRequest, 'bot' | 'axes' | 'adjust' | 'shared' | 'onProgress'>,
): Promise<PreparedSweep> {
  const sets = candidatesOf(request);
  return { ...sets, span: await prepareColumns(request, sets.candidates) };
}

/**
 * Makes the columns of every interval before threads read them.
 * @throws what opening data throws
 */
async function prepareColumns(
  request: Pick<SweepRequest, 'shared' | 'onProgress'>,
  candidates: readonly Candidate[],
): Promise<DataSpan | undefined> {
  const { data, store: folder } = request.shared;
  const byInterval = new Map(
    candidates.map(({ settings }) => [commonSettings(settings.strategy).interval, settings]),
  );
  let span: DataSpan | undefined;
  for (const [interval, { universe }] of byInterval) {
    try {
      const { symbols } = universe;
      const onProgress = (fraction: number): void => {
        request.onProgress({ phase: 'reading', done: fraction, total: 1 });
      };
      const store = await openStore({ data, symbols, interval, folder, onProgress });
      const known = store.quality.filter(({ candles }) => candles > 0);
      store.close();
      span = {
        from: Math.min(span?.from ?? Infinity, ...known.map((one) => one.firstOpenTime)),
        to: Math.max(span?.to ?? 0, ...known.map((one) => one.lastOpenTime + interval)),
      };
    } catch (error) {
      if (!(error instanceof TradesGivenError)) throw error;
    }
  }
  return span;
}

type PlayRequest = Pick<SweepRequest, 'shared' | 'threads' | 'results' | 'signal' | 'onProgress'>;

/** Plays the jobs that are not finished yet; all their records. @throws SweepInterrupted, SweepRunError */
export async function playAll(
  request: PlayRequest,
  jobs: readonly Job[],
): Promise<ReadonlyMap<string, RunRecord>> {
  const { results, onProgress } = request;
  const records = new Map<string, RunRecord>();
  const open: Job[] = [];
  for (const job of jobs) {
    const found = results.finished.get(job.id);
    if (found === undefined) open.push(job);
    else records.set(job.id, found);
  }
  onProgress({ phase: 'playing', done: records.size, total: jobs.length });
  await playJobs({
    ...request,
    jobs: open,
    onRecord: (record) => {
      results.add(record);
      records.set(record.id, record);
      onProgress({ phase: 'playing', done: records.size, total: jobs.length });
    },
  });
  if (records.size < jobs.length) throw new SweepInterrupted(records.size, jobs.length);
  return records;
}

/** The record of a job that was played. */
export function recordFor(records: ReadonlyMap<string, RunRecord>, id: string): RunRecord {
  const record = records.get(id);
  if (record === undefined) throw new RangeError(`there is no run ${id}`);
  return record;
}

/** @throws SweepInterrupted, SweepRunError */
export async function runSweep(
  request: SweepRequest,
  { candidates, refused }: PreparedSweep,
): Promise<SweepResult> {
  const { axes, from, to, seed, objective } = request;
  const jobs = candidates.map(({ index, settings }) => ({
    id: `set-${index}`,
    settings,
    from,
    to,
    wantsSample: false,
  }));
  const records = await playAll(request, jobs);
  const trials = candidates.map(({ index, combination }) => ({
    index,
    combination,
    run: recordFor(records, `set-${index}`),
  }));
  const ranking = rank(trials, objective);
  const best = ranking.trials[0] as Trial;
  const bestSample = await sampleOfBest(request, candidates, best);
  const judgement = withNeighbours(
    judgeSample(bestSample, seed, trialsOf(trials)),
    best,
    neighboursOf(axes, trials, best),
  );
  return { axes, ranking, refused, best, bestSample, judgement, seed };
}

/** Plays the best set once more, for its curve and round trips; a run that comes out differently is a defect. */
async function sampleOfBest(
  request: SweepRequest,
  candidates: readonly Candidate[],
  best: Trial,
): Promise<RunSample> {
  const { settings } = candidates.find(({ index }) => index === best.index) as Candidate;
  const id = `best-${best.index}`;
  const { from, to } = request;
  const again = recordFor(await playAll(request, [{ id, settings, from, to, wantsSample: true }]), id);
  if (again.digest !== best.run.digest || again.sample === undefined) {
    throw new Error(`set ${best.index} gave the digest ${best.run.digest} and then ${again.digest}`);
  }
  return again.sample;
}

/** An edge that is gone one step aside is one of the noise. */
function withNeighbours(judgement: Judgement, best: Trial, neighbours: readonly Trial[]): Judgement {
  if (judgement.word !== 'edge' || neighbours.length === 0) return judgement;
  const earning = neighbours.filter(({ run }) => run.totalReturn > 0).length;
  const reason = `${earning} of the ${neighbours.length} sets one step beside the best earn something`;
  const isStable = earning * 2 > neighbours.length && best.run.totalReturn > 0;
  return { ...judgement, word: isStable ? 'edge' : 'not stable', reasons: [...judgement.reasons, reason] };
}
