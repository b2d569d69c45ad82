/**
 * Draws every panel of every dashboard with real query results into one page, to be looked at without Grafana. By default
 * from a Prometheus that it starts and fills with the story the tests use (a bot that trades and gets into trouble).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  answerPanels,
  startToldPrometheus,
  storyTime,
  TOLD_BOT,
} from '../workloads/test/monitoring/story/told-prometheus.ts';
import { renderGallery } from './dashboard-gallery.ts';

const HELP = `Usage: make dashboards-preview [PREVIEW='--prometheus URL --bot NAMESPACE/NAME']

  --prometheus URL        ask this Prometheus instead of one with the story of the tests
  --bot NAMESPACE/NAME    whose dashboards (needed with --prometheus)
  --out FILE              the page to write (default build/reports/dashboards.html)
  --help                  this text
`;

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string' },
    bot: { type: 'string' },
    out: { type: 'string', default: 'build/reports/dashboards.html' },
    help: { type: 'boolean', default: false },
  },
});

/** @throws Error when the name is not of the form NAMESPACE/NAME */
function readBot(text: string | undefined): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(text ?? '') ?? [];
  if (namespace === undefined || name === undefined) {
    throw new Error(`--bot: was ${text ?? 'absent'}; must be NAMESPACE/NAME`);
  }
  return { namespace, name };
}

async function preview(): Promise<void> {
  const time = storyTime(Math.floor(Date.now() / 1_000));
  const told = values.prometheus === undefined ? await startToldPrometheus(time) : undefined;
  try {
    await told?.until('query?query=vector(1)', () => true);
    const url = values.prometheus ?? told?.url ?? '';
    const bot = told === undefined ? readBot(values.bot) : TOLD_BOT;
    const panels = await answerPanels(url, time, bot);
    const source = told === undefined ? `Bot ${values.bot ?? ''} of ${url}` : 'A story told for the tests';
    await mkdir(dirname(values.out), { recursive: true });
    await writeFile(values.out, renderGallery(panels, source, [time.start, time.start + time.seconds]));
    const empty = panels.filter(({ answers }) => answers.every(({ series }) => series.length === 0));
    console.log(`${panels.length} panels, ${empty.length} of them without data: ${resolve(values.out)}`);
  } finally {
    await told?.stop();
  }
}

if (values.help) console.log(HELP);
else await preview();
