/**
 * `make bench`: measures on this machine and writes the reports below build/reports. What is compared is measured in the
 * same run; nothing is taken from an earlier one.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { describeMachine } from './machine.ts';
import { type Part, PARTS, TITLES } from './parts.ts';
import { machineSection } from './report.ts';

const BUILD = join(import.meta.dirname, '../build');

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const names = PARTS.map(({ name }) => name);
const program = new Command('bench')
  .description('Measures on this machine and writes build/reports/*.md.')
  .addOption(
    new Option('--only <parts...>', 'only these parts; their reports then have no others').choices(names),
  )
  .addHelpText(
    'after',
    `\nParts:\n${PARTS.map(({ name, what }) => `  ${name.padEnd(12)}${what}`).join('\n')}`,
  )
  .parse();
const { only = names } = program.opts<{ only?: readonly string[] }>();

const machine = describeMachine(new Date());
const sections = new Map<Part['report'], string[]>();
const left = new Map<Part['report'], string[]>();
const note = (into: Map<Part['report'], string[]>, { report }: Part, text: string): void => {
  into.set(report, [...(into.get(report) ?? []), text]);
};
for (const part of PARTS) {
  if (!only.includes(part.name)) {
    note(left, part, part.what);
    continue;
  }
  say(`measuring ${part.what}`);
  note(
    sections,
    part,
    await part.measure({ folder: BUILD, dataFolder: process.env['CLAIRE_DATA'] ?? '', say }),
  );
}

await mkdir(join(BUILD, 'reports'), { recursive: true });
for (const [report, texts] of sections) {
  const missing = left.get(report) ?? [];
  const told = missing.length === 0 ? [] : [`Not measured this time: ${missing.join(', ')}.`];
  const text = `${[machineSection(TITLES[report], machine), ...told, ...texts].join('\n\n')}\n`;
  const file = join(BUILD, `reports/${report}.md`);
  await writeFile(file, text);
  process.stdout.write(text);
  say(`written to ${file}`);
}
