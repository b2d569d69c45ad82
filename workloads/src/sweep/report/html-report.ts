/** A sweep as one HTML file: no script, no request to anywhere, readable on paper. */
import { STYLE } from '../../backtest/report/style.ts';
import { bars, chart, escapeText } from '../../backtest/report/svg.ts';
import { dayText, numberText, percentText, table } from '../../backtest/report/tables.ts';
import type { Judgement } from '../../backtest/stats/verdict.ts';
import { type Axis, describe, shortName } from '../grid.ts';
import { type Objective, OBJECTIVES, type Trial } from '../rank.ts';
import type { SweepResult } from '../run-sweep.ts';
import type { WalkResult } from '../walk-forward.ts';
import { heatMapsOf, heatMapSvg } from './heat-map.ts';

export interface SweepFacts {
  readonly bot: string;
  readonly sweep: SweepResult;
  readonly walk?: WalkResult | undefined;
}

const SHOWN_RUNS = 50;
const BINS = 24;

const PERCENT_OBJECTIVES: ReadonlySet<Objective> = new Set<Objective>(['return']);

/** An objective's value as people read it. */
export const objectiveText = (objective: Objective, value: number | null): string =>
  value === null
    ? 'N/A'
    : PERCENT_OBJECTIVES.has(objective)
      ? percentText(value)
      : numberText(value, objective === 'expectancy' ? 4 : 2);

const section = (id: string, title: string, body: string, note = ''): string =>
  `<section id="${id}"><h2>${escapeText(title)}</h2>${body}${note === '' ? '' : `<p class="note">${escapeText(note)}</p>`}</section>`;

function verdictBox(id: string, title: string, { word, reasons }: Judgement): string {
  const tone = word === 'edge' ? 'edge' : word === 'no edge' ? 'no' : '';
  const lines = reasons.map((line) => `<p>${escapeText(line)}</p>`).join('');
  return `<div id="${id}" class="verdict ${tone}"><span class="dim">${escapeText(title)}</span> <b>${escapeText(word)}</b>${lines}</div>`;
}

const cell = (text: string): string => `<td>${escapeText(text)}</td>`;

function rankingTable(axes: readonly Axis[], trials: readonly Trial[]): string {
  const head = [
    ...axes.map(shortName),
    'return',
    'drawdown',
    'round trips',
    'won',
    'profit factor',
    'Sharpe',
    'Sortino',
    'Calmar',
  ];
  const rows = trials.slice(0, SHOWN_RUNS).map(({ combination, run }) => {
    const figures = [
      percentText(run.totalReturn),
      percentText(run.maxDrawdown),
      String(run.roundTrips),
      percentText(run.winRate ?? undefined, 1),
      numberText(run.profitFactor ?? undefined),
      numberText(run.sharpe ?? undefined),
      numberText(run.sortino ?? undefined),
      numberText(run.calmar ?? undefined),
    ];
    return `<tr>${[...combination, ...figures].map(cell).join('')}</tr>`;
  });
  return table(head, rows);
}

function spreadOf(trials: readonly Trial[]): string {
  const values = trials.map(({ run }) => run.totalReturn);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = (high - low || 1) / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return bars(
    'returns of the sets',
    counts.map((value, i) => {
      const middle = low + (i + 0.5) * width;
      return { label: percentText(middle, 1), value, tone: middle > 0 ? 'gain' : 'loss' };
    }),
  );
}

const curveOf = (title: string, points: readonly (readonly [number, number])[]): string =>
  chart({
    title,
    lines: [{ name: title, points: points.map(([x, y]) => ({ x, y })), tone: 'main' }],
    formatX: dayText,
    formatY: (y) => y.toFixed(3),
  });

function walkSection(axes: readonly Axis[], { steps, curve, plan, ...walk }: WalkResult): string {
  const rows = steps.map(
    ({ inSample, outOfSample, chosen, out }) =>
      `<tr>${[
        `${dayText(inSample.from)} to ${dayText(inSample.to)}`,
        describe(axes, chosen.combination),
        percentText(chosen.run.totalReturn),
        `${dayText(outOfSample.from)} to ${dayText(outOfSample.to)}`,
        percentText(out.totalReturn),
        String(out.roundTrips),
      ]
        .map(cell)
        .join('')}</tr>`,
  );
  const head = ['chosen on', 'chosen', 'earned there', 'then unseen', 'earned unseen', 'round trips'];
  const note = `Pardo (1992). Efficiency: return a day on unseen data / on the data chosen on: ${walk.efficiency === null ? 'N/A' : percentText(walk.efficiency, 0)}. All unseen stretches: ${percentText(walk.totalReturn)}, largest fall ${percentText(walk.maxDrawdown)}.`;
  return section(
    'walk',
    `Walk-forward, ${plan.mode}`,
    `${verdictBox('walk-verdict', 'on unseen data:', walk.judgement)}${curveOf('equity over the unseen stretches', curve)}${table(head, rows)}`,
    note,
  );
}

/** The report. */
export function renderSweepReport({ bot, sweep, walk }: SweepFacts): string {
  const { axes, ranking, best, judgement, bestSample, refused, seed } = sweep;
  const { objective, trials } = ranking;
  const format = (value: number): string => objectiveText(objective, value);
  const title = `${bot}: ${trials.length} sets of parameters`;
  const maps = heatMapsOf(axes, trials, objective).map((map) => heatMapSvg(map, format));
  const { run } = best;
  const bestText = `best by ${objective}: ${describe(axes, best.combination)} (${objectiveText(objective, OBJECTIVES[objective](run))})`;
  const body = [
    `<h1>${escapeText(title)}</h1><p class="dim">${dayText(run.from)} to ${dayText(run.to)} UTC; ${escapeText(bestText)}; seed ${seed}</p>`,
    verdictBox('verdict', 'the best set:', judgement),
    section(
      'heat',
      `Heat map of ${objective}`,
      maps.join(''),
      'With more than two parameters: the best over the others.',
    ),
    section('spread', 'Returns of all sets', spreadOf(trials)),
    section(
      'best',
      `Equity of the best set, as a multiple of the capital`,
      curveOf('equity of the best set', bestSample.days),
    ),
    walk === undefined ? '' : walkSection(axes, walk),
    section(
      'ranking',
      'Ranking',
      rankingTable(axes, trials),
      trials.length > SHOWN_RUNS ? `The best ${SHOWN_RUNS} of ${trials.length}.` : '',
    ),
    refused.length === 0
      ? ''
      : section(
          'refused',
          'Sets that are no bot',
          table(
            ['set', 'why'],
            refused
              .slice(0, SHOWN_RUNS)
              .map(
                ({ combination, problem }) =>
                  `<tr><td>${escapeText(describe(axes, combination))}</td><td class="left wrap">${escapeText(problem)}</td></tr>`,
              ),
          ),
        ),
  ].join('');
  const style = `${STYLE}.cell { font-size: 12px; fill: var(--ink); } td.wrap { white-space: normal; }`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${escapeText(title)}</title><style>${style}</style></head><body>${body}</body></html>\n`;
}
