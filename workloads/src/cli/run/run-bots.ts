import { openLedgerServer } from '../../adapters/postgres/open-ledger.ts';
import { SystemClock } from '../../process/system-clock.ts';
import type { Happening as PipelineHappening } from '../../pipeline/run-watch.ts';
import { locationOf } from '../postgres-shelf.ts';
import type { FinishedRun } from '../render/run-summary.ts';
import type { Happening } from '../render/run-view.ts';
import { makePlainLogger } from './plain-logger.ts';
import type { RunPlan } from './plan.ts';
import { runBot } from './run-bot.ts';
import type { RunMonitor } from './run-monitor.ts';

/** How a bot's run ended. */
export type BotEnd =
  | { readonly kind: 'ran'; readonly run: FinishedRun }
  | { readonly kind: 'failed'; readonly bot: string; readonly error: unknown };

export interface RunBotsDeps {
  readonly plan: RunPlan;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly monitor: RunMonitor;
  readonly verbose: boolean;
  /** A line for the log. */
  readonly write: (line: string) => void;
  readonly onHappening: (shown: Happening, happening: PipelineHappening) => void;
  readonly onProgress: () => void;
}

/**
 * Run all bots beside each other, each on its own ledger and its own replay. What ends one does not end the others.
 * @throws LedgerError when the place of the ledgers cannot be opened
 */
export async function runBots(deps: RunBotsDeps): Promise<readonly BotEnd[]> {
  const { plan, monitor, folder, signal, verbose } = deps;
  const wall = new SystemClock();
  const log = makePlainLogger(deps.write, { verbose });
  const server = await openLedgerServer({ location: locationOf(plan.place), logger: log });
  try {
    return await Promise.all(
      plan.bots.map(async (planned): Promise<BotEnd> => {
        const bot = planned.bot.settings.name;
        try {
          const ran = await runBot(planned, {
            plan,
            server,
            wall,
            folder,
            signal,
            log: log.child({ bot }),
            onProgress: (progress) => {
              monitor.takeProgress(bot, progress);
              deps.onProgress();
            },
            onHappening: (happening) => {
              const shown = monitor.takeHappening(bot, happening);
              if (shown !== undefined) deps.onHappening(shown, happening);
            },
          });
          monitor.end(bot, ran.outcome);
          return { kind: 'ran', run: { bot, ...ran } };
        } catch (error) {
          monitor.end(bot, undefined);
          return { kind: 'failed', bot, error };
        }
      }),
    );
  } finally {
    await server.close();
  }
}
