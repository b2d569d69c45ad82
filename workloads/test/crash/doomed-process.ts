/** A process that is killed or frozen at a step, as its parent sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CODE_CACHE } from '../../src/cli/code-cache.ts';
import type { DoomedOrder, DoomedSettings } from './doom.ts';

const EXECUTION = fileURLToPath(new URL('./doomed-execution.ts', import.meta.url));
const KEPT_LINES = 40;
/** The process waits for a ledger that somebody else writes. */
const LOCKED = /the ledger cannot be opened/;
/** On a clock that is ten times too fast, every idle read looks like a dead connection. */
const NOISE = /the connection to Redis is lost/;
const LISTENING = /"server":"(\w+)".*"port":(\d+)/;

export class DoomedProcess {
  readonly #child: ChildProcess;
  readonly #saw: (point: string) => void;
  readonly #lines: string[] = [];
  readonly #ports = new Map<string, number>();
  #stoppedAt: string | undefined;
  #blow: NodeJS.Signals | undefined;
  #end: number | NodeJS.Signals | undefined;
  #isStanding = true;
  #lockedOut = false;

  /** Starts it; it waits for `go` with all its code read. */
  constructor(settings: DoomedSettings, saw: (point: string) => void, program = EXECUTION) {
    this.#saw = saw;
    this.#child = spawn(process.execPath, [program, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: CODE_CACHE },
    });
    const [, stdout, stderr, reports] = this.#child.stdio;
    for (const output of [stdout, stderr]) {
      createInterface(output as Readable).on('line', (line) => {
        this.#keep(line);
      });
    }
    createInterface(reports as Readable).on('line', (line) => {
      this.#take(JSON.parse(line) as { saw?: string; stopped?: string; how?: NodeJS.Signals });
    });
    this.#child.once('exit', (code, signal) => {
      this.#end = code ?? signal ?? 'SIGKILL';
    });
    this.#child.on('error', () => undefined);
  }

  /** The step where it was killed or frozen. */
  get stoppedAt(): string | undefined {
    return this.#stoppedAt;
  }

  /** What it was struck with there. */
  get blow(): NodeJS.Signals | undefined {
    return this.#blow;
  }

  /** How it ended: an exit code or a signal; undefined while it is there. */
  get end(): number | NodeJS.Signals | undefined {
    return this.#end;
  }

  /** Whether it waits for a ledger that somebody else writes. */
  get isLockedOut(): boolean {
    return this.#lockedOut;
  }

  /** Where a server of it listens; undefined while it does not. */
  port(server: 'health' | 'metrics' | 'control'): number | undefined {
    return this.#ports.get(server);
  }

  /** The last lines it wrote. */
  get tail(): string {
    return this.#lines.join('\n');
  }

  order(order: DoomedOrder): void {
    if (this.#end !== undefined || !this.#child.connected) return;
    this.#child.send(order, () => undefined);
  }

  go(stop: DoomedOrder['stop'] = null): void {
    this.#isStanding = false;
    this.order({ go: true, stop });
  }

  get isWaiting(): boolean {
    return this.#isStanding;
  }

  /** What it waited for so far does not count. */
  forgetLockout(): void {
    this.#lockedOut = false;
  }

  resume(): void {
    this.forgetLockout();
    this.#child.kill('SIGCONT');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#end !== undefined) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  #keep(line: string): void {
    if (LOCKED.test(line)) this.#lockedOut = true;
    const [, server, port] = LISTENING.exec(line) ?? [];
    if (server !== undefined) this.#ports.set(server, Number(port));
    if (NOISE.test(line)) return;
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  #take({ saw, stopped, how }: { saw?: string; stopped?: string; how?: NodeJS.Signals }): void {
    if (saw !== undefined) this.#saw(saw);
    if (stopped === undefined) return;
    this.#stoppedAt = stopped;
    this.#blow = how;
  }
}
