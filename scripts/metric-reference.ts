/** `docs/metrics.md`: every metric with the processes that show it, from the definitions in the code. */
import { type CatalogueEntry, metricCatalogue } from '../workloads/src/process/metric-catalogue.ts';

/** Without a prefix: the original system's names, kept so that dashboards people have go on working. */
export const isOriginalName = (name: string): boolean => !name.startsWith('trading_');

interface Row {
  readonly entry: CatalogueEntry;
  readonly processes: readonly string[];
}

function rows(): readonly Row[] {
  const found = new Map<string, { entry: CatalogueEntry; processes: string[] }>();
  for (const [name, entries] of metricCatalogue()) {
    for (const entry of entries) {
      const row = found.get(entry.name) ?? { entry, processes: [] };
      row.processes.push(name);
      found.set(entry.name, row);
    }
  }
  return [...found.values()].sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(of: readonly Row[]): string {
  const lines = of.map(({ entry, processes }) => {
    const { name, type, labels, help, buckets } = entry;
    const bounds = buckets.length === 0 ? '' : ` Bounds: ${buckets.join(', ')}.`;
    return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${processes.join(', ')} | ${cell(help)}${bounds} |`;
  });
  return [
    '| metric | type | labels | shown by | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

export const renderMetrics = (): string => `# Metrics

Every metric of the processes of a bot. Generated from the definitions in the code by \`make docs\`; do not edit.

Processes show no \`bot\` or \`namespace\` label: scraping adds them, with \`component\`. Labels are bounded: those with a name in the help by what it says, \`symbol\` by the universe of the bot. A metric takes at most 500 label sets; what comes beyond is counted in \`trading_metric_series_dropped_total\`. Gauges of a standing are computed when somebody reads, so that they cost nothing per event.

## The names of the original system

They stand as they were, so that dashboards people have go on working, and deviate from the rules of the others on purpose: milliseconds (\`_ms\`), a counter without \`_total\`, no prefix. \`signal_confidence_avg\` is the latest confidence, not an average. \`exposure_current\` is an absolute amount in the quote currency: whoever may see the metrics sees the size of the positions. Alerts use ratios (\`trading_exposure_ratio\`). The exposition is the classic text format: OpenMetrics would rename \`circuit_breaker_triggers\`.

${table(rows().filter(({ entry }) => isOriginalName(entry.name)))}

## All others

Base units (seconds, ratios 0 to 1), counters end in \`_total\`, moments are \`_timestamp_seconds\`. Limits are metrics too, so that alerts hold a value against the limit in force and no threshold is written twice. Counters with known labels begin at 0; a pair of endpoint and outcome of \`trading_venue_requests_total\` begins when it first happens, since there are about 1,600 of them.

${table(rows().filter(({ entry }) => !isOriginalName(entry.name)))}

Each process shows besides what its runtime is doing: \`process_*\` and \`nodejs_*\` of prom-client.
`;
