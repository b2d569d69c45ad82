/** Processes of a bot as real child processes on loopback, found by the ports their logs tell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../contract/bots.ts';
import { withField } from '../contract/bots.ts';
import type { ProcessName } from '../../src/contract/index.ts';
import { MAIN } from '../cli/claire.ts';

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

export interface TestProcess {
  readonly child: ChildProcess;
  readonly log: readonly LogLine[];
  readonly stderr: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** The port a server of it listens on, as soon as it does. */
  port(server: 'health' | 'metrics' | 'control'): Promise<number>;
  get(path: string, server?: 'health' | 'metrics' | 'control', token?: string): Promise<Reply>;
  /** Asks again until the answer is as wished. Rejects when the process ends before. */
  until(path: string, isWished: (reply: Reply) => boolean): Promise<Reply>;
  /** SIGTERM, and its end. */
  stop(): Promise<number | null>;
}

/** What waiting polls by; nothing is asserted about it. */
const POLL_MS = 50;
/** Several candles of a minute: an entry that a busy machine is too late for is denied, and the next one may be taken. */
const PATIENCE_MS = 400_000;
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Resolves when the condition holds; rejects with what is told when it takes forever. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  tell: () => string = () => 'it never came true',
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(tell());
    await pause(POLL_MS);
  }
}

export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, text, json };
}

/** Start `claire <args>`, or another program, with an environment of its own. */
export function startProcess(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv = {},
  program = MAIN,
): TestProcess {
  const child = spawn(process.execPath, ['--no-warnings', program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  const log: LogLine[] = [];
  let stderr = '';
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) log.push(JSON.parse(line) as LogLine);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let end: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      end = { code, signal };
      resolve(end);
    });
  });
  const tell = (): string =>
    `${args.join(' ')} ended with ${JSON.stringify(end)}: ${stderr}\n${log
      .slice(-15)
      .map((line) => JSON.stringify(line))
      .join('\n')}`;
  const port = async (server: string): Promise<number> => {
    const told = (): LogLine | undefined =>
      log.find((line) => line.msg === 'listening' && line['server'] === server);
    await until(() => {
      if (end !== undefined && told() === undefined) throw new Error(tell());
      return told() !== undefined;
    }, tell);
    return Number(told()?.['port']);
  };
  const get = async (path: string, server: 'health' | 'metrics' | 'control' = 'health', token?: string) =>
    ask(`http://127.0.0.1:${await port(server)}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  return {
    child,
    log,
    stderr: () => stderr,
    ended,
    port,
    get,
    until: async (path, isWished) => {
      let last: Reply | undefined;
      await until(
        async () => {
          if (end !== undefined) throw new Error(tell());
          last = await get(path).catch(() => undefined);
          return last !== undefined && isWished(last);
        },
        () => `${path} of ${args[0] ?? ''} never came true: ${last?.text ?? 'no answer'}\n${tell()}`,
      );
      if (last === undefined) throw new Error('no reply');
      return last;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return (await ended).code;
    },
  };
}

/** Ends what a test left running, by its own handle. */
export async function killAll(processes: readonly TestProcess[]): Promise<void> {
  for (const { child, ended } of processes) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
}

/** Changes one field of a JSON file. */
export async function editFile(path: string, field: string, value: Json | undefined): Promise<void> {
  const content = JSON.parse(await readFile(path, 'utf8')) as Json;
  await writeFile(path, JSON.stringify(withField(content, field, value)));
}

/** The command line of a component whose files are in `folder/run`. */
export const commandLine = (name: ProcessName): readonly string[] => [
  name,
  '--config',
  `run/${name}.json`,
  '--hot-config',
  `run/${name}.hot.json`,
  '--secrets',
  'run/secrets',
  '--bind',
  '127.0.0.1',
];

/** Free ports instead of those of pods. */
export async function freePorts(folder: string, name: ProcessName): Promise<void> {
  const path = join(folder, 'run', `${name}.json`);
  for (const server of ['health', 'metrics']) await editFile(path, `ports.${server}`, 0);
  if (name === 'risk' || name === 'execution') await editFile(path, 'ports.control', 0);
}
