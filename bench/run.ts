/**
 * `make bench`: measures on this machine and writes the reports below build/reports. What is compared is measured in the
 * same part; other parts are taken from an earlier report only when asked for, and say when they were measured.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeMachine } from './machine.ts';
import { type Part, PARTS, TITLES } from './parts.ts';
import { machineSection } from './report.ts';
import { readSections, writeSection } from './report-sections.ts';

const BUILD = join(import.meta.dirname, '../build');

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function number(flags: string, what: string, usual: number): Option {
  return new Option(flags, what).default(usual).argParser((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
    throw new InvalidArgumentError(`was "${text}"; must be a whole number from 1 to 10,000`);
  });
}

const names = PARTS.map(({ name }) => name);
const program = new Command('bench')
  .description('Measures on this machine and writes build/reports/*.md.')
  .addOption(
    new Option('--only <parts...>', 'only these parts; their reports then have no others').choices(names),
  )
  .addOption(
    new Option('--keep <folder>', 'with --only: of the other parts, what the reports of this folder have'),
  )
  .addOption(number('--bots <count>', 'TradingBots of the operator part', 100))
  .addOption(number('--quiet <seconds>', 'how long nothing happens in the operator part', 60))
  .addOption(number('--takeovers <count>', 'leaders ended in the failover part, each way', 20))
  .addHelpText(
    'after',
    `\nParts:\n${PARTS.map(({ name, what }) => `  ${name.padEnd(12)}${what}`).join('\n')}`,
  )
  .parse();
interface Wish {
  readonly only?: readonly string[];
  readonly keep?: string;
  readonly bots: number;
  readonly quiet: number;
  readonly takeovers: number;
}
const { only = names, keep, bots, quiet, takeovers } = program.opts<Wish>();
const hasServer = (process.env['KUBEBUILDER_ASSETS'] ?? '') !== '';

const machine = describeMachine(new Date());
const measured = new Map<string, string>();
for (const part of PARTS.filter(({ name }) => only.includes(name))) {
  say(`measuring ${part.what}`);
  const circumstances = { date: new Date(), load: loadavg()[0] ?? 0 };
  measured.set(part.name, writeSection(part.name, await textOf(part), circumstances));
}

/** A part that fails must not cost the others their report. */
async function textOf(part: Part): Promise<string> {
  try {
    return await part.measure({
      folder: BUILD,
      dataFolder: process.env['CLAIRE_DATA'] ?? '',
      say,
      operator: { bots, quiet, takeovers, hasServer },
    });
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`${part.name} failed: ${words}`);
    process.exitCode = 1;
    return `## ${part.what}\n\nNot measured: it failed (${error instanceof Error ? error.message : 'see the output'}).`;
  }
}

async function keptOf(report: Part['report']): Promise<ReadonlyMap<string, string>> {
  const file = keep === undefined ? undefined : join(keep, `${report}.md`);
  // A report that was never written has nothing to keep.
  return file === undefined || !existsSync(file) ? new Map() : readSections(await readFile(file, 'utf8'));
}

await mkdir(join(BUILD, 'reports'), { recursive: true });
for (const report of new Set(PARTS.map((part) => part.report))) {
  const parts = PARTS.filter((part) => part.report === report);
  if (!parts.some(({ name }) => measured.has(name))) continue;
  const kept = await keptOf(report);
  const sections = parts.flatMap(({ name }) => measured.get(name) ?? kept.get(name) ?? []);
  const missing = parts.filter(({ name }) => !measured.has(name) && !kept.has(name)).map(({ what }) => what);
  const told = missing.length === 0 ? [] : [`Not measured: ${missing.join(', ')}.`];
  const text = `${[machineSection(TITLES[report], machine), ...told, ...sections].join('\n\n')}\n`;
  const file = join(BUILD, `reports/${report}.md`);
  await writeFile(file, text);
  process.stdout.write(text);
  say(`written to ${file}`);
}
