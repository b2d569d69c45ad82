/**
 * Loaded into the process that is measured (`node --import`): samples its memory and, when it ends, writes what it used
 * to the file that BENCH_PROBE names. The process itself knows nothing of it.
 */
import { writeFileSync } from 'node:fs';

const EVERY_MS = 25;

/** What a process used. */
export interface ProbeReport {
  /** Wall-clock time (ms since 1970) and resident set in bytes. */
  readonly memory: readonly (readonly [number, number])[];
  /** User and system time, in ms. */
  readonly cpuMs: number;
}

const target = process.env['BENCH_PROBE'];
if (target !== undefined) {
  const memory: (readonly [number, number])[] = [];
  setInterval(() => {
    memory.push([Date.now(), process.memoryUsage.rss()]);
  }, EVERY_MS).unref();
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const report: ProbeReport = { memory, cpuMs: (user + system) / 1_000 };
    writeFileSync(target, JSON.stringify(report));
  });
}
