import type { Happening as PipelineHappening } from '../../pipeline/run-watch.ts';
import { showHappening } from '../render/happening.ts';
import type { BotView, Happening } from '../render/run-view.ts';
import type { PlannedBot } from './plan.ts';
import type { RunOutcome, RunProgress } from './run-bot.ts';

/** Happenings kept for the picture. */
const KEPT = 50;
/** Data is read ahead of being played: only the end of the run is its end. */
const NEARLY_ALL = 0.99;

/** What is known of the bots while they run, as the picture shows it. */
export interface RunMonitor {
  views(): readonly BotView[];
  /** The latest, oldest first. */
  happenings(): readonly Happening[];
  takeProgress(bot: string, progress: RunProgress): void;
  /** Returns what a person should read of it, if anything. */
  takeHappening(bot: string, happening: PipelineHappening): Happening | undefined;
  /** Told when a run ends; without an outcome it failed. */
  end(bot: string, outcome: RunOutcome | undefined): void;
}

interface Pace {
  readonly fraction: number;
  readonly at: number;
}

const beginning = ({ bot: { settings } }: PlannedBot): BotView => ({
  bot: settings.name,
  quote: settings.universe.quote,
  phase: 'starting',
  candles: 0,
  state: settings.state,
  capital: settings.limits.capital,
  counts: { signals: 0, orders: 0, fills: 0, roundTrips: 0 },
  positions: [],
});

/** Leaves out what is undefined. */
function viewOf(before: BotView, progress: RunProgress, remaining: number | undefined): BotView {
  const { time, state, capital, equity, maxDrawdownRatio, counts, candles, phase, positions } = progress;
  return {
    bot: before.bot,
    quote: before.quote,
    phase,
    candles,
    ...('fraction' in progress
      ? { fraction: phase === 'finished' ? 1 : Math.min(progress.fraction, NEARLY_ALL) }
      : {}),
    ...(time === 0 ? {} : { time }),
    state,
    capital,
    counts,
    positions: positions.map(({ position, mark }) => ({ position, ...(mark === undefined ? {} : { mark }) })),
    ...(remaining === undefined ? {} : { remaining }),
    ...(equity === undefined ? {} : { equity }),
    ...(maxDrawdownRatio === undefined ? {} : { maxDrawdown: maxDrawdownRatio }),
  };
}

/** At the pace since the first progress; undefined until there is one. */
function remainingAt(start: Pace, now: Pace): number | undefined {
  const done = now.fraction - start.fraction;
  const elapsed = now.at - start.at;
  return done <= 0 || elapsed <= 0 ? undefined : (elapsed / done) * (1 - now.fraction);
}

export function makeRunMonitor(planned: readonly PlannedBot[], now: () => number): RunMonitor {
  const views = new Map(planned.map((one) => [one.bot.settings.name, beginning(one)]));
  const starts = new Map<string, Pace>();
  const happenings: Happening[] = [];
  const viewFor = (bot: string): BotView => {
    const view = views.get(bot);
    if (view === undefined) throw new Error(`no bot ${bot} was planned`);
    return view;
  };
  const paceOf = (bot: string, { fraction }: { readonly fraction: number }): number | undefined => {
    const pace = { fraction, at: now() };
    const start = starts.get(bot) ?? pace;
    starts.set(bot, start);
    return remainingAt(start, pace);
  };
  return {
    views: () => [...views.values()],
    happenings: () => happenings,
    takeProgress: (bot, progress) => {
      views.set(
        bot,
        viewOf(viewFor(bot), progress, 'fraction' in progress ? paceOf(bot, progress) : undefined),
      );
    },
    takeHappening: (bot, happening) => {
      const shown = showHappening(happening, viewFor(bot).quote);
      if (shown === undefined) return undefined;
      const taken = { time: happening.time, bot, ...shown };
      happenings.push(taken);
      if (happenings.length > KEPT) happenings.shift();
      return taken;
    },
    end: (bot, outcome) => {
      views.set(bot, { ...viewFor(bot), phase: phaseAtEnd(outcome) });
    },
  };
}

const phaseAtEnd = (outcome: RunOutcome | undefined): BotView['phase'] => {
  if (outcome === undefined) return 'failed';
  return outcome.status === 'interrupted' || outcome.status === 'stopped' ? 'stopping' : 'finished';
};
