import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type BacktestOptions, runBacktest } from '../../backtest/run-backtest.ts';
import type { BacktestResult } from '../../backtest/result.ts';
import { checkLookahead, type LookaheadReport } from '../../backtest/lookahead.ts';
import { renderReport } from '../../backtest/report/html-report.ts';
import { metricsOf } from '../../backtest/stats/metrics.ts';
import { judgeResult } from '../../backtest/stats/verdict.ts';
import { makeStrategy } from '../../domain/strategy/registry.ts';
import { EXIT } from '../../process/exit-code.ts';
import { makeWholeFile } from '../atomic-file.ts';
import { DEFAULT_STORE, planPlay, type PlayOptions, type PlayPlan, withFees } from '../backtest/plan.ts';
import { makeProgressBar } from '../backtest/progress.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { instrumentsFor, withExitCode } from '../input-files.ts';
import { show } from '../output.ts';
import { backtestJson, renderBacktest } from '../render/backtest.ts';

interface Options extends PlayOptions {
  readonly json?: boolean;
  readonly checkLookahead?: boolean;
  readonly html?: string;
}

/** What a plan means, with the files it names read. */
export async function playOptionsOf(plan: PlayPlan, context: CommandContext): Promise<BacktestOptions> {
  const { settings, fees } = plan;
  return {
    ...plan,
    strategy: makeStrategy(settings.strategy),
    instruments: withFees(await instrumentsFor(plan), fees),
    store: resolve(context.folder, plan.store),
    elapsed: () => performance.now(),
  };
}

interface Played {
  readonly result: BacktestResult;
  readonly lookahead?: LookaheadReport;
}

async function play(plan: PlayPlan, options: Options, context: CommandContext): Promise<Played> {
  const bar = makeProgressBar(context.terminal.err, context.now);
  try {
    const asked: BacktestOptions = {
      ...(await playOptionsOf(plan, context)),
      onProgress: ({ phase, fraction }) => {
        bar.show(phase, fraction);
      },
    };
    const result = await runBacktest(asked);
    if (options.checkLookahead !== true) return { result };
    if (result.quality.length === 0) {
      throw new CliFailure(EXIT.USAGE, '--check-lookahead: the data were single trades; allowed are candles');
    }
    return { result, lookahead: await checkLookahead(asked, result, plan.seed) };
  } catch (error) {
    throw withExitCode(error);
  } finally {
    bar.clear();
  }
}

async function backtest(options: Options, context: CommandContext): Promise<void> {
  const plan = planPlay(options, await readBotFiles(options.file, context.folder));
  const { result, lookahead } = await play(plan, options, context);
  const facts = { result, metrics: metricsOf(result), judgement: judgeResult(result, plan.seed), lookahead };
  if (options.html !== undefined) {
    const html = renderReport(facts);
    await makeWholeFile(resolve(context.folder, options.html), (path) => writeFile(path, html));
    await context.terminal.err.lines([`claire: report written to ${options.html}`]);
  }
  await show(context, options, {
    json: backtestJson(facts),
    render: (screen) => renderBacktest(facts, screen),
  });
  // What knew the future is worth nothing: a script must see that.
  if ((lookahead?.faults.length ?? 0) > 0) context.end(EXIT.BAD_DATA);
}

/** The options that playing has, whatever is done with it. */
export const addPlayOptions = (command: Command): Command =>
  command
    .requiredOption('-f, --file <file...>', 'a TradingBot file with one bot')
    .option(
      '--data <[symbol=]file...>',
      'recorded candles or trades, CSV or gzipped CSV (see examples/README.md)',
    )
    .option(
      '--instruments <file>',
      'steps and minima of the symbols (default: instruments.json beside the bot file)',
    )
    .option('--from <day>', 'trade from this day on (UTC); what is before warms up')
    .option('--to <day>', 'trade before this day (UTC)')
    .option('--slippage <bps>', 'basis points every taker pays besides the model')
    .option('--fees <percent>', 'one fee instead of those of bot and instruments, such as 0.1%')
    .option('--latency <duration>', 'with trades: a trade fills an order only when it is so much later', '0s')
    .option(
      '--breaker <mode>',
      'latch: a tripped breaker stays; daily: a person resets it at 00:00 UTC',
      'latch',
    )
    .option(
      '--intrabar <mode>',
      'close: exits at the close; pessimistic: stops and targets inside the candle',
      'close',
    )
    .option('--seed <number>', 'of everything that is drawn by chance', '1')
    .option('--store <dir>', 'where columns made of the data are kept', DEFAULT_STORE);

export function addBacktest(program: Command, context: CommandContext): void {
  addPlayOptions(
    program
      .command('backtest')
      .description('play a bot over recorded market data, with the very functions that trade'),
  )
    .option('--check-lookahead', 'play again with other futures: decisions must not change')
    .option('--html <file>', 'write the report: one HTML file that needs nothing else')
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText(
      'after',
      '\nExample:\n  claire backtest -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz',
    )
    .action((options: Options) => backtest(options, context));
}
