import type { LedgerServer } from '../../adapters/postgres/ledger-server.ts';
import { DataFileError } from '../../adapters/replay/data-file-error.ts';
import { InstrumentsError, readInstruments } from '../../adapters/replay/instruments.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import { type ReplayOutcome, type ReplayProgress, runReplay } from '../../pipeline/replay-run.ts';
import type { Happening } from '../../pipeline/run-watch.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { EXIT, type ExitCode } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';
import { tallyTrades, type TradeTally } from '../gather/trade-tally.ts';
import { witnessPath } from '../ledger-place.ts';
import { openBotLedger } from './open-bot-ledger.ts';
import type { PlannedBot, RunPlan } from './plan.ts';

export interface BotRunDeps {
  readonly plan: RunPlan;
  readonly server: LedgerServer;
  readonly wall: Clock;
  /** For paths that start where the command was started. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onProgress: (progress: ReplayProgress) => void;
  readonly onHappening: (happening: Happening) => void;
}

const MISSING_CODES: ReadonlySet<string> = new Set([
  'FILE_MISSING',
  'FILE_UNREADABLE',
  'INSTRUMENTS_MISSING',
  'INSTRUMENTS_UNREADABLE',
]);

/** Wrong input files end the command with the code of their kind. */
function withExitCode(error: unknown): unknown {
  if (!(error instanceof DataFileError) && !(error instanceof InstrumentsError)) return error;
  const code: ExitCode = MISSING_CODES.has(error.code) ? EXIT.NO_INPUT : EXIT.BAD_DATA;
  return new CliFailure(code, error.message, { cause: error });
}

/** @throws CliFailure when a symbol the bot trades has none */
async function instrumentsFor({
  bot,
  instruments: file,
}: PlannedBot): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  const instruments = await readInstruments(file);
  const missing = bot.settings.universe.symbols.filter((symbol) => !instruments.has(symbol));
  if (missing.length === 0) return instruments;
  throw new CliFailure(
    EXIT.BAD_DATA,
    `${file}: has no instrument for ${missing.join(', ')} of ${bot.file}:${bot.line}; do: add it, or name another file with --instruments`,
  );
}

/** Run one bot's replay from where its ledger left off. @throws CliFailure, LedgerError, and defects */
export async function runBot(
  planned: PlannedBot,
  deps: BotRunDeps,
): Promise<{ readonly outcome: ReplayOutcome; readonly tally: TradeTally }> {
  const { plan, server, wall, folder, log } = deps;
  const { settings } = planned.bot;
  try {
    const instruments = await instrumentsFor(planned);
    const identity = ledgerIdentity(settings);
    const ledger = await openBotLedger({
      server,
      identity,
      fresh: plan.fresh,
      witness: witnessPath(plan.place, identity, folder),
      now: () => wall.now(),
      log,
    });
    try {
      const outcome = await runReplay({
        ...deps,
        settings,
        ledger,
        data: planned.data,
        instruments,
        speed: plan.speed,
      });
      return { outcome, tally: tallyTrades(await ledger.transaction((tx) => tx.roundTrips())) };
    } finally {
      await ledger.close();
    }
  } catch (error) {
    throw withExitCode(error);
  }
}
