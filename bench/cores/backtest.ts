/** `claire backtest` and `claire sweep` as a user starts them: each run a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeReport } from '../resource-probe.ts';
import type { BacktestCase } from '../backtest-cases.ts';

export const BACKTEST_RUNS = 5;
export const SWEEP_RUNS = 500;

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'workloads/src/cli/main.ts');
const PROBE = join(ROOT, 'bench/resource-probe.ts');
const MIB = 1024 ** 2;

/** One run of the command. */
export interface BacktestRun {
  /** Deciding, filling and booking. */
  readonly engineSeconds: number;
  /** Reading the columns. */
  readonly loadSeconds: number;
  /** Opening the data: of a first run, reading the files and writing their columns. */
  readonly openSeconds: number;
  /** From the start of the process to its end. */
  readonly wholeSeconds: number;
  /** The highest resident set. */
  readonly peakMiB: number;
}

export interface BacktestFigures {
  readonly name: string;
  readonly candles: number;
  readonly roundTrips: number;
  readonly fills: number;
  readonly digests: ReadonlySet<string>;
  /** Without kept columns. */
  readonly first: readonly BacktestRun[];
  /** With the columns that the first one kept. */
  readonly later: readonly BacktestRun[];
}

interface Told {
  readonly candles: number;
  readonly seconds: number;
  readonly loadSeconds: number;
  readonly openSeconds: number;
  readonly roundTrips: number;
  readonly trades: number;
  readonly digest: string;
}

interface Ended {
  readonly json: string;
  readonly wholeSeconds: number;
  readonly peakMiB: number;
}

/** @throws Error with what the command said */
async function runClaire(args: readonly string[], scratch: string): Promise<Ended> {
  const probe = join(scratch, 'probe.json');
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', PROBE, MAIN, ...args], {
    cwd: ROOT,
    env: { ...process.env, BENCH_PROBE: probe },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [json, said] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (json += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said = chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const wholeSeconds = (performance.now() - start) / 1_000;
  if (code !== 0) throw new Error(`claire ${args.join(' ')} ended with ${String(code)}: ${said}`);
  const { memory } = JSON.parse(await readFile(probe, 'utf8')) as ProbeReport;
  return { json, wholeSeconds, peakMiB: Math.max(...memory.map(([, bytes]) => bytes)) / MIB };
}

async function withScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The bot and its instruments as files; the options that play it. */
async function playOptions(
  { bot, instruments, data, options }: BacktestCase,
  scratch: string,
): Promise<string[]> {
  await writeFile(join(scratch, 'bot.yaml'), bot);
  await writeFile(join(scratch, 'instruments.json'), JSON.stringify({ instruments }));
  return ['-f', join(scratch, 'bot.yaml'), '--data', ...data, ...options, '--json'];
}

async function runOnce(args: readonly string[], scratch: string): Promise<{ told: Told; run: BacktestRun }> {
  const { json, wholeSeconds, peakMiB } = await runClaire(args, scratch);
  const told = JSON.parse(json) as Told;
  const { seconds, loadSeconds, openSeconds } = told;
  return { told, run: { engineSeconds: seconds, loadSeconds, openSeconds, wholeSeconds, peakMiB } };
}

/** Plays a case in fresh processes: without kept columns, and with them. */
export function measureBacktest(one: BacktestCase): Promise<BacktestFigures> {
  return withScratch(async (scratch) => {
    const args = ['backtest', ...(await playOptions(one, scratch)), '--store', join(scratch, 'candles')];
    const [first, later]: BacktestRun[][] = [[], []];
    const told: Told[] = [];
    for (let count = 0; count < BACKTEST_RUNS; count += 1) {
      const isFirst = count < one.firstRuns;
      if (isFirst) await rm(join(scratch, 'candles'), { recursive: true, force: true });
      for (const into of isFirst ? [first, later] : [later]) {
        const made = await runOnce(args, scratch);
        into?.push(made.run);
        told.push(made.told);
      }
    }
    const [{ candles, roundTrips, trades } = { candles: 0, roundTrips: 0, trades: 0 }] = told;
    const digests = new Set(told.map(({ digest }) => digest));
    return {
      name: one.name,
      candles,
      roundTrips,
      fills: trades,
      digests,
      first: first ?? [],
      later: later ?? [],
    };
  });
}

export interface SweepFigures {
  readonly threads: number;
  readonly runs: number;
  /** Over all runs. */
  readonly candles: number;
  readonly seconds: number;
  readonly peakMiB: number;
  /** Of the best set. */
  readonly digest: string;
}

interface SweepTold {
  readonly runs: readonly { readonly candles: number }[];
  readonly best: { readonly digest: string };
}

/** A sweep over a grid, its columns kept before, with so many threads. */
export function measureSweep(
  one: BacktestCase,
  grid: readonly string[],
  threads: readonly number[],
): Promise<SweepFigures[]> {
  return withScratch(async (scratch) => {
    const store = ['--store', join(scratch, 'candles')];
    const play = await playOptions(one, scratch);
    await runClaire(['backtest', ...play, ...store], scratch);
    const figures: SweepFigures[] = [];
    for (const count of threads) {
      const results = ['--results', join(scratch, `${count}.jsonl`), '--threads', String(count)];
      const args = ['sweep', ...play, ...store, ...results, '--set', ...grid];
      const { json, wholeSeconds, peakMiB } = await runClaire(args, scratch);
      const { runs, best } = JSON.parse(json) as SweepTold;
      const candles = runs.reduce((sum, run) => sum + run.candles, 0);
      figures.push({
        threads: count,
        runs: runs.length,
        candles,
        seconds: wholeSeconds,
        peakMiB,
        digest: best.digest,
      });
    }
    return figures;
  });
}
