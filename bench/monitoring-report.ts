/** What stands in `build/reports/monitoring-overhead.md`. */
import {
  BATCH,
  type MonitoringFigures,
  type Overhead,
  type ScrapeTime,
  SYMBOLS,
} from './cores/monitoring.ts';
import { digits, judge, sampleCells, table, whole } from './report.ts';

/** To be reached; judged here, never asserted in a test. */
const MOST_RATIO = 1.05;
const MOST_SCRAPE_MS = 20;

const overheadSection = (overheads: readonly Overhead[]): string =>
  [
    '## Processor time of a message',
    `Metrics recorded (on) against the same service with recording switched off, batch by batch in one process: ` +
      `batches of ${whole(BATCH)} messages at full speed, on and off by turns. The ratio is the median of the ratios of ` +
      `neighbouring batches; its range that of the medians of ten parts of the run. What is counted is the processor ` +
      `time of the process, not time on the wall. Decoding and checking of what comes from a stream, and encoding of what goes ` +
      `there, are part of a message.`,
    table(
      ['service', 'a message is', 'µs off', 'µs on', 'on ÷ off', 'range', `at most ${MOST_RATIO}`, 'pairs'],
      overheads.map(({ service, what, off, on, ratio, pairs }) => {
        const [median, range] = sampleCells(ratio, (value) => value.toFixed(3));
        return [
          service,
          what,
          digits(off.median),
          digits(on.median),
          median ?? '',
          range ?? '',
          judge(ratio.median <= MOST_RATIO),
          whole(pairs),
        ];
      }),
    ),
  ].join('\n\n');

const scrapeSection = (scrapes: readonly ScrapeTime[]): string =>
  [
    '## Time of a scrape',
    `Every metric of a process, those with a symbol for ${SYMBOLS.length} symbols, made into text again and again.`,
    table(
      ['process', 'series', 'bytes', 'p50 ms', 'p99 ms', `p99 below ${MOST_SCRAPE_MS} ms`],
      scrapes.map(({ service, series, bytes, p50, p99 }) => [
        service,
        whole(series),
        whole(bytes),
        digits(p50),
        digits(p99),
        judge(p99 < MOST_SCRAPE_MS),
      ]),
    ),
  ].join('\n\n');

/** The part of the report about what metrics cost. */
export const monitoringSection = ({ overheads, scrapes }: MonitoringFigures): string =>
  [overheadSection(overheads), scrapeSection(scrapes)].join('\n\n');
