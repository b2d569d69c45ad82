/**
 * A process of a component that kills or freezes itself at a step it is told: the code of production with the ledger and
 * the bus wrapped from outside. Started by `doomed-process.ts`; the steps it comes by are written to file descriptor 3.
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { pino } from 'pino';
import type { ProcessName } from '../../src/contract/index.ts';
import type { MakeComponent } from '../../src/process/component.ts';
import { exitCodeOf } from '../../src/process/exit-code.ts';
import { makeLogger } from '../../src/process/logger.ts';
import { runProcess } from '../../src/process/process-shell.ts';
import { makeSecrets } from '../../src/process/secrets.ts';
import type { Mortality } from './mortal.ts';
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

export class Doom implements Mortality {
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

/** Runs a component as its parent tells it. */
export function beDoomed<Name extends ProcessName>(name: Name, doom: Doom, make: MakeComponent<Name>): void {
  const { folder, base, speed } = JSON.parse(process.argv[2] ?? '') as DoomedSettings;
  const stopping = new AbortController();
  // It will not live to keep what it compiled for the next one.
  flushCompileCache();
  const run = async (): Promise<void> => {
    try {
      await runProcess({
        name,
        make,
        files: { config: `${folder}/${name}.json`, hot: `${folder}/${name}.hot.json` },
        bind: '127.0.0.1',
        secrets: makeSecrets(`${folder}/secrets`, {}),
        clock: new SwiftClock(base, speed),
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
  };
  process.on('SIGTERM', () => {
    stopping.abort(new Error('SIGTERM'));
  });
  // The test is gone: nobody is left to judge.
  process.on('disconnect', () => process.exit(1));
  process.on('message', (order: DoomedOrder) => {
    if (order.stop !== undefined) doom.arm(order.stop);
    if (order.go === true) void run();
  });
}
