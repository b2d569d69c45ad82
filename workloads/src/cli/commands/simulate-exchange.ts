import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { DataFileError } from '../../adapters/replay/data-file-error.ts';
import { type DataSpec, parseDataSpec, symbolOf } from '../../adapters/replay/data-spec.ts';
import { InstrumentsError, readInstruments } from '../../adapters/replay/instruments.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, parseDuration } from '../../domain/time.ts';
import type { Logger } from '../../ports/logger.ts';
import { EXIT } from '../../process/exit-code.ts';
import { makeLifecycle } from '../../process/lifecycle.ts';
import { makeLogger } from '../../process/logger.ts';
import { SystemClock } from '../../process/system-clock.ts';
import {
  AWKWARD_RULES,
  defaultRules,
  rulesOf,
  type SymbolRules,
} from '../../simulator/market/symbol-rules.ts';
import {
  defaultSettings,
  seededAccount,
  type SimulatorSettings,
} from '../../simulator/simulator-settings.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data: readonly string[];
  readonly symbols: readonly string[];
  readonly extraSymbols: number;
  readonly instruments?: string;
  readonly seed: string;
  readonly interval: Duration;
  readonly history: number;
  readonly start: 'now' | 'data';
  readonly speed: number;
  readonly lifetimeSpeed: number;
  readonly balance: Readonly<Record<string, string>>;
  readonly adminToken?: string;
  readonly truth?: string;
  readonly limits: boolean;
}

const SYMBOL = /^[A-Z0-9]{2,30}$/;
const BALANCE = /^([A-Z0-9]{1,20})=(\d{1,20}(?:\.\d{1,18})?)$/;
const DEFAULT_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
const DEFAULT_BALANCES = { USDT: '100000' };
const TOKEN_BYTES = 24;

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`was ${text}; allowed are whole numbers from ${least} to ${most}.`);
  };

function readSpeed(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new InvalidArgumentError(`was ${text}; a number such as 1, 0.5 or 600 is allowed.`);
}

function readInterval(text: string): Duration {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError(`was ${text}; a duration such as 1m or 5m is allowed.`);
  }
}

function readSymbols(text: string): readonly string[] {
  const symbols = text.split(',');
  const wrong = symbols.find((symbol) => !SYMBOL.test(symbol));
  if (wrong === undefined) return symbols;
  throw new InvalidArgumentError(`was ${wrong}; upper-case letters and digits are allowed, such as BTCUSDT.`);
}

function readStart(text: string): 'now' | 'data' {
  if (text === 'now' || text === 'data') return text;
  throw new InvalidArgumentError(`was ${text}; now and data are allowed.`);
}

function addBalance(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, asset, amount] = BALANCE.exec(text) ?? [];
  if (asset === undefined || amount === undefined) {
    throw new InvalidArgumentError(`was ${text}; ASSET=AMOUNT is allowed, such as USDT=10000.`);
  }
  return { ...before, [asset]: amount };
}

const extraSymbols = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `S${String(i + 1).padStart(4, '0')}USDT`);

interface Catalogue {
  readonly rules: readonly SymbolRules[];
  /** Those to look for in the data; the others get a synthetic market. */
  readonly dataSymbols: readonly string[];
}

async function readCatalogue(options: Options, specs: readonly DataSpec[]): Promise<Catalogue> {
  const { instruments: file, symbols: named } = options;
  const described: ReadonlyMap<string, Instrument> =
    file === undefined ? new Map<string, Instrument>() : await readInstruments(resolve(file));
  const wanted = named.length > 0 ? named : [...described.keys()];
  const inData = specs.flatMap((spec) => symbolOf(spec) ?? wanted);
  const usual = specs.length > 0 ? inData : DEFAULT_SYMBOLS;
  const symbols = new Set([...(named.length > 0 ? named : usual), ...inData]);
  for (const extra of extraSymbols(options.extraSymbols)) symbols.add(extra);
  const rules = [...symbols].map((symbol) => {
    const instrument = described.get(symbol);
    return instrument === undefined ? defaultRules(symbol) : rulesOf(instrument);
  });
  return { rules: [...rules, ...AWKWARD_RULES], dataSymbols: [...new Set(inData)] };
}

