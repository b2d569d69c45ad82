/**
 * `make bench`: measures on this machine and writes the reports below build/reports. What is compared is measured in the
 * same run; nothing is taken from an earlier one.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeMachine } from './machine.ts';
import { type Part, PARTS, TITLES } from './parts.ts';
import { machineSection } from './report.ts';

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
  .addOption(number('--bots <count>', 'TradingBots of the operator part', 100))
  .addOption(number('--quiet <seconds>', 'how long nothing happens in the operator part', 60))
  .addOption(number('--takeovers <count>', 'leaders ended in the failover part, each way', 5))
  .addHelpText(
    'after',
    `\nParts:\n${PARTS.map(({ name, what }) => `  ${name.padEnd(12)}${what}`).join('\n')}`,
  )
  .parse();
const {
  only = names,
  bots,
  quiet,
  takeovers,
} = program.opts<{ only?: readonly string[]; bots: number; quiet: number; takeovers: number }>();
const hasServer = (process.env['KUBEBUILDER_ASSETS'] ?? '') !== '';

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
    await part.measure({
      folder: BUILD,
      dataFolder: process.env['CLAIRE_DATA'] ?? '',
      say,
      operator: { bots, quiet, takeovers, hasServer },
    }),
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
