import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProbeReport } from './resource-probe.ts';
import { summarize } from './measure.ts';

/** One whole `claire run` in a process of its own, on a ledger of its own. */
export interface EmbeddedRun {
  readonly candles: number;
  readonly fills: number;
  readonly digest: string;
  /** From the start of the process to its end: with the start of the ledger's server. */
  readonly wallMs: number;
  /** Of the process of the bot, without the ledger's server. */
  readonly cpuMs: number;
  /** Resident set in MiB around these numbers of candles. */
  readonly memoryEarly: number;
  readonly memoryLate: number;
}

/** Where the memory is compared: what grows between them grows with the data. */
export const EARLY_CANDLES = 50_000;
export const LATE_CANDLES = 500_000;
/** The memory is the median over so many candles before and after, so that a collection does not decide. */
const AROUND = 10_000;
const MIB = 1024 ** 2;

const ROOT = join(import.meta.dirname, '..');
/** The lines of progress that a run writes where nobody watches; numbers are for people. */
const PROGRESS = / ([\d,]+) candles/;

/** When the run had come how far. */
interface Mark {
  readonly time: number;
  readonly candles: number;
}

/** When the run was at `candles`: in proportion between the lines of progress around it. */
function timeAt(marks: readonly Mark[], candles: number): number {
  const next = marks.findIndex((mark) => mark.candles >= candles);
  const after = marks[next];
  const before = marks[next - 1];
  if (after === undefined || before === undefined) {
    throw new Error(`the run told nothing of its progress around ${candles} candles: the data are too short`);
  }
  const share = (candles - before.candles) / (after.candles - before.candles);
  return before.time + share * (after.time - before.time);
}

function memoryAround(report: ProbeReport, marks: readonly Mark[], candles: number): number {
  const [from, to] = [timeAt(marks, candles - AROUND), timeAt(marks, candles + AROUND)];
  const values = report.memory.filter(([time]) => time >= from && time <= to).map(([, bytes]) => bytes / MIB);
  return summarize(values).median;
}

interface Output {
  readonly json: string;
  readonly marks: readonly Mark[];
  readonly wallMs: number;
}

/** Runs the command; rejects with what it said when it fails. */
async function runClaire(args: readonly string[], probe: string): Promise<Output> {
  const command = [
    '--import',
    join(ROOT, 'bench/resource-probe.ts'),
    join(ROOT, 'workloads/src/cli/main.ts'),
  ];
  const start = Date.now();
  const marks: Mark[] = [{ time: start, candles: 0 }];
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: ROOT,
    env: { ...process.env, BENCH_PROBE: probe },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let json = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    json += text;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    said = line;
    const candles = Number((PROGRESS.exec(line)?.[1] ?? '0').replaceAll(',', ''));
    if (candles > (marks.at(-1)?.candles ?? 0)) marks.push({ time: Date.now(), candles });
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`claire ${args.join(' ')} ended with ${String(code)}: ${said}`);
  return { json, marks, wallMs: Date.now() - start };
}

interface RunJson {
  readonly candles: number;
  readonly fills: number;
  readonly digest: string;
}

/** Replays the year through the whole bot: services, bus, ledger on its own server, journal. */
export async function runEmbedded(data: string): Promise<EmbeddedRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  try {
    const probe = join(scratch, 'probe.json');
    const ledger = join(scratch, 'ledger');
    const bot = join(ROOT, 'examples/backtest-btcusdt.yaml');
    const args = [
      'run',
      '-f',
      bot,
      '--data',
      `BTCUSDT=${data}`,
      '--speed',
      'max',
      '--ledger',
      ledger,
      '--fresh',
      '--json',
    ];
    const { json, marks, wallMs } = await runClaire(args, probe);
    const report = JSON.parse(await readFile(probe, 'utf8')) as ProbeReport;
    const { candles, fills, digest } = JSON.parse(json) as RunJson;
    return {
      candles,
      fills,
      digest,
      wallMs,
      cpuMs: report.cpuMs,
      memoryEarly: memoryAround(report, marks, EARLY_CANDLES),
      memoryLate: memoryAround(report, marks, LATE_CANDLES),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
