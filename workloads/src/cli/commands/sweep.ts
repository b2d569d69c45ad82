import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { hashDataFiles } from '../../adapters/replay/data-spec.ts';
import { sha256 } from '../../domain/journal/chain.ts';
import { parseDuration } from '../../domain/time.ts';
import { EXIT } from '../../process/exit-code.ts';
import { makeLifecycle } from '../../process/lifecycle.ts';
import { type Axis, combinationsOf, parseAxis, parseGridFile } from '../../sweep/grid.ts';
import type { SharedPlay } from '../../sweep/job.ts';
import { OBJECTIVE_NAMES } from '../../sweep/rank.ts';
import { renderSweepReport, type SweepFacts } from '../../sweep/report/html-report.ts';
import { OtherSweepError, ResultsFile } from '../../sweep/results-file.ts';
import {
  NoCandidateError,
  prepareSweep,
  runSweep,
  SweepInterrupted,
  type SweepRequest,
} from '../../sweep/run-sweep.ts';
import { walkForward, type WalkPlan, WalkTooShortError } from '../../sweep/walk-forward.ts';
import { makeWholeFile } from '../atomic-file.ts';
import { planPlay, type PlayOptions, type PlayPlan, withChanges, withFees } from '../backtest/plan.ts';
import { makeSteps } from '../backtest/progress.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { instrumentsFor, withExitCode } from '../input-files.ts';
import { oneOf, parseCount, parsed } from '../option-values.ts';
import { show } from '../output.ts';
import { renderSweep, sweepJson } from '../render/sweep.ts';
import { VERSION } from '../version.ts';
import { addPlayOptions } from './backtest.ts';

interface Options extends PlayOptions {
  readonly set?: readonly string[];
  readonly grid?: string;
  readonly objective: string;
  readonly threads?: string;
  readonly results?: string;
  readonly fresh?: boolean;
  readonly walkForward?: string;
  readonly inSample: string;
  readonly outOfSample: string;
  readonly html?: string;
  readonly json?: boolean;
}

const MAX_THREADS = 512;

async function readAxes(options: Options, context: CommandContext): Promise<readonly Axis[]> {
  const given = (options.set ?? []).map((text) => parsed('--set', () => parseAxis(text)));
  const { grid } = options;
  const file = grid === undefined ? undefined : await readFile(resolve(context.folder, grid), 'utf8');
  const axes = [
    ...given,
    ...(file === undefined ? [] : parsed(`--grid: ${grid ?? ''}`, () => parseGridFile(file))),
  ];
  if (axes.length === 0) {
    throw new CliFailure(
      EXIT.USAGE,
      '--set: was not given; do: name what varies, such as --set strategy.momentum.threshold=1%,2%,3%',
    );
  }
  parsed('--set', () => combinationsOf(axes));
  return axes;
}

const planWalk = (options: Options): WalkPlan | undefined => {
  const { walkForward: mode } = options;
  if (mode === undefined) return undefined;
  const days = (name: string, text: string): number => parsed(name, () => parseDays(text));
  return {
    mode: parsed('--walk-forward', () => oneOf(mode, ['rolling', 'anchored'])),
    inSample: days('--in-sample', options.inSample),
    outOfSample: days('--out-of-sample', options.outOfSample),
  };
};

/** `90d` as well as the durations of a bot's file. @throws RangeError */
function parseDays(text: string): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const duration = parseDuration(days === undefined ? text : `${Number(days) * 24}h`);
  if (duration > 0) return duration;
  throw new RangeError(`must be longer than nothing, such as 90d or 36h: was ${JSON.stringify(text)}`);
}

/** Hash of everything the runs depend on. Bigints (amounts) as texts, maps as lists. */
function keyOf(facts: unknown): string {
  return sha256(
    JSON.stringify(facts, (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
    }),
  );
}

interface Asked {
  readonly request: Omit<SweepRequest, 'signal' | 'onProgress'>;
  readonly walk: WalkPlan | undefined;
}