function readData(options: Options, context: CommandContext): readonly DataSpec[] {
  return options.data.map((text) => {
    try {
      const spec = parseDataSpec(text);
      return { ...spec, path: resolve(context.folder, spec.path) };
    } catch (error) {
      throw new CliFailure(EXIT.USAGE, error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  });
}

async function readSettings(options: Options, context: CommandContext): Promise<SimulatorSettings> {
  const { host, port, seed, interval, history, start, speed, lifetimeSpeed } = options;
  const data = readData(options, context);
  const catalogue = await readCatalogue(options, data);
  const base = defaultSettings(options.adminToken ?? randomBytes(TOKEN_BYTES).toString('hex'));
  const balances = Object.keys(options.balance).length > 0 ? options.balance : DEFAULT_BALANCES;
  return {
    ...base,
    host,
    port,
    seed,
    ...catalogue,
    data,
    accounts: [seededAccount(seed, 'simulator', balances)],
    interval,
    history,
    start,
    speed,
    listenKeyLifetime: base.listenKeyLifetime / lifetimeSpeed,
    sockets: { ...base.sockets, lifetime: base.sockets.lifetime / lifetimeSpeed },
    limits: { ...base.limits, enabled: options.limits },
  };
}

/** The lines that say where it is and how to get in. The keys guard play money. */
function welcome(settings: SimulatorSettings, port: number): readonly string[] {
  const { accounts, host } = settings;
  const [account] = accounts;
  return [
    `REST        http://${host}:${port}`,
    `WebSocket   ws://${host}:${port}/ws`,
    `admin API   http://${host}:${port}/simulator/   Authorization: Bearer ${settings.adminToken}`,
    `API key     ${account?.key.key ?? ''}`,
    `API secret  ${account?.key.secret ?? ''}`,
    `to trade    export MEXC_API_KEY=${account?.key.key ?? ''} MEXC_API_SECRET=${account?.key.secret ?? ''}`,
    `symbols     ${settings.rules.length}, seed ${settings.seed}, speed ${settings.speed}`,
    'Ctrl-C ends it.',
  ];
}

const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

async function openTruth(
  options: Options,
  context: CommandContext,
  logger: Logger,
): Promise<WriteStream | undefined> {
  const { truth: file } = options;
  if (file === undefined) return undefined;
  const stream = createWriteStream(resolve(context.folder, file), { flags: 'wx' });
  await once(stream, 'open');
  stream.on('error', (error) => {
    logger.error({ error }, 'the ground truth is no longer written');
  });
  return stream;
}

const MISSING: ReadonlySet<string> = new Set([
  'FILE_MISSING',
  'FILE_UNREADABLE',
  'INSTRUMENTS_MISSING',
  'INSTRUMENTS_UNREADABLE',
]);

/** Files that are missing or wrong, and a port that is taken, with the exit code that says which. */
function asFailure(error: unknown, port: number): unknown {
  if (error instanceof DataFileError || error instanceof InstrumentsError) {
    return new CliFailure(MISSING.has(error.code) ? EXIT.NO_INPUT : EXIT.BAD_DATA, error.message, {
      cause: error,
    });
  }
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return error;
  const text = `--port: was ${port}; another process listens there; do: choose another, or 0 for any`;
  return new CliFailure(EXIT.UNAVAILABLE, text, { cause: error });
}

async function simulate(options: Options, context: CommandContext): Promise<void> {
  try {
    await runSimulator(await readSettings(options, context), options, context);
  } catch (error) {
    throw asFailure(error, options.port);
  }
}

async function runSimulator(
  settings: SimulatorSettings,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const logger: Logger = makeLogger({ level: 'warn', destination: process.stderr });
  const truth = await openTruth(options, context, logger);
  const lifecycle = makeLifecycle(process, () => process.exit(EXIT.TRY_AGAIN));
  const simulator = await startSimulator(settings, {
    clock: new SystemClock(),
    logger,
    onTruth: (entry) => {
      truth?.write(`${JSON.stringify(entry)}\n`);
    },
  });
  try {
    await context.terminal.out.lines(welcome(settings, simulator.port));
    await untilAborted(lifecycle.signal);
  } finally {
    await simulator.close();
    truth?.end();
    lifecycle.release();
  }
}

export function addSimulateExchange(program: Command, context: CommandContext): void {
  program
    .command('simulate-exchange')
    .description('run an exchange on this machine that speaks MEXC’s protocol, for tests and paper trading')
    .option('--host <address>', 'address to listen on; 0.0.0.0 in a container', '127.0.0.1')
    .option('--port <number>', 'port; 0 chooses one', wholeNumber(0, 65_535), 8_790)
    .option(
      '--data <file...>',
      'candles or trades to replay, FILE or SYMBOL=FILE; without: a synthetic market',
      [],
    )
    .option('--instruments <file>', 'trading rules of the symbols; without: usual ones')
    .option(
      '--symbols <list>',
      'symbols, comma separated; without: those of the data, else four',
      readSymbols,
      [],
    )
    .option('--extra-symbols <count>', 'so many more, with synthetic markets', wholeNumber(0, 2_000), 0)
    .option('--seed <text>', 'everything random follows from it', '1')
    .option('--interval <duration>', 'of the candles the market is made of', readInterval, 60_000)
    .option('--history <candles>', 'candles that are over at the start', wholeNumber(0, 100_000), 500)
    .option('--start <when>', 'now: times are moved to the present; data: left as recorded', readStart, 'now')
    .option(
      '--speed <factor>',
      'how much faster the market runs; 0: only as the admin API says',
      readSpeed,
      1,
    )
    .option(
      '--lifetime-speed <factor>',
      'how much shorter connections and listen keys live',
      wholeNumber(1, 1_000_000),
      1,
    )
    .option('--balance <asset=amount>', 'what the account holds; may be repeated', addBalance, {})
    .option('--admin-token <text>', 'for the admin API; without: a random one')
    .option('--truth <file>', 'a new file for the ground truth, one JSON object a line')
    .option('--no-limits', 'no rate limits')
    .addHelpText('after', '\nExample:\n  claire simulate-exchange --port 8790 --seed 7 --speed 60')
    .action((options: Options) => simulate(options, context));
}
