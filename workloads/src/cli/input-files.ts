/** The files a run or back-test stands on, with the exit code of their kind when they are wrong. */
import { TapeOverflowError } from '../backtest/tape/symbol-tape.ts';
import { DataFileError } from '../adapters/replay/data-file-error.ts';
import { InstrumentsError, readInstruments } from '../adapters/replay/instruments.ts';
import type { ReadBot } from '../contract/index.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import { EXIT, type ExitCode } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';

const MISSING_CODES: ReadonlySet<string> = new Set([
  'FILE_MISSING',
  'FILE_UNREADABLE',
  'INSTRUMENTS_MISSING',
  'INSTRUMENTS_UNREADABLE',
]);

/** Wrong input files end the command with the code of their kind. */
export function withExitCode(error: unknown): unknown {
  if (error instanceof TapeOverflowError) {
    return new CliFailure(EXIT.BAD_DATA, error.message, { cause: error });
  }
  if (!(error instanceof DataFileError) && !(error instanceof InstrumentsError)) return error;
  const code: ExitCode = MISSING_CODES.has(error.code) ? EXIT.NO_INPUT : EXIT.BAD_DATA;
  return new CliFailure(code, error.message, { cause: error });
}

/** @throws CliFailure when a symbol the bot trades has none; InstrumentsError */
export async function instrumentsFor({
  bot,
  instruments: file,
}: {
  readonly bot: ReadBot;
  readonly instruments: string;
}): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  const instruments = await readInstruments(file);
  const missing = bot.settings.universe.symbols.filter((symbol) => !instruments.has(symbol));
  if (missing.length === 0) return instruments;
  throw new CliFailure(
    EXIT.BAD_DATA,
    `${file}: has no instrument for ${missing.join(', ')} of ${bot.file}:${bot.line}; do: add it, or name another file with --instruments`,
  );
}
