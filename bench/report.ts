import { FEED_SECONDS, FEED_SYMBOLS, type FeedMeasurement } from './cores/feed.ts';
import { HOP_RATE, HOP_SECONDS, REDIS_EVENTS, REDIS_RUNS, type RedisFigures } from './cores/redis.ts';
import { EARLY_CANDLES, type EmbeddedRun, LATE_CANDLES } from './embedded-run.ts';
import type { Machine } from './machine.ts';
import { type CoreResult, RUNS, type Sample, spreadOf, summarize } from './measure.ts';
import type { ParseResult } from './parse-data.ts';
import type { YearData } from './year-data.ts';

/** What is to be reached: judged here, never asserted in a test. */
const MOST_SECONDS = 60;
const MOST_MEMORY_RATIO = 1.2;
const LEAST_EVENTS = 20_000;
const MOST_HOP_RATIO = 2;

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (value: number): string => `${(value * 100).toFixed(0)}%`;
export const digits = (value: number): string => (value >= 100 ? whole(value) : value.toPrecision(3));
/** In the unit a thousand times larger: of microseconds, milliseconds. */
export const thousands = (value: number): string => digits(value / 1_000);
export const judge = (reached: boolean): string => (reached ? 'reached' : 'missed');

type Row = readonly string[];

export const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

export const sampleCells = (sample: Sample, show: (value: number) => string): Row => [
  show(sample.median),
  `${show(sample.lowest)} – ${show(sample.highest)}`,
  percent(spreadOf(sample)),
];

/** What a report begins with: without the machine its figures mean nothing. */
export function machineSection(title: string, machine: Machine, command = 'make bench'): string {
  const { processor, cores, memoryGiB, system, node, date } = machine;
  return [
    `# ${title}`,
    `Printed by \`${command}\` on ${date}.`,
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

export const coreSection = (cores: readonly CoreResult[]): string =>
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

export const parsingSection = ({ candles, perSecond }: ParseResult, data: YearData): string =>
  [
    '## Reading data',
    `${data.description}: ${whole(candles)} candles read from the file, unpacked and checked; ${RUNS} runs, warm.`,
    table(['', 'candles/s', 'range', 'spread'], [['data file → candles', ...sampleCells(perSecond, whole)]]),
  ].join('\n\n');

export function embeddedSection(runs: readonly EmbeddedRun[], data: YearData): string {
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

export function feedSection({ figures, connections, memoryEarly, memoryLate }: FeedMeasurement): string {
  const ratio = memoryLate / memoryEarly;
  return [
    '## From the socket to `market_data`',
    `${FEED_SYMBOLS} symbols on ${connections} connections, klines pushed at a steady rate by a thread that waits for nobody; ` +
      `${FEED_SECONDS} s a rate. The time is from the intended moment of sending to the handler of the stream. Ticks that wait are ` +
      'replaced by later ones of their symbol: what is not delivered was conflated.',
    table(
      ['messages/s', 'sent', 'delivered', 'p50 ms', 'p99 ms', 'p99.9 ms', 'highest ms'],
      figures.map(({ rate, sent, delivered, p50, p99, p999, highest }) => [
        whole(rate),
        whole(sent),
        whole(delivered),
        ...[p50, p99, p999, highest].map((value) => digits(value / 1_000)),
      ]),
    ),
    table(
      ['target', 'measured', ''],
      [
        [
          `memory at the end at most ${MOST_MEMORY_RATIO} × after the warm-up`,
          `${ratio.toFixed(2)} (${whole(memoryEarly)} → ${whole(memoryLate)} MiB)`,
          judge(ratio <= MOST_MEMORY_RATIO),
        ],
      ],
    ),
  ].join('\n\n');
}

export function redisSection(figures: RedisFigures | undefined): string {
  const title = '## The bus on Redis';
  if (figures === undefined) return `${title}\n\nNot measured: there is no redis-server on this machine.`;
  const { version, batched, single, bus, bare } = figures;
  const ratio = bus.p99.median / bare.p99.median;
  return [
    title,
    `Redis ${version} with AOF (everysec) on this machine; publisher and consumer in one process, encoding ` +
      `and checking included. Throughput: ${whole(REDIS_EVENTS)} ticks of 100 symbols, none conflated. Latency: ${whole(HOP_RATE)} ` +
      `ticks a second for ${HOP_SECONDS} s, sent at fixed times and counted from the intended one, next to a bare XADD → ` +
      `XREADGROUP of the same bytes; the kinds of run alternate, ${REDIS_RUNS} of each.`,
    table(
      ['', 'median', 'range', 'spread'],
      [
        ['events/s, batched', ...sampleCells(batched.eventsPerSecond, whole)],
        ['events/s, one event an entry', ...sampleCells(single.eventsPerSecond, whole)],
        ['µs of processor an event, batched', ...sampleCells(batched.cpuPerEvent, digits)],
        ['µs of processor an event, one event an entry', ...sampleCells(single.cpuPerEvent, digits)],
        ['bus, p50 µs', ...sampleCells(bus.p50, whole)],
        ['bus, p99 µs', ...sampleCells(bus.p99, whole)],
        ['bare hop, p50 µs', ...sampleCells(bare.p50, whole)],
        ['bare hop, p99 µs', ...sampleCells(bare.p99, whole)],
      ],
    ),
    table(
      ['target', 'measured', ''],
      [
        [
          `at least ${whole(LEAST_EVENTS)} events/s`,
          whole(batched.eventsPerSecond.median),
          judge(batched.eventsPerSecond.median >= LEAST_EVENTS),
        ],
        [`p99 at most ${MOST_HOP_RATIO} × the bare hop`, ratio.toFixed(2), judge(ratio <= MOST_HOP_RATIO)],
      ],
    ),
  ].join('\n\n');
}
