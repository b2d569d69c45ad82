import type { Command } from 'commander';
import { EXIT, type ExitCode, exitCodeOf } from '../../process/exit-code.ts';
import { type Lifecycle, makeLifecycle } from '../../process/lifecycle.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { failureLines } from '../failure.ts';
import { DEFAULT_LEDGER } from '../ledger-place.ts';
import { show } from '../output.ts';
import { renderRunSummary, runJson } from '../render/run-summary.ts';
import { planRun, type RunOptions } from '../run/plan.ts';
import { notifyNotes } from '../run/run-notifier.ts';
import { type BotEnd, runBots } from '../run/run-bots.ts';
import { makeRunMonitor } from '../run/run-monitor.ts';
import { makeRunScreen } from '../run/run-screen.ts';

/** A second Ctrl-C: the ledger survives a kill, and what was committed is kept. */
function forceEnd(restore: () => string): void {
  process.stderr.write(
    `${restore()}claire: stopped at once; what was committed is kept: the same command (without --fresh) goes on from there\n`,
  );
  process.exit(EXIT.TRY_AGAIN);
}

function endLines(end: BotEnd): readonly string[] {
  if (end.kind === 'failed') return failureLines(end.error);
  if (end.run.outcome.status !== 'interrupted') return [];
  const { summary } = end.run.outcome;
  return [
    `${end.run.bot}: interrupted after ${summary.candles} candles, all of them committed; do: run the same command (without --fresh) to go on from there`,
  ];
}

/** Failures first, in the order of the bots; then an interruption. */
function exitCodeFor(ends: readonly BotEnd[]): ExitCode {
  const failed = ends.find((end) => end.kind === 'failed');
  if (failed !== undefined) return exitCodeOf(failed.error);
  const interrupted = ends.some((end) => end.kind === 'ran' && end.run.outcome.status === 'interrupted');
  return interrupted ? EXIT.TRY_AGAIN : EXIT.OK;
}

const jsonOf = (end: BotEnd): unknown =>
  end.kind === 'ran'
    ? runJson(end.run)
    : { bot: end.bot, status: 'failed', error: failureLines(end.error).join('\n') };

async function report(ends: readonly BotEnd[], options: RunOptions, context: CommandContext): Promise<void> {
  const runs = ends.flatMap((end) => (end.kind === 'ran' ? [end.run] : []));
  const [only, ...others] = ends;
  if (runs.length > 0) {
    await show(context, options, {
      json: only !== undefined && others.length === 0 ? jsonOf(only) : { bots: ends.map(jsonOf) },
      render: (screen) => renderRunSummary(runs, screen),
    });
  }
  await context.terminal.err.lines(ends.flatMap(endLines).map((line) => `claire: ${line}`));
  context.end(exitCodeFor(ends));
}

async function runUnder(lifecycle: Lifecycle, options: RunOptions, context: CommandContext): Promise<void> {
  const plan = planRun(options, await readBotFiles(options.file, context.folder), context.folder);
  const monitor = makeRunMonitor(plan.bots, context.now);
  const screen = makeRunScreen({
    monitor,
    output: context.terminal.err,
    now: context.now,
    signal: lifecycle.signal,
    verbose: context.debug,
  });
  await context.terminal.err.lines(plan.bots.flatMap((planned) => notifyNotes(planned, plan)));
  screen.start();
  try {
    const ends = await runBots({
      plan,
      monitor,
      folder: context.folder,
      signal: lifecycle.signal,
      verbose: context.debug,
      write: screen.log,
      onHappening: screen.happened,
      onProgress: screen.progressed,
    });
    await screen.stop();
    await report(ends, options, context);
  } finally {
    await screen.stop();
  }
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const { live } = context.terminal.err;
  const lifecycle = makeLifecycle(process, () => {
    forceEnd(() => (live ? '\u001b[?25h\n' : ''));
  });
  try {
    await runUnder(lifecycle, options, context);
  } finally {
    lifecycle.release();
  }
}

export function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description(
      'trade the bots of TradingBot files, here: replays, a simulator, or public market data on paper',
    )
    .requiredOption('-f, --file <file...>', 'TradingBot files; each may hold several documents')
    .option(
      '--data <[symbol=]file...>',
      'recorded market data of replays, CSV or gzipped CSV (see examples/README.md)',
    )
    .option(
      '--instruments <file>',
      'steps and minima of the symbols (default: instruments.json beside the bot file)',
    )
    .option('--speed <speed>', 'of replays: max, or how many times faster than the clock: 1x, 60x', 'max')
    .option('--ledger <dir|url>', 'where the ledgers are kept: a folder, or postgres://…', DEFAULT_LEDGER)
    .option(
      '--bus <url>',
      'of bots on a venue: keep events in Redis, redis://[user@]host[:port]; the password is REDIS_PASSWORD (default: in this process)',
    )
    .option(
      '--secrets <dir>',
      'of bots with spec.monitoring.notify: the folder of notify-url, notify-token, notify-chat-id (try it: claire notify-test)',
    )
    .option('--fresh', 'forget what the ledger holds of these bots and begin anew')
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText(
      'after',
      '\nExample:\n  claire run -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz --fresh\n  claire run -f examples/paper-simulator.yaml    (with claire simulate-exchange beside it)\n  claire run -f examples/paper-simulator.yaml --bus redis://127.0.0.1:6379 --ledger postgres://claire@127.0.0.1:5432/postgres',
    )
    .action((options: RunOptions) => run(options, context));
}
