/** The `claire` command: its commands put together, and how it ends. */
import { createInterface } from 'node:readline/promises';
import { Command, CommanderError } from 'commander';
import { PROCESSES } from '../contract/process-schema.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../process/exit-code.ts';
import { readCliEnvironment } from './config.ts';
import type { CommandContext } from './context.ts';
import { failureLines } from './failure.ts';
import { openShelf } from './postgres-shelf.ts';
import { makeOutput, type Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

type AddCommand = (program: Command, context: CommandContext) => void;

/** Loaded when they are needed: a status must not wait for the whole pipeline to be read. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).addRun,
  backtest: async () => (await import('./commands/backtest.ts')).addBacktest,
  sweep: async () => (await import('./commands/sweep.ts')).addSweep,
  'fetch-candles': async () => (await import('./commands/fetch-candles.ts')).addFetchCandles,
  validate: async () => (await import('./commands/validate.ts')).addValidate,
  status: async () => (await import('./commands/status.ts')).addStatus,
  positions: async () => (await import('./commands/positions.ts')).addPositions,
  flatten: async () => (await import('./commands/flatten.ts')).addFlatten,
  control: async () => (await import('./commands/control.ts')).addControl,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  'verify-journal': async () => (await import('./commands/verify-journal.ts')).addVerifyJournal,
  export: async () => (await import('./commands/export.ts')).addExport,
  ledger: async () => (await import('./commands/ledger.ts')).addLedger,
  ...Object.fromEntries(
    PROCESSES.map((name) => [name, async () => (await import('./commands/component.ts')).addComponent(name)]),
  ),
  'notify-test': async () => (await import('./commands/notify-test.ts')).addNotifyTest,
  'process-config': async () => (await import('./commands/process-config.ts')).addProcessConfig,
  'simulate-exchange': async () => (await import('./commands/simulate-exchange.ts')).addSimulateExchange,
};

/** The command named, else all of them: for help and for suggestions. */
function loadCommands(args: readonly string[]): Promise<readonly AddCommand[]> {
  const named = COMMANDS[args.find((arg) => !arg.startsWith('-')) ?? ''];
  const wanted = named === undefined ? Object.values(COMMANDS) : [named];
  return Promise.all(wanted.map((load) => load()));
}

/** Commander says `error: …`; here every line begins with the command's name. */
const usageLine = (text: string): string =>
  text
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

const makeProgram = (usage: (line: string) => void): Command =>
  new Command('claire')
    .description('Trades a TradingBot file: real market data in, every decision explained, on one machine.')
    .version(VERSION)
    .option('--debug', 'show where an error comes from')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: (text) => {
        usage(usageLine(text));
      },
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nExample:\n  claire run -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz',
    );

/** A question on the terminal; undefined where nobody can answer. Only y and yes mean yes. */
async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

async function report(error: unknown, terminal: Terminal, debug: boolean): Promise<void> {
  await terminal.err.lines(failureLines(error).map((line) => `claire: ${line}`));
  if (debug && error instanceof Error) await terminal.err.lines([error.stack ?? String(error)]);
}

/** Run one command line. Resolves with the exit code when everything is written and closed. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  const environment = readCliEnvironment();
  const terminal: Terminal = {
    out: makeOutput(process.stdout, environment),
    err: makeOutput(process.stderr, environment),
  };
  let code: ExitCode = EXIT.OK;
  const context: CommandContext = {
    terminal,
    folder: process.cwd(),
    now: () => Date.now(),
    openShelf,
    confirm,
    debug: args.includes('--debug'),
    end: (ended) => {
      code = ended;
    },
  };
  const usage: string[] = [];
  try {
    const program = makeProgram((line) => usage.push(line));
    for (const add of await loadCommands(args)) add(program, context);
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.OK;
      await terminal.err.lines(usage.map((line) => `claire: ${line}; see 'claire --help'`));
      return EXIT.USAGE;
    }
    await report(error, terminal, context.debug);
    return exitCodeOf(error);
  }
}
