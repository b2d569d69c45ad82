/** The part of the report about alerts. */
import { TRIPS, type TripFigures } from './cores/trips.ts';
import { digits, judge, table } from './report.ts';

/** What is to be reached: judged here, never asserted in a test. */
const MOST_MS = 5_000;

export function tripSection({ p50, p99, slowest }: TripFigures): string {
  return [
    '## From a trip to its alert',
    `A real process of risk on Redis and PostgreSQL 15 (\`fsync\` on): a price falls, the daily drawdown is breached, the breaker is latched, its alert is read from the \`alerts\` stream; then the price recovers and a person resumes. ${TRIPS} trips, from sending the price to reading the alert.`,
    table(
      ['ms', 'p50', 'p99', 'slowest'],
      [['trip → alert on the stream', digits(p50), digits(p99), digits(slowest)]],
    ),
    table(
      ['target', 'measured', ''],
      [[`p99 at most ${MOST_MS / 1_000} s`, `${digits(p99)} ms`, judge(p99 <= MOST_MS)]],
    ),
  ].join('\n\n');
}
