import type { LedgerServer } from '../../adapters/postgres/ledger-server.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import type { PipelineView } from '../../pipeline/bot-pipeline.ts';
import { type LiveOutcome, runLive } from '../../pipeline/live-run.ts';
import type { PipelineBus } from '../../pipeline/pipeline-bus.ts';
import { type ReplayOutcome, type ReplayProgress, runReplay } from '../../pipeline/replay-run.ts';
import type { Happening } from '../../pipeline/run-watch.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupingLedger, LedgerIdentity } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { tallyTrades, type TradeTally } from '../gather/trade-tally.ts';
import { instrumentsFor, withExitCode } from '../input-files.ts';
import { witnessPath } from '../ledger-place.ts';
import { connectVenue, venueFailure } from './connect-venue.ts';
import { openBotLedger } from './open-bot-ledger.ts';
import { openRunBus } from './open-run-bus.ts';
import type { PlannedBot, RunPlan } from './plan.ts';
import { startRunNotifier } from './run-notifier.ts';

/** A replay tells how much of its data is left; a venue goes on without end. */
export type RunProgress = ReplayProgress | (PipelineView & { readonly phase: 'trading' });

export type RunOutcome = ReplayOutcome | LiveOutcome;

export interface BotRunDeps {
  readonly plan: RunPlan;
  readonly server: LedgerServer;
  readonly wall: Clock;
  /** For paths that start where the command was started. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onProgress: (progress: RunProgress) => void;
  readonly onHappening: (happening: Happening) => void;
}

/** A ledger, used and closed. @throws CliFailure, LedgerError */
async function withLedger<T>(
  identity: LedgerIdentity,
  { plan, server, wall, folder, log }: BotRunDeps,
  use: (ledger: GroupingLedger) => Promise<T>,
): Promise<T> {
  const ledger = await openBotLedger({
    server,
    identity,
    fresh: plan.fresh,
    witness: witnessPath(plan.place, identity, folder),
    now: () => wall.now(),
    log,
  });
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

async function replay(planned: PlannedBot, deps: BotRunDeps): Promise<BotRun> {
  const { settings } = planned.bot;
  const instruments = await instrumentsFor(planned);
  return withLedger(ledgerIdentity(settings), deps, async (ledger) => {
    const { data } = planned;
    const outcome = await runReplay({
      ...deps,
      settings,
      ledger,
      data,
      instruments,
      speed: deps.plan.speed,
    });
    return { outcome, tally: await tallyOf(ledger) };
  });
}

async function trade({ bot }: PlannedBot, deps: BotRunDeps): Promise<BotRun> {
  const { wall: clock, log, signal } = deps;
  const { bus: server } = deps.plan;
  const notifier = startRunNotifier(bot.settings, deps);
  const connection = await connectVenue(bot, { clock, log, signal });
  let bus: PipelineBus | undefined;
  try {
    if (server !== undefined) bus = await openRunBus(server, bot.settings, deps);
    return await withLedger(connection.identity, deps, async (ledger) => {
      const outcome = await runLive({
        ...connection,
        settings: bot.settings,
        ledger,
        ...(await connection.open(ledger)),
        ...(bus === undefined ? {} : { bus }),
        signal,
        log,
        onHappening: (happening) => {
          if (happening.kind === 'alert') notifier?.take(happening.alert);
          deps.onHappening(happening);
        },
        onProgress: (view) => {
          deps.onProgress({ ...view, phase: 'trading' });
        },
      });
      return { outcome, tally: await tallyOf(ledger) };
    });
  } finally {
    await notifier?.stop();
    await bus?.close();
    await connection.close();
  }
}

const tallyOf = async (ledger: GroupingLedger): Promise<TradeTally> =>
  tallyTrades(await ledger.transaction((tx) => tx.roundTrips()));

export interface BotRun {
  readonly outcome: RunOutcome;
  readonly tally: TradeTally;
}

/** Run one bot from where its ledger left off. @throws CliFailure, LedgerError, MexcError, and defects */
export async function runBot(planned: PlannedBot, deps: BotRunDeps): Promise<BotRun> {
  try {
    return await (planned.bot.settings.exchange.venue === 'replay'
      ? replay(planned, deps)
      : trade(planned, deps));
  } catch (error) {
    throw venueFailure(withExitCode(error), planned.bot);
  }
}
