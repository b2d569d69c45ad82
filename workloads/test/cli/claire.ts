import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
/** The bundled bot and four days of real data for it. */
export const EXAMPLE = example('paper-replay.yaml');
/** A bot that trades real money. */
export const LIVE_EXAMPLE = example('live-mexc.yaml');
export const DATA = example('data/alts-btc-5m.csv.gz');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr shows the text; rejects when the process ends without it. */
  readonly sees: (text: RegExp) => Promise<void>;
  /** What stdout has so far. */
  readonly output: () => string;
}

/** Start the command on plain Node, as users do: no test runner around it. */
export function startClaire(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  const sees = (text: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (text.test(stderr)) resolve();
      };
      child.stderr.on('data', look);
      look();
      void ended.then(() => {
        reject(new Error(`ended without ${text.source}: ${stderr}`));
      });
    });
  return { child, ended, sees, output: () => stdout };
}

/** Run the command to its end. */
export const claire = (args: readonly string[], folder: string): Promise<Ended> =>
  startClaire(args, folder).ended;

export interface TemporaryFolder {
  readonly path: string;
  /** Write a file of the folder; returns its path from there. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'claire-cli-'));
  return {
    path,
    write: async (name, content) => {
      await writeFile(resolve(path, name), content);
      return name;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