async function prepare(options: Options, plan: PlayPlan, context: CommandContext): Promise<Asked> {
  const { breaker, intrabar, latency, from, to, seed } = plan;
  const axes = await readAxes(options, context);
  const walk = planWalk(options);
  const objective = parsed('--objective', () => oneOf(options.objective, OBJECTIVE_NAMES));
  const threads = Math.max(
    1,
    parsed('--threads', () => parseCount(options.threads ?? String(availableParallelism()), MAX_THREADS)),
  );
  const instruments = withFees(await instrumentsFor(plan), plan.fees);
  const play = { instruments, breaker, intrabar, latency };
  const data = plan.data.map((spec) => ({ ...spec, path: resolve(context.folder, spec.path) }));
  const shared: SharedPlay = { ...play, data, store: resolve(context.folder, plan.store) };
  const { wire } = plan.bot;
  const fills = plan.settings.fills;
  const key = keyOf([VERSION, await hashDataFiles(data), wire, fills, axes, play, { from, to, walk }]);
  const path = options.results ?? join('build', 'sweeps', `${plan.settings.name}-${key.slice(0, 12)}.jsonl`);
  const results = new ResultsFile(resolve(context.folder, path), key, options.fresh === true);
  return {
    walk,
    request: {
      shared,
      bot: wire,
      adjust: (settings) => withChanges(settings, options),
      axes,
      from,
      to,
      objective,
      seed,
      threads,
      results,
    },
  };
}

async function play({ request, walk }: Asked, bot: string, context: CommandContext): Promise<SweepFacts> {
  const steps = makeSteps(context.terminal.err, context.now);
  const lifecycle = makeLifecycle(process, () => process.exit(EXIT.TRY_AGAIN));
  const whole: SweepRequest = {
    ...request,
    signal: lifecycle.signal,
    onProgress: ({ phase, done, total }) => {
      steps.show(phase, done, total);
    },
  };
  try {
    const prepared = await prepareSweep(whole);
    const sweep = await runSweep(whole, prepared);
    return { bot, sweep, walk: walk === undefined ? undefined : await walkForward(whole, prepared, walk) };
  } finally {
    steps.clear();
    lifecycle.release();
    request.results.close();
  }
}

/** What a person can do something about, with its exit code. */
function asFailure(error: unknown, results: string | undefined): unknown {
  if (error instanceof SweepInterrupted) {
    const text = `interrupted: ${error.message} in ${results ?? ''}; do: start the same command again to go on`;
    return new CliFailure(EXIT.TRY_AGAIN, text, { cause: error });
  }
  if (error instanceof OtherSweepError || error instanceof NoCandidateError) {
    return new CliFailure(EXIT.SETTINGS, error.message, { cause: error });
  }
  if (error instanceof WalkTooShortError) {
    const text = `--in-sample and --out-of-sample: ${error.message}; do: name shorter ones`;
    return new CliFailure(EXIT.USAGE, text, { cause: error });
  }
  return withExitCode(error);
}

async function sweep(options: Options, context: CommandContext): Promise<void> {
  const plan = planPlay(options, await readBotFiles(options.file, context.folder));
  let asked: Asked | undefined;
  try {
    asked = await prepare(options, plan, context);
    const facts = await play(asked, plan.settings.name, context);
    const { html } = options;
    if (html !== undefined) {
      await makeWholeFile(resolve(context.folder, html), (path) => writeFile(path, renderSweepReport(facts)));
      await context.terminal.err.lines([`claire: report written to ${html}`]);
    }
    await show(context, options, { json: sweepJson(facts), render: (screen) => renderSweep(facts, screen) });
  } catch (error) {
    throw asFailure(error, asked?.request.results.path);
  }
}

export function addSweep(program: Command, context: CommandContext): void {
  addPlayOptions(
    program
      .command('sweep')
      .description(
        'play a bot with many sets of parameters, on all cores, and judge the best for their number',
      ),
  )
    .option(
      '--set <path=values...>',
      'what varies: a field of spec and its values, a list (10m,20m) or a range (1%..5%:1%); all sets are played',
    )
    .option('--grid <file>', 'the same as a YAML or JSON map of fields to lists')
    .option('--objective <name>', `what makes a set the best: ${OBJECTIVE_NAMES.join(', ')}`, 'sharpe')
    .option('--walk-forward <mode>', 'rolling or anchored: choose on one stretch, judge on the next')
    .option('--in-sample <duration>', 'of the stretch to choose on', '90d')
    .option('--out-of-sample <duration>', 'of the unseen stretch behind it', '30d')
    .option('--threads <number>', 'runs at a time (default: as many as there are cores)')
    .option('--results <file>', 'finished runs; a second start goes on (default: one in build/sweeps)')
    .option('--fresh', 'throw away finished runs')
    .option('--html <file>', 'write the report: one HTML file that needs nothing else')
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText(
      'after',
      '\nExample:\n  claire sweep -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz --set strategy.momentum.lookback=10m,15m,30m --set strategy.momentum.threshold=2%..5%:1%',
    )
    .action((options: Options) => sweep(options, context));
}
