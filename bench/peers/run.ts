/**
 * `make peers`: the momentum rule of one percent on the same file in other back-test engines and in `claire backtest`, each
 * run a fresh process; one table with ratios, written to build/reports/peers.md. Python's engines are installed into a
 * throw-away environment below build/.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from '../machine.ts';
import { type Sample, summarize } from '../measure.ts';
import { digits, machineSection, table, whole } from '../report.ts';
import { yearData } from '../year-data.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENVIRONMENT = join(ROOT, 'build/peers');
const PYTHON = join(ENVIRONMENT, 'bin/python');
const PEERS = ['backtrader', 'backtesting', 'vectorbt', 'nautilus'] as const;
const RUNS = 3;
/** An engine that needs longer is run once: what it is compared with is orders of magnitude away. */
const LONG_SECONDS = 60;

interface Figures {
  readonly engine: string;
  readonly candles: number;
  readonly loadSeconds: number;
  readonly seconds: number;
  /** In the same process once more, for engines that compile. */
  readonly warmSeconds?: number;
  readonly roundTrips: number;
  readonly pnl?: number;
  readonly note?: string;
}
interface Measured extends Omit<Figures, 'seconds' | 'loadSeconds'> {
  readonly seconds: Sample;
  readonly loadSeconds: number;
  readonly runs: number;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Runs a program; what it printed. @throws Error with what it complained of */
async function output(program: string, args: readonly string[], cwd = ROOT): Promise<string> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [printed, said] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${said.slice(-2_000)}`);
  }
  return printed;
}

async function install(): Promise<void> {
  const isThere = await access(join(ENVIRONMENT, '.installed')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  say('installing the peers into build/peers (a few hundred MB, some minutes)');
  await output('python3', ['-m', 'venv', ENVIRONMENT]);
  const requirements = join(import.meta.dirname, 'requirements.txt');
  await output(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await writeFile(join(ENVIRONMENT, '.installed'), '');
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const peer = (name: string, data: string) => async (): Promise<Figures> =>
  JSON.parse(lastLine(await output(PYTHON, [`${name}_rule.py`, data], import.meta.dirname))) as Figures;

/** Claire does more than the rule: limits, a fill model with fees and slippage, drawdown, a decision log. */
const claire = (data: string) => async (): Promise<Figures> => {
  const main = join(ROOT, 'workloads/src/cli/main.ts');
  const bot = join(ROOT, 'examples/backtest-btcusdt.yaml');
  const args = [main, 'backtest', '-f', bot, '--data', `BTCUSDT=${data}`, '--json'];
  const figures = JSON.parse(await output(process.execPath, args)) as Omit<
    Figures,
    'engine' | 'note' | 'pnl'
  >;
  const { candles, loadSeconds, seconds, roundTrips } = figures;
  const note = 'with limits, fees, slippage and drawdown; one core';
  return { engine: 'claire backtest', candles, loadSeconds, seconds, roundTrips, note };
};

async function measure(run: () => Promise<Figures>): Promise<Measured> {
  const all = [await run()];
  while (all.length < RUNS && (all[0]?.seconds ?? 0) < LONG_SECONDS) all.push(await run());
  const [first] = all;
  if (first === undefined) throw new RangeError('nothing was measured');
  const warm = all.flatMap(({ warmSeconds }) => (warmSeconds === undefined ? [] : [warmSeconds]));
  return {
    ...first,
    seconds: summarize(all.map(({ seconds }) => seconds)),
    loadSeconds: summarize(all.map(({ loadSeconds }) => loadSeconds)).median,
    ...(warm.length === 0 ? {} : { warmSeconds: summarize(warm).median }),
    runs: all.length,
  };
}

function render(rows: readonly Measured[], ours: Measured, description: string): string {
  const perSecond = ({ candles, seconds }: Measured): number => candles / seconds.median;
  return [
    machineSection('Back-test engines side by side', describeMachine(new Date()), 'make peers'),
    `${description}, the rule of \`bench/peers/rule.py\` (1 % in 15 minutes; stop 2 %, target 4 %, 240 minutes), each run a ` +
      `fresh process; median of ${RUNS}, of one where a run takes longer than ${LONG_SECONDS} s. Loading of the data is told apart.`,
    table(
      [
        'engine',
        'round trips',
        'result without fees',
        's',
        'range',
        'candles/s',
        'Claire is × faster',
        'load s',
        'warm s',
        'runs',
      ],
      rows.map((row) => [
        row.engine,
        whole(row.roundTrips),
        row.pnl === undefined ? '' : row.pnl.toFixed(2),
        digits(row.seconds.median),
        `${digits(row.seconds.lowest)} – ${digits(row.seconds.highest)}`,
        whole(perSecond(row)),
        (perSecond(ours) / perSecond(row)).toFixed(2),
        digits(row.loadSeconds),
        row.warmSeconds === undefined ? '' : digits(row.warmSeconds),
        String(row.runs),
      ]),
    ),
    ...rows.flatMap(({ engine, note }) => (note === undefined ? [] : [`- ${engine}: ${note}.`])),
  ].join('\n\n');
}

const data = await yearData(process.env['CLAIRE_DATA'] ?? '', join(ROOT, 'build/bench'));
await install();
say('claire backtest');
// Once before: the second run of a user starts from the kept columns.
await claire(data.path)();
const ours = await measure(claire(data.path));
const rows = [ours];
for (const name of PEERS) {
  say(name);
  rows.push(await measure(peer(name, data.path)));
}
const report = `${render(rows, ours, data.description)}\n`;
await mkdir(join(ROOT, 'build/reports'), { recursive: true });
await writeFile(join(ROOT, 'build/reports/peers.md'), report);
process.stdout.write(report);
