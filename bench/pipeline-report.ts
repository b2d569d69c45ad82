/** The part of the report about separate processes on real servers. */
import {
  FLOOD_RATE,
  type Hop,
  PIPELINE_RATE,
  PIPELINE_RUNS,
  PIPELINE_SECONDS,
  type PipelineFigures,
  SIGNAL_EVERY,
} from './cores/pipeline.ts';
import { HALT_ORDERS, HALT_SYMBOLS, type SafetyFigures } from './cores/safety.ts';
import { digits, judge, sampleCells, table, thousands, whole } from './report.ts';

/** What is to be reached: judged here, never asserted in a test. */
const MOST_SIGNAL_MS = 3;
const MOST_RATIO = 2;
const MOST_HALT_MS = 5_000;
const MOST_RESTART_MS = 30_000;

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(1);

const hopRows = (name: string, hop: Hop): readonly (readonly string[])[] => [
  [`${name}, p50`, ...sampleCells(hop.p50, thousands)],
  [`${name}, p99`, ...sampleCells(hop.p99, thousands)],
];

export function pipelineSection({ signal, bare, flood }: PipelineFigures): string {
  const ratio = signal.p99.median / bare.p99.median;
  return [
    '## Separate processes on Redis and PostgreSQL 15',
    `\`claire signal\` as a process of its own; the benchmark plays the screener and reads the signals. Open loop of ${whole(PIPELINE_RATE)} events/s for ${PIPELINE_SECONDS} s, one in ${SIGNAL_EVERY} a closed candle that makes a signal, which is durable (\`fsync\` on) before it is published; latency in ms from the intended time of sending, way and back, HDR histogram, median of ${PIPELINE_RUNS} runs. The bare hop is a process that sends the same bytes back with nothing but XREADGROUP and XADD, run by run in between.`,
    table(
      ['ms', 'median', 'range', 'spread'],
      [...hopRows('tick → signal', signal), ...hopRows('bare Redis, way and back', bare)],
    ),
    table(
      ['target', 'measured', ''],
      [
        [
          `tick → signal p50 below ${MOST_SIGNAL_MS} ms`,
          thousands(signal.p50.median),
          judge(signal.p50.median < MOST_SIGNAL_MS * 1_000),
        ],
        [`p99 at most ${MOST_RATIO} × the bare hop's`, ratio.toFixed(1), judge(ratio <= MOST_RATIO)],
        [
          `${whole(FLOOD_RATE)} events/s at the signal engine for ${flood.seconds} s, none conflated, lag not growing`,
          `${whole(flood.rate)}/s, lag ${flood.lagMiddle} entries at half time, ${flood.lagEnd} at the end`,
          judge(flood.rate >= FLOOD_RATE * 0.99 && flood.lagEnd <= Math.max(100, 2 * flood.lagMiddle)),
        ],
      ],
    ),
    `The signal process takes ${flood.cpuPerEvent.toFixed(1)} µs of processor time for an event of the flood and holds ${whole(flood.memoryBefore)} MiB before it and ${whole(flood.memoryAfter)} MiB after ${whole(flood.sent)} events; ${whole(flood.drained)} ms after the last one was sent all were read. \`CLAIRE_BENCH_FLOOD=600\` floods for ten minutes.`,
  ].join('\n\n');
}

export function safetySection(safety: SafetyFigures): string {
  const { orders, perSecond, cpuPerOrder, memory } = safety.lives;
  return [
    '## Halt and restart',
    `A real process of execution on a simulator that keeps to its rate limits: ${HALT_ORDERS} own orders on ${HALT_SYMBOLS} symbols, halted by the control API.`,
    table(
      ['', 's', 'target', ''],
      [
        [
          'none of our orders works',
          seconds(safety.halt),
          `< ${seconds(MOST_HALT_MS)}`,
          judge(safety.halt < MOST_HALT_MS),
        ],
        [
          'confirmed: looked up, booked and told',
          seconds(safety.confirmed),
          `< ${seconds(MOST_HALT_MS)}`,
          judge(safety.confirmed < MOST_HALT_MS),
        ],
        ['with an order of others on every symbol, one by one', seconds(safety.haltAmongOthers), '', ''],
        [
          'SIGKILL → reconciled and the next order filled (median)',
          seconds(safety.restart.median),
          `< ${seconds(MOST_RESTART_MS)}`,
          judge(safety.restart.median < MOST_RESTART_MS),
        ],
      ],
    ),
    '## Orders through their whole life',
    `${orders} orders approved at once: sent, filled, booked and told by a real process of execution at ${perSecond.toFixed(1)} orders/s, with the client's own cautious limits in force (the venue's are kept to). One takes ${digits(cpuPerOrder)} ms of processor time with all that the process does beside (lease, comparisons, look-ups): ${whole(1_000 / cpuPerOrder)} orders/s of one core. The process holds ${whole(memory)} MiB.`,
  ].join('\n\n');
}
