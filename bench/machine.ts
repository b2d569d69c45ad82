import { cpus, platform, release, totalmem, type, version } from 'node:os';

/** What the figures were measured on: without it they mean nothing. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: string;
  readonly system: string;
  readonly node: string;
  readonly date: string;
}

const GIB = 1024 ** 3;

export function describeMachine(now: Date): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: (totalmem() / GIB).toFixed(1),
    system: `${type()} ${release()} (${platform()}; ${version()})`,
    node: process.version,
    date: now.toISOString(),
  };
}
