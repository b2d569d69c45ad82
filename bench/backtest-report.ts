/** The part of the report about back-tests and sweeps. */
import type { BacktestFigures, BacktestRun, SweepFigures } from './cores/backtest.ts';
import { type Sample, summarize } from './measure.ts';
import { digits, judge, sampleCells, table, whole } from './report.ts';
import type { YearData } from './year-data.ts';

/** What is to be reached: judged here, never asserted in a test. */
const LEAST_CANDLES = 3_000_000;
const MOST_MEMORY_RATIO = 1.2;

export interface BacktestMeasurement {
  /** The rule of the check value on a year. */
  readonly rule: BacktestFigures;
  /** Without a trade, on a year and on several. */
  readonly idle: BacktestFigures;
  readonly years: BacktestFigures;
  readonly others: readonly BacktestFigures[];
  /** Seconds of the engine, again and again in one process. */
  readonly warm: Sample;
  readonly sweeps: readonly SweepFigures[];
}

const of = (runs: readonly BacktestRun[], figure: (run: BacktestRun) => number): Sample =>
  summarize(runs.map(figure));
const perSecond = (candles: number, seconds: Sample): Sample => ({
  median: candles / seconds.median,
  lowest: candles / seconds.highest,
  highest: candles / seconds.lowest,
});

/** Of the rule, where the time goes. */
function stageTable({ candles, first, later }: BacktestFigures, warm: Sample): string {
  const stages: readonly (readonly [string, Sample])[] = [
    ['first run: the file read, checked, kept as columns', of(first, (run) => run.openSeconds)],
    ['first run: the engine', of(first, (run) => run.engineSeconds)],
    ['first run: the whole process', of(first, (run) => run.wholeSeconds)],
    ['later run: columns loaded', of(later, (run) => run.openSeconds + run.loadSeconds)],
    ['later run: the engine', of(later, (run) => run.engineSeconds)],
    ['later run: the whole process', of(later, (run) => run.wholeSeconds)],
    ['the engine once its code is compiled (as in a sweep)', warm],
  ];
  return table(
    ['s', 'median', 'range', 'spread', 'candles/s'],
    stages.map(([name, sample]) => [name, ...sampleCells(sample, digits), whole(candles / sample.median)]),
  );
}

const caseRow = ({ name, candles, roundTrips, first, later }: BacktestFigures): readonly string[] => {
  const engine = of(later, ({ engineSeconds }) => engineSeconds);
  return [
    name,
    whole(candles),
    whole(roundTrips),
    digits(of(first, ({ openSeconds }) => openSeconds).median),
    digits(of(later, ({ openSeconds, loadSeconds }) => openSeconds + loadSeconds).median),
    ...sampleCells(engine, digits).slice(0, 2),
    whole(candles / engine.median),
    whole(of(later, ({ peakMiB }) => peakMiB).median),
  ];
};

function sweepTable(sweeps: readonly SweepFigures[]): string {
  const [alone] = sweeps;
  return table(
    ['threads', 'runs', 's', 'runs/s', 'candles/s', 'times faster', 'MiB'],
    sweeps.map(({ threads, runs, candles, seconds, peakMiB }) => [
      String(threads),
      whole(runs),
      digits(seconds),
      digits(runs / seconds),
      whole(candles / seconds),
      digits((alone?.seconds ?? seconds) / seconds),
      whole(peakMiB),
    ]),
  );
}

function targets({ rule, idle, years, others, sweeps }: BacktestMeasurement): string {
  const cold = perSecond(
    rule.candles,
    of(rule.later, ({ engineSeconds }) => engineSeconds),
  );
  const memory = (figures: BacktestFigures): number => of(figures.later, ({ peakMiB }) => peakMiB).median;
  const ratio = memory(years) / memory(idle);
  const cases = [rule, idle, years, ...others];
  const isSame = cases.every(({ digests }) => digests.size === 1);
  const best = new Set(sweeps.map(({ digest }) => digest));
  return table(
    ['target', 'measured', ''],
    [
      [
        `at least ${whole(LEAST_CANDLES)} candles/s on one core in a cold process`,
        `${whole(cold.median)} (${whole(cold.lowest)} – ${whole(cold.highest)})`,
        judge(cold.median >= LEAST_CANDLES),
      ],
      [
        `${years.name}: memory at most ${MOST_MEMORY_RATIO} × that of once`,
        ratio.toFixed(2),
        judge(ratio <= MOST_MEMORY_RATIO),
      ],
      ['the same digest in every run of a case', isSame ? 'yes' : 'no', judge(isSame)],
      ['the same best set on any number of threads', best.size === 1 ? 'yes' : 'no', judge(best.size === 1)],
    ],
  );
}

export function backtestSection(figures: BacktestMeasurement, data: YearData): string {
  const { rule, idle, years, others, warm, sweeps } = figures;
  return [
    '## Back-tests',
    `\`claire backtest\` on ${data.description}: momentum of 1 % with every limit, the fill model, fees, books and drawdown; ` +
      `${whole(rule.candles)} candles, ${whole(rule.roundTrips)} round trips. ${rule.later.length} fresh processes on one core each way: ` +
      'without kept columns (the first run over a file) and with them. The engine is deciding, filling and booking, its code not compiled yet.',
    stageTable(rule, warm),
    `More of the kind, each in fresh processes; memory is the highest resident set, which grows with decisions (every verdict is kept with all its checks) and not with candles. The symbols of the portfolio are stretches of the year.`,
    table(
      ['', 'candles', 'round trips', 'file → columns s', 'load s', 'engine s', 'range', 'candles/s', 'MiB'],
      [rule, ...others, idle, years].map(caseRow),
    ),
    `\`claire sweep\`: ${whole(sweeps[0]?.runs ?? 0)} sets of parameters on the year, from the start of the process to its end.`,
    sweepTable(sweeps),
    targets(figures),
  ].join('\n\n');
}
