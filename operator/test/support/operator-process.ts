/** `claire-operator` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { configFor, until } from './connect.ts';

const PROGRAM = join(import.meta.dirname, '../../src/main.ts');
/** As the image starts it, in the 512 MiB that the chart gives it: 50 % of them for the heap (Dockerfile). */
export const AS_IMAGE = {
  flags: ['--max-semi-space-size=8', '--max-old-space-size=256'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' },
};

export class OperatorProcess {
  /** Exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #said = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    const keep = (chunk: Buffer): void => {
      this.#said += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        resolve(code);
      });
    });
  }

  /** In the namespace `default`, by way of `url`. It asks no bot. */
  static async start(server: ApiServer, url: string): Promise<OperatorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'claire-operator-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, configFor(server, { url }).exportConfig(), { mode: 0o600 });
    const flags = ['--namespaces', 'default', '--health-port', '0', '--reach', 'none'];
    const child = spawn(process.execPath, ['--no-warnings', ...AS_IMAGE.flags, PROGRAM, ...flags], {
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig, ...AS_IMAGE.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new OperatorProcess(child, folder);
  }

  /** Until a line of its log has these words. */
  says(words: string): Promise<void> {
    return until(() => {
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#said.slice(-2_000)}`);
      return this.#said.includes(words);
    }, `the operator says "${words}"`);
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /** Resident memory, bytes. */
  async memory(): Promise<number> {
    const text = await readFile(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024;
  }

  async stop(): Promise<void> {
    // One that is frozen does not hear SIGTERM.
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
