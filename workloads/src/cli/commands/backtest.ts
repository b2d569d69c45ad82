import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type BacktestOptions, runBacktest } from '../../backtest/run-backtest.ts';
import type { BacktestResult } from '../../backtest/result.ts';
import { metricsOf } from '../../backtest/stats/metrics.ts';
import { makeStrategy } from '../../domain/strategy/registry.ts';
import { DEFAULT_STORE, planPlay, type PlayOptions, type PlayPlan, withFees } from '../backtest/plan.ts';
import { makeProgressBar } from '../backtest/progress.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { instrumentsFor, withExitCode } from '../input-files.ts';
import { show } from '../output.ts';
import { backtestJson, renderBacktest } from '../render/backtest.ts';

interface Options extends PlayOptions {
  readonly json?: boolean;
}

/** What a plan means, with the files it names read. */
export async function playOptionsOf(plan: PlayPlan, context: CommandContext): Promise<BacktestOptions> {
  const { settings, fees } = plan;
  return {
    ...plan,
    strategy: makeStrategy(settings),
    instruments: withFees(await instrumentsFor(plan), fees),
    store: resolve(context.folder, plan.store),
    elapsed: () => performance.now(),
  };
}

async function play(plan: PlayPlan, context: CommandContext): Promise<BacktestResult> {
  const bar = makeProgressBar(context.terminal.err, context.now);
  try {
    const options = await playOptionsOf(plan, context);
    return await runBacktest({
      ...options,
      onProgress: ({ phase, fraction }) => {
        bar.show(phase, fraction);
      },
    });
  } catch (error) {
    throw withExitCode(error);
  } finally {
    bar.clear();
  }
}

async function backtest(options: Options, context: CommandContext): Promise<void> {
  const plan = planPlay(options, await readBotFiles(options.file, context.folder));
  const result = await play(plan, context);
  const metrics = metricsOf(result);
  await show(context, options, {
    json: backtestJson(result, metrics),
    render: (screen) => renderBacktest(result, metrics, screen),
  });
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
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText(
      'after',
      '\nExample:\n  claire backtest -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz',
    )
    .action((options: Options) => backtest(options, context));
}
