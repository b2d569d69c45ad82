/** What a sweep came to, for a terminal. */
import type { Judgement } from '../../backtest/stats/verdict.ts';
import { type Axis, describe, shortName } from '../../sweep/grid.ts';
import { OBJECTIVES, type Objective, type Ranking } from '../../sweep/rank.ts';
import { type HeatMap, heatMapsOf, strengthOf, titleOf } from '../../sweep/report/heat-map.ts';
import { objectiveText, type SweepFacts } from '../../sweep/report/html-report.ts';
import type { SweepResult } from '../../sweep/run-sweep.ts';
import type { WalkResult } from '../../sweep/walk-forward.ts';
import { formatTime, plural } from './amounts.ts';
import { figure, percent, VERDICT_TONES } from './backtest.ts';
import { heading, paint, type Screen, type Tone } from './screen.ts';
import { sparkline } from './sparkline.ts';
import { type Cell, indent, narrower, renderFacts, renderTable } from './table.ts';

const SHOWN = 10;

function rankingLines(axes: readonly Axis[], { trials, objective }: Ranking, screen: Screen): string[] {
  const right = (title: string, optional?: number): { title: string; align: 'right'; optional?: number } => ({
    title,
    align: 'right',
    ...(optional === undefined ? {} : { optional }),
  });
  // Its own column says what they are ranked by: the return has one anyway.
  const rankedBy = objective === 'return' ? [] : [objective];
  const columns = [
    ...axes.map((axis) => right(shortName(axis))),
    ...rankedBy.map((name) => right(name)),
    right('return'),
    right('drawdown', 1),
    right('round trips', 2),
    right('won', 3),
    right('factor', 4),
  ];
  const rows = trials
    .slice(0, SHOWN)
    .map(({ combination, run }): readonly Cell[] => [
      ...combination,
      ...rankedBy.map((name) => objectiveText(name, OBJECTIVES[name](run))),
      { text: percent(run.totalReturn), tone: run.totalReturn > 0 ? 'good' : 'bad' },
      percent(run.maxDrawdown),
      String(run.roundTrips),
      percent(run.winRate ?? undefined, 1),
      figure(run.profitFactor ?? undefined),
    ]);
  return renderTable(columns, rows, screen);
}

/** Strong values stand out, weak ones step back. */
function toneOf(value: number, map: HeatMap): Tone {
  const strength = strengthOf(value, map);
  if (Math.abs(strength) < 0.2) return 'dim';
  return strength > 0 ? 'good' : 'bad';
}

const SHADES = ' ░▒▓█';

function heatLines(map: HeatMap, objective: Objective, screen: Screen): string[] {
  const { rows, columns, cells } = map;
  const body = rows.values.map((name, r): readonly Cell[] => [
    name,
    ...columns.values.map((_, c): Cell => {
      const value = cells[r]?.[c];
      if (value === undefined) return 'N/A';
      const shade = SHADES[Math.round(Math.abs(strengthOf(value, map)) * (SHADES.length - 1))] ?? '';
      return { text: `${objectiveText(objective, value)} ${shade}`, tone: toneOf(value, map) };
    }),
  ]);
  const heads = [
    { title: '' },
    ...columns.values.map((value) => ({ title: value, align: 'right' as const, least: 5 })),
  ];
  return [
    heading(screen, `${objective}: ${titleOf(map)}`),
    ...indent(renderTable(heads, body, narrower(screen))),
  ];
}

const judgementFacts = (name: string, { word, reasons }: Judgement): (readonly [string, Cell])[] => [
  [name, { text: word, tone: VERDICT_TONES[word] }],
  ...reasons.map((reason) => ['', reason] as const),
];

