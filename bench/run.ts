/**
 * `make bench`: measures on this machine and writes build/reports/performance.md. What is compared is measured in the
 * same run; nothing is taken from an earlier one.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marketCores } from './cores/market.ts';
import { measureFeed } from './cores/feed.ts';
import { mexcCores } from './cores/mexc.ts';
import { measureMonitoring } from './cores/monitoring.ts';
import { measurePipeline } from './cores/pipeline.ts';
import { measureRedis } from './cores/redis.ts';
import { riskCores } from './cores/risk.ts';
import { measureSafety } from './cores/safety.ts';
import { type EmbeddedRun, runEmbedded } from './embedded-run.ts';
import { hasRedisServer } from '../workloads/test/support/redis.ts';
import { describeMachine } from './machine.ts';
import { measureCore } from './measure.ts';
import { renderMonitoring } from './monitoring-report.ts';
import { measureParsing } from './parse-data.ts';
import { renderPipeline } from './pipeline-report.ts';
import { renderReport } from './report.ts';
import { yearData } from './year-data.ts';

const BUILD = join(import.meta.dirname, '../build');
const EMBEDDED_RUNS = 3;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const machine = describeMachine(new Date());
const cores = [...marketCores, ...riskCores, ...mexcCores].map((core) => {
  say(`measuring ${core.name}`);
  return measureCore(core);
});

const data = await yearData(process.env['CLAIRE_DATA'] ?? '', join(BUILD, 'bench'));
say(`reading ${data.description}`);
const parsing = await measureParsing(data.path);

const embedded: EmbeddedRun[] = [];
for (let run = 1; run <= EMBEDDED_RUNS; run += 1) {
  say(`claire run, ${run} of ${EMBEDDED_RUNS}`);
  embedded.push(await runEmbedded(data.path));
}

say('measuring the way from the socket to market_data');
const feed = await measureFeed();

say('measuring the bus on Redis');
const redis = (await hasRedisServer()) ? await measureRedis() : undefined;

say('measuring the pipeline as separate processes');
const pipeline = await measurePipeline();

say('measuring halt and restart');
const safety = await measureSafety();

const report = [
  renderReport({ machine, cores, data, parsing, embedded, feed, redis }).trimEnd(),
  `${renderPipeline(pipeline, safety)}\n`,
].join('\n\n');
await mkdir(join(BUILD, 'reports'), { recursive: true });
const file = join(BUILD, 'reports/performance.md');
await writeFile(file, report);
process.stdout.write(report);
say(`written to ${file}`);

say('measuring what metrics cost');
const monitoring = renderMonitoring(machine, await measureMonitoring(data.path));
await writeFile(join(BUILD, 'reports/monitoring-overhead.md'), monitoring);
process.stdout.write(monitoring);
