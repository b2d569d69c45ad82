import { EARLY_CANDLES, type EmbeddedRun, LATE_CANDLES } from './embedded-run.ts';
import type { Machine } from './machine.ts';
import { type CoreResult, RUNS, type Sample, spreadOf, summarize } from './measure.ts';
import type { ParseResult } from './parse-data.ts';
import type { YearData } from './year-data.ts';

export interface Measurements {
  readonly machine: Machine;
  readonly cores: readonly CoreResult[];
  readonly data: YearData;
  readonly parsing: ParseResult;
  readonly embedded: readonly EmbeddedRun[];
}

/** What is to be reached: judged here, never asserted in a test. */
const MOST_SECONDS = 60;
const MOST_MEMORY_RATIO = 1.2;

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (value: number): string => `${(value * 100).toFixed(0)}%`;
const digits = (value: number): string => (value >= 100 ? whole(value) : value.toPrecision(3));
const judge = (reached: boolean): string => (reached ? 'reached' : 'missed');

type Row = readonly string[];

const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const sampleCells = (sample: Sample, show: (value: number) => string): Row => [
  show(sample.median),
  `${show(sample.lowest)} – ${show(sample.highest)}`,
  percent(spreadOf(sample)),
];

function machineSection(machine: Machine): string {
  const { processor, cores, memoryGiB, system, node, date } = machine;
  return [
    '# Performance',
    `Printed by \`make bench\` on ${date}.`,
    table(
      ['machine', ''],
      [
        ['processor', `${processor}, ${cores} cores`],
        ['memory', `${memoryGiB} GiB`],
        ['system', system],
        ['Node.js', node],
      ],
    ),
  ].join('\n\n');
}

const coreSection = (cores: readonly CoreResult[]): string =>
  [
    '## Pure cores',
    `One thread, warm; median of ${RUNS} runs after one to warm up. The spread is (highest − lowest) / median.`,
    table(
      ['core', 'ns/operation', 'range', 'spread', 'operations/s', 'iterations'],
      cores.map(({ name, iterations, nanoseconds }) => [
        name,
        ...sampleCells(nanoseconds, digits),
        whole(1e9 / nanoseconds.median),
        whole(iterations),
      ]),
    ),
  ].join('\n\n');

const parsingSection = ({ candles, perSecond }: ParseResult, data: YearData): string =>
  [
    '## Reading data',
    `${data.description}: ${whole(candles)} candles read from the file, unpacked and checked; ${RUNS} runs, warm.`,
    table(['', 'candles/s', 'range', 'spread'], [['data file → candles', ...sampleCells(perSecond, whole)]]),
  ].join('\n\n');

function embeddedSection(runs: readonly EmbeddedRun[], data: YearData): string {
  const of = (figure: (run: EmbeddedRun) => number): Sample => summarize(runs.map(figure));
  const seconds = of(({ wallMs }) => wallMs / 1_000);
  const ratio = of(({ memoryEarly, memoryLate }) => memoryLate / memoryEarly);
  const digests = new Set(runs.map(({ digest }) => digest));
  const [first] = runs;
  return [
    '## The whole `claire run`',
    `${data.description}: ${whole(first?.candles ?? 0)} candles and ${whole(first?.fills ?? 0)} fills through screener, ` +
      `signal, risk, execution, ledger (its own PostgreSQL) and journal; ${runs.length} fresh processes, each with a fresh ` +
      `ledger. The time is that of the process from start to end. Memory is the resident set of the bot's process, the ` +
      `median around the number of candles.`,
    table(
      ['', 'median', 'range', 'spread'],
      [
        [
          'candles/s',
          ...sampleCells(
            of(({ candles, wallMs }) => (candles * 1_000) / wallMs),
            whole,
          ),
        ],
        ['seconds', ...sampleCells(seconds, digits)],
        [
          'processor seconds',
          ...sampleCells(
            of(({ cpuMs }) => cpuMs / 1_000),
            digits,
          ),
        ],
        [
          `memory after ${whole(EARLY_CANDLES)} candles, MiB`,
          ...sampleCells(
            of((run) => run.memoryEarly),
            whole,
          ),
        ],
        [
          `memory after ${whole(LATE_CANDLES)} candles, MiB`,
          ...sampleCells(
            of((run) => run.memoryLate),
            whole,
          ),
        ],
        ['memory late / early', ...sampleCells(ratio, (value) => value.toFixed(2))],
      ],
    ),
    table(
      ['target', 'measured', ''],
      [
        [`less than ${MOST_SECONDS} s`, `${digits(seconds.median)} s`, judge(seconds.median < MOST_SECONDS)],
        [
          `memory late at most ${MOST_MEMORY_RATIO} × early`,
          ratio.median.toFixed(2),
          judge(ratio.median <= MOST_MEMORY_RATIO),
        ],
        ['the same digest in every run', `${digests.size} in ${runs.length} runs`, judge(digests.size === 1)],
      ],
    ),
  ].join('\n\n');
}

/** The report as Markdown. */
export const renderReport = ({ machine, cores, data, parsing, embedded }: Measurements): string =>
  `${[
    machineSection(machine),
    coreSection(cores),
    parsingSection(parsing, data),
    embeddedSection(embedded, data),
  ].join('\n\n')}\n`;
