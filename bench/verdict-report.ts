/** The part of the report about durable decisions of risk. */
import {
  OPEN_ORDERS,
  VERDICT_RUNS,
  VERDICT_SYMBOLS,
  type VerdictFigures,
  VERDICTS,
} from './cores/verdicts.ts';
import { judge, sampleCells, table, thousands, whole } from './report.ts';

/** What is to be reached: judged here, never asserted in a test. */
const MOST_PURE_US = 50;
const MOST_P50_MS = 4;
const MOST_P99_MS = 20;

/** µs → ms, and ns → µs. */

export function verdictSection(figures: VerdictFigures): string {
  const { pure, durable, bare, perSecond, allowed, denied, memoryBefore, memoryAfter } = figures;
  return [
    '## Decisions of risk',
    `The risk service on PostgreSQL 15 (\`fsync\` on), ${VERDICT_SYMBOLS} symbols and ${whole(OPEN_ORDERS)} open orders: from a signal in hand ` +
      `to its verdict, journal entry, order, reservation and outbox row on disk and handed to the bus. ${VERDICTS} decisions a run, one ` +
      `after the other, ${VERDICT_RUNS} runs; ${whole(allowed)} verdicts allowed an order and ${whole(denied)} did not. The bare commit writes as many ` +
      `rows of the same size in one statement, run by run in between.`,
    table(
      ['', 'median', 'range', 'spread'],
      [
        ['the decision alone, p50 µs', ...sampleCells(pure.p50, thousands)],
        ['the decision alone, p99 µs', ...sampleCells(pure.p99, thousands)],
        ['durable, p50 ms', ...sampleCells(durable.p50, thousands)],
        ['durable, p99 ms', ...sampleCells(durable.p99, thousands)],
        ['bare commit, p50 ms', ...sampleCells(bare.p50, thousands)],
        ['bare commit, p99 ms', ...sampleCells(bare.p99, thousands)],
        ['durable decisions/s, one after the other', ...sampleCells(perSecond, whole)],
      ],
    ),
    table(
      ['target', 'measured', ''],
      [
        [
          `the decision alone below ${MOST_PURE_US} µs`,
          `${thousands(pure.p50.median)} µs, p99 ${thousands(pure.p99.median)} µs`,
          judge(pure.p50.median < MOST_PURE_US * 1_000),
        ],
        [
          `durable p50 below ${MOST_P50_MS} ms`,
          thousands(durable.p50.median),
          judge(durable.p50.median < MOST_P50_MS * 1_000),
        ],
        [
          `durable p99 below ${MOST_P99_MS} ms`,
          thousands(durable.p99.median),
          judge(durable.p99.median < MOST_P99_MS * 1_000),
        ],
      ],
    ),
    `p99 is ${(durable.p99.median / bare.p99.median).toFixed(1)} × that of the bare commit. The process holds ${whole(memoryBefore)} MiB before the first decision and ${whole(memoryAfter)} MiB after ${whole(allowed + denied)}.`,
  ].join('\n\n');
}
