/** An operator process of a benchmark: its metrics, its memory and processor time as the kernel counts them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AS_IMAGE } from '../../operator/test/support/operator-process.ts';

/** Clock ticks a second of /proc/PID/stat: 100 on every Linux that Node.js runs on. */
const TICKS = 100;

/** Every series of a metric with its labels as text. */
export type Series = ReadonlyMap<string, number>;

export class ChildOperator {
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  /** `program` prints the port of its metrics first. */
  static async start(program: string, args: readonly string[]): Promise<ChildOperator> {
    const child = spawn(process.execPath, [...AS_IMAGE.flags, program, ...args], {
      env: { ...process.env, ...AS_IMAGE.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      return new ChildOperator(child, Number(line));
    }
    throw new Error(`${program} ended without a word`);
  }

  async metrics(): Promise<Series> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  /** Resident memory now and at most so far, MiB. */
  async memory(): Promise<{ readonly now: number; readonly most: number }> {
    const text = await readFile(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { now: kib('VmRSS') / 1024, most: kib('VmHWM') / 1024 };
  }

  /** Processor time so far, s. */
  async processorSeconds(): Promise<number> {
    const text = await readFile(`/proc/${this.#child.pid ?? 0}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** The sum of a metric's series whose labels hold all the words. */
export const total = (series: Series, name: string, ...labels: readonly string[]): number =>
  [...series].reduce(
    (sum, [key, value]) =>
      (key === name || key.startsWith(`${name}{`)) && labels.every((label) => key.includes(label))
        ? sum + value
        : sum,
    0,
  );

interface Bucket {
  /** Upper bound, inclusive. */
  readonly most: number;
  /** At or below it. */
  readonly count: number;
}

const bucketsOf = (name: string, before: Series, after: Series): readonly Bucket[] =>
  [...after]
    .filter(([key]) => key.startsWith(`${name}_bucket{`))
    .map(([key, value]) => ({
      most: Number((/le="([^"]+)"/.exec(key)?.[1] ?? '').replace('+Inf', 'Infinity')),
      count: value - (before.get(key) ?? 0),
    }))
    .toSorted((a, b) => a.most - b.most);

/** A quantile of what a histogram saw between two looks, by the rule of Prometheus' `histogram_quantile`. */
export function quantile(q: number, name: string, before: Series, after: Series): number {
  const buckets = bucketsOf(name, before, after);
  const rank = q * (buckets.at(-1)?.count ?? 0);
  const place = buckets.findIndex(({ count }) => count >= rank);
  const low = buckets[place - 1] ?? { most: 0, count: 0 };
  const high = buckets[place] ?? low;
  if (!Number.isFinite(high.most)) return low.most;
  const inside = high.count - low.count;
  return inside === 0 ? high.most : low.most + ((high.most - low.most) * (rank - low.count)) / inside;
}