function walkLines(axes: readonly Axis[], walk: WalkResult, screen: Screen): string[] {
  const { steps, plan, curve, totalReturn, maxDrawdown, efficiency, judgement } = walk;
  const columns = [
    { title: 'unseen from' },
    { title: 'chosen', least: 12 },
    { title: 'where chosen', align: 'right' as const },
    { title: 'unseen', align: 'right' as const },
    { title: 'round trips', align: 'right' as const, optional: 1 },
  ];
  const rows = steps.map(({ outOfSample, chosen, out }): readonly Cell[] => [
    formatTime(outOfSample.from).slice(0, 10),
    describe(axes, chosen.combination),
    percent(chosen.run.totalReturn),
    { text: percent(out.totalReturn), tone: out.totalReturn > 0 ? 'good' : 'bad' },
    String(out.roundTrips),
  ]);
  const facts: (readonly [string, Cell])[] = [
    [
      'equity',
      sparkline(
        curve.map(([, level]) => level),
        60,
      ),
    ],
    ['result', `${percent(totalReturn)} over the unseen stretches, drawdown ${percent(maxDrawdown)}`],
    ['efficiency', efficiency === null ? 'N/A' : percent(efficiency, 0)],
    ...judgementFacts('verdict', judgement),
  ];
  const inner = narrower(screen);
  return [
    heading(screen, `walk-forward, ${plan.mode}`),
    ...indent([...renderTable(columns, rows, inner), ...renderFacts(facts, inner)]),
  ];
}

/** The summary of a sweep. */
export function renderSweep({ bot, sweep, walk }: SweepFacts, screen: Screen): string[] {
  const { axes, ranking, refused, judgement, best, seed } = sweep;
  const inner = narrower(screen);
  const facts: (readonly [string, Cell])[] = [
    ['best', `${describe(axes, best.combination)}, digest ${best.run.digest}`],
    ...judgementFacts('verdict', judgement),
    ['seed', String(seed)],
  ];
  const [first] = refused;
  if (first !== undefined) {
    facts.push([
      'refused',
      {
        text: `${plural(refused.length, 'set')}; ${describe(axes, first.combination)}: ${first.problem}`,
        tone: 'warn',
      },
    ]);
  }
  const maps = heatMapsOf(axes, ranking.trials, ranking.objective);
  return [
    `${heading(screen, bot)}  ${plural(ranking.trials.length, 'set')} of parameters, by ${ranking.objective}`,
    ...indent(rankingLines(axes, ranking, inner)),
    ...(ranking.trials.length > SHOWN
      ? [paint(screen, 'dim', `  the best ${SHOWN} of ${ranking.trials.length}; --json has all`)]
      : []),
    ...maps.flatMap((map) => heatLines(map, ranking.objective, screen)),
    ...indent(renderFacts(facts, inner)),
    ...(walk === undefined ? [] : walkLines(axes, walk, screen)),
  ];
}

const setOf = (axes: readonly Axis[], combination: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(axes.map(({ path }, i) => [path, combination[i] ?? '']));

function walkJson(axes: readonly Axis[], walk: WalkResult): Readonly<Record<string, unknown>> {
  const { steps, judgement, ...rest } = walk;
  return {
    ...rest,
    verdict: judgement,
    steps: steps.map(({ inSample, outOfSample, chosen, out }) => {
      const unseen = Object.fromEntries(Object.entries(out).filter(([name]) => name !== 'sample'));
      return { inSample, outOfSample, set: setOf(axes, chosen.combination), chosen: chosen.run, unseen };
    }),
  };
}

/** The same as one JSON value. */
export function sweepJson({ bot, sweep, walk }: SweepFacts): Readonly<Record<string, unknown>> {
  const { axes, ranking, refused, judgement, best, seed }: SweepResult = sweep;
  return {
    bot,
    objective: ranking.objective,
    seed,
    parameters: axes,
    runs: ranking.trials.map(({ combination, run }) => ({ set: setOf(axes, combination), ...run })),
    best: { set: setOf(axes, best.combination), ...best.run },
    verdict: judgement,
    refused: refused.map(({ combination, problem }) => ({ set: setOf(axes, combination), problem })),
    ...(walk === undefined ? {} : { walkForward: walkJson(axes, walk) }),
  };
}
