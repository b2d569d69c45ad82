/**
 * `claire execution`, in a process of its own, that kills or freezes itself at a step it is told: the code of production
 * with the ledger, the bus and `fetch` wrapped from outside. Started by `doomed-process.ts`; the steps it comes by are
 * written to file descriptor 3.
 */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import type { MakeComponent } from '../../src/process/component.ts';
import { makeExecution } from '../../src/process/components/execution.ts';
import { exitCodeOf } from '../../src/process/exit-code.ts';
import { makeLogger } from '../../src/process/logger.ts';
import { runProcess } from '../../src/process/process-shell.ts';
import { makeSecrets } from '../../src/process/secrets.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { mortalBus, mortalLedger, type Mortality } from './mortal.ts';
import { SwiftClock } from './swift-clock.ts';

/** Argument of the process, as JSON. */
export interface DoomedSettings {
  readonly folder: string;
  readonly base: number;
  readonly speed: number;
}

/** What it is told by its parent; `go` begins its life. */
export interface DoomedOrder {
  readonly go?: boolean;
  readonly stop?: { readonly point: string; readonly how: 'SIGKILL' | 'SIGSTOP' } | null;
}

const REPORTS = 3;

class Doom implements Mortality {
  readonly stopped = undefined;
  readonly #seen = new Set<string>();
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  #stop: DoomedOrder['stop'];

  arm(stop: DoomedOrder['stop']): void {
    this.#stop = stop;
  }

  reach(point: string): Promise<void> {
    this.#pass(point);
    return Promise.resolve();
  }

  stopsInside(point: string): boolean {
    this.#pass(point);
    return false;
  }

  during<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  #pass(point: string): void {
    if (!this.#seen.has(point)) this.#tell({ saw: point });
    this.#seen.add(point);
    if (this.#stop?.point !== point) return;
    const { how } = this.#stop;
    this.#stop = null;
    this.#tell({ stopped: point, how });
    process.kill(process.pid, how);
    // Until the signal has taken hold; a frozen one goes on from here.
    Atomics.wait(this.#cell, 0, 0, 100);
  }

  #tell(report: object): void {
    writeSync(REPORTS, `${JSON.stringify(report)}\n`);
  }
}

const { folder, base, speed } = JSON.parse(process.argv[2] ?? '') as DoomedSettings;
const doom = new Doom();
const clock = new SwiftClock(base, speed);
const stopping = new AbortController();

const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = `${init?.method ?? 'GET'} ${new URL(input).pathname}`;
  await doom.reach(`before request ${request}`);
  try {
    return await plainFetch(input, init);
  } finally {
    await doom.reach(`after request ${request}`);
  }
};

const make: MakeComponent<'execution'> = (deps) => {
  const ledger = mortalLedger(deps.ledger, doom);
  const bus = mortalBus(deps.bus, doom);
  return makeExecution({ ...deps, ledger, bus, relay: new OutboxRelay({ ledger, bus }) });
};

async function run(): Promise<void> {
  try {
    await runProcess({
      name: 'execution',
      make,
      files: { config: `${folder}/execution.json`, hot: `${folder}/execution.hot.json` },
      bind: '127.0.0.1',
      secrets: makeSecrets(`${folder}/secrets`, {}),
      clock,
      random: () => 0.5,
      makeLog: (level) => makeLogger({ level, destination: pino.destination(1) }),
      version: 'test',
      signal: stopping.signal,
      onStopping: () => undefined,
    });
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

process.on('SIGTERM', () => {
  stopping.abort(new Error('SIGTERM'));
});
// The test is gone: nobody is left to judge.
process.on('disconnect', () => process.exit(1));
process.on('message', (order: DoomedOrder) => {
  if (order.stop !== undefined) doom.arm(order.stop);
  if (order.go === true) void run();
});
