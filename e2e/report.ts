/** build/reports/cluster.md: what a run measured, in words that stand alone. */
import type { Facts, Usage } from './measured.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, head.map(() => '---'), ...rows];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};
const seconds = (value: number): string => `${value.toFixed(0)} s`;
const usageTable = (usage: readonly Usage[]): string =>
  table(
    ['container', 'processor', 'memory (working set)'],
    usage.map(({ component, milliCores, memoryMiB }) => [
      component,
      `${milliCores.toFixed(0)} m`,
      `${memoryMiB.toFixed(0)} MiB`,
    ]),
  );

function section(title: string, body: string | undefined): readonly string[] {
  return body === undefined ? [] : [`## ${title}`, body];
}

const INTRODUCTION = (version: string): string =>
  `Printed by \`make e2e\`: a bot that trades on the simulated exchange in the same cluster, Kubernetes ${version}, one node. Where that node is the test cluster this project is developed on, its images of Redis, PostgreSQL, Prometheus and Node are look-alikes of the official ones made from Debian's packages: the official ones were not run, Grafana was rendered and dry-run only, and etcd does not sync its disk. Times include an image that is already on the node.`;

function startSection({ applyToReady, starts }: Facts): string | undefined {
  if (starts === undefined || applyToReady === undefined) return undefined;
  const rows = starts.map((one) => [one.component, one.stage, seconds(one.seconds)]);
  return `Apply → Ready: **${applyToReady.toFixed(0)} s** (target: below 120 s).\n\n${table(['pod', 'stage', 'made → ready'], rows)}`;
}

function listTable<Row>(
  head: readonly string[],
  rows: readonly Row[] | undefined,
  cells: (row: Row) => readonly string[],
): string | undefined {
  return rows && table(head, rows.map(cells));
}

export function renderReport(facts: Facts): string {
  const { images, idle, busy, recovery, policies, notRun = [], steps } = facts;
  const parts = [
    '# A bot on a real cluster',
    INTRODUCTION(facts.version ?? 'of unknown version'),
    ...section('Start', startSection(facts)),
    ...section(
      'Recovery',
      listTable(['what', 'ready again after'], recovery, (one) => [one.what, seconds(one.seconds)]),
    ),
    ...section('At rest (eight symbols, some ticks a second)', idle && usageTable(idle)),
    ...section(
      'Under load',
      busy &&
        `At ${busy.ticksPerSecond.toFixed(0)} ticks/s of ${busy.symbols} symbols, counted by the WebSocket screener (pushed klines, each a tick; about as many best prices come beside them):\n\n${usageTable(busy.usage)}`,
    ),
    ...section(
      'Images',
      listTable(['image', 'size on the node'], images, ({ name, mib }) => [name, `${mib.toFixed(0)} MiB`]),
    ),
    ...section('Network policies', policies),
    ...section('Not run', notRun.length === 0 ? undefined : notRun.join('; ')),
    ...section(
      'Proved',
      listTable(['step', 'passed (UTC)', 'took'], steps, (one) => [
        one.title,
        one.at.slice(0, 16).replace('T', ' '),
        seconds(one.seconds),
      ]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}
