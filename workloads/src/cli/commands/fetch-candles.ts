import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { QUIET_LOGGER } from '../../adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../adapters/memory/quiet-metrics.ts';
import { MexcError } from '../../adapters/mexc/errors.ts';
import { settingsAt } from '../../adapters/mexc/mexc-settings.ts';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../adapters/mexc/socket.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { EXIT } from '../../process/exit-code.ts';
import { jitter } from '../../process/jitter.ts';
import { Interrupted, makeLifecycle } from '../../process/lifecycle.ts';
import { SystemClock } from '../../process/system-clock.ts';
import { makeSteps } from '../backtest/progress.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { ForeignPartError, SharedPartError } from '../fetch/candle-file.ts';
import { type Fetched, fetchSymbol, unlessAborted } from '../fetch/fetch-symbol.ts';
import { keepInstruments } from '../fetch/instruments-file.ts';
import { type FetchOptions, type FetchPlan, type FetchWish, planFetch, readWish } from '../fetch/plan.ts';
import { withExitCode } from '../input-files.ts';
import { show } from '../output.ts';
import { plural, formatCount, formatTime } from '../render/amounts.ts';

const INSTRUMENTS = 'instruments.json';

/** @throws CliFailure when the venue does not list a symbol */
async function instrumentsOf(
  { rest }: PublicMexcVenue,
  symbols: readonly TradingSymbol[],
): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  // The venue may answer with more than was asked for.
  const wanted = (await rest.instruments(symbols)).filter(({ symbol }) => symbols.includes(symbol));
  const listed = new Map(wanted.map((one) => [one.symbol, one] as const));
  const unlisted = symbols.filter((symbol) => !listed.has(symbol));
  if (unlisted.length > 0) {
    throw new CliFailure(
      EXIT.USAGE,
      `--symbols: was ${unlisted.join(', ')}, which the exchange does not list; do: look at its spelling, such as BTCUSDT`,
    );
  }
  return listed;
}

interface Outcome {
  readonly plan: FetchPlan;
  readonly fetched: readonly Fetched[];
}

async function fetchAll(
  venue: PublicMexcVenue,
  { wish, options }: { readonly wish: FetchWish; readonly options: FetchOptions },
  { context, signal }: { readonly context: CommandContext; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { serverTime } = await unlessAborted(venue.rest.time(), signal);
  const plan = planFetch(wish, serverTime);
  const instruments = await unlessAborted(instrumentsOf(venue, plan.symbols), signal);
  const folder = resolve(context.folder, options.out);
  await mkdir(folder, { recursive: true });
  const steps = makeSteps(context.terminal.err, context.now);
  const fetched: Fetched[] = [];
  try {
    for (const symbol of plan.symbols) {
      const onProgress = (done: number, total: number): void => {
        steps.show(`${symbol} candles`, done, total);
      };
      const deps = { rest: venue.rest, folder, gzip: options.gzip === true, signal, onProgress };
      fetched.push(await fetchSymbol(symbol, plan, deps));
    }
  } finally {
    steps.clear();
  }
  await keepInstruments(join(folder, INSTRUMENTS), instruments);
  return { plan, fetched };
}

/** What a person can do something about, with its exit code. */
function asFailure(error: unknown): unknown {
  const goOn = 'do: start the same command again to go on';
  if (error instanceof Interrupted) {
    return new CliFailure(EXIT.TRY_AGAIN, `${error.message}; what is there is kept; ${goOn}`, {
      cause: error,
    });
  }
  if (error instanceof MexcError) {
    return new CliFailure(EXIT.UNAVAILABLE, `the exchange: ${error.message} (${error.code}); ${goOn}`, {
      cause: error,
    });
  }
  if (error instanceof ForeignPartError || error instanceof SharedPartError) {
    return new CliFailure(EXIT.BAD_DATA, error.message, { cause: error });
  }
  return withExitCode(error);
}

function lineOf({ symbol, file, filled }: Fetched, { from, interval }: FetchPlan): string {
  if (filled === undefined) return `${symbol}  ${file} was there already`;
  const { candles, first, last, missing, longestGap } = filled;
  if (first === undefined || last === undefined) {
    return `${symbol}  no candles: the exchange has none of that time`;
  }
  const late = first > from ? `, none before ${formatTime(first)}` : '';
  const gaps =
    missing === 0
      ? 'no gaps'
      : `${plural(missing, 'candle')} missing, at most ${formatCount(longestGap)} in a row`;
  return `${symbol}  ${plural(candles, 'candle')} up to ${formatTime(last + interval)}${late}, ${gaps}: ${file}`;
}

const jsonOf = ({ plan, fetched }: Outcome): object => ({
  interval: plan.intervalName,
  from: plan.from,
  to: plan.to,
  files: fetched.map(({ symbol, file, filled }) => ({ symbol, file, ...(filled ?? { present: true }) })),
});

async function fetchCandles(options: FetchOptions, context: CommandContext): Promise<void> {
  const wish = readWish(options);
  const lifecycle = makeLifecycle(process, () => process.exit(EXIT.TRY_AGAIN));
  let venue: PublicMexcVenue | undefined;
  try {
    venue = openVenue(options.rest);
    const asked = { wish, options };
    const outcome = await fetchAll(venue, asked, { context, signal: lifecycle.signal });
    await show(context, options, {
      json: jsonOf(outcome),
      render: () => [
        ...outcome.fetched.map((one) => lineOf(one, outcome.plan)),
        `next: claire backtest -f BOT.yaml --data ${join(options.out, outcome.fetched[0]?.file ?? '')} --instruments ${join(options.out, INSTRUMENTS)}`,
      ],
    });
    if (outcome.fetched.some(({ filled }) => filled?.candles === 0)) context.end(EXIT.BAD_DATA);
  } catch (error) {
    throw asFailure(error);
  } finally {
    lifecycle.release();
    await venue?.close();
  }
}

/** @throws CliFailure for an address that nothing can be asked at */
function openVenue(rest: string | undefined): PublicMexcVenue {
  try {
    return makePublicMexcVenue({
      clock: new SystemClock(),
      random: jitter,
      fetch,
      openSocket: openWebSocket,
      log: QUIET_LOGGER,
      metrics: QUIET_METRICS,
      settings: settingsAt(rest === undefined ? {} : { rest }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliFailure(EXIT.USAGE, `--rest: ${error.message}`, { cause: error });
  }
}

export function addFetchCandles(program: Command, context: CommandContext): void {
  program
    .command('fetch-candles')
    .description("download recorded candles from MEXC's public REST API, for back-tests and replays")
    .requiredOption('--symbols <list>', 'such as BTCUSDT,ETHUSDT')
    .option('--interval <name>', '1m, 5m, 15m, 30m, 60m, 1h, 4h or 1d', '1m')
    .requiredOption('--from <day>', 'the first day, such as 2024-03-01 (UTC)')
    .option('--to <day>', 'up to this day, which is not included (default: today, UTC)')
    .option('--out <dir>', 'where the files are put, one a symbol, with instruments.json', 'data')
    .option('--gzip', 'compress each file when it is whole')
    .option('--rest <url>', "another address than MEXC's, such as that of claire simulate-exchange")
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText(
      'after',
      '\nA download that was cut goes on where it stopped: start the same command again.\n' +
        '\nExample:\n  claire fetch-candles --symbols BTCUSDT,ETHUSDT --from 2024-03-01 --to 2024-04-01 --out data',
    )
    .action((options: FetchOptions) => fetchCandles(options, context));
}
