import { link, readFile, readlink, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What a running server writes into `postmaster.pid` of its data folder (PostgreSQL: miscadmin.h, LOCK_FILE_LINE_*). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly status: 'starting' | 'stopping' | 'ready' | 'unknown';
  readonly content: string;
}

const FILE = 'postmaster.pid';
const PORT_LINE = 3;
const STATUS_LINE = 7;

/** Undefined when no server runs there and none was killed there. */
export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | undefined> {
  const content = await readFile(join(dataFolder, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return content === undefined ? undefined : parsePostmasterFile(content);
}

/** A file that is just being written has fewer lines: its status is unknown. */
export function parsePostmasterFile(content: string): PostmasterFile {
  const lines = content.split('\n').map((line) => line.trim());
  const status = lines[STATUS_LINE];
  const known = status === 'starting' || status === 'stopping' || status === 'ready';
  return {
    // Negative in the file of a single-user server.
    pid: Math.abs(Number.parseInt(lines[0] ?? '', 10)),
    port: Number.parseInt(lines[PORT_LINE] ?? '', 10),
    status: known ? status : 'unknown',
    content,
  };
}

/** Whether a process of this id exists, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process is something else than the server of this folder: its id was given to another process after a
 * crash (usual in containers, where ids are small). False also when that cannot be known: PostgreSQL then decides.
 */
export async function isSomethingElse(pid: number, dataFolder: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (command === undefined) return false;
  const [program = '', ...args] = command.split('\0');
  if (basename(program) !== 'postgres' && basename(program) !== 'postmaster') return true;
  if (args.includes(dataFolder)) return false;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder !== undefined && folder !== dataFolder;
}

/**
 * Take away the file of a dead server. PostgreSQL does so itself unless the process id lives again. The file is moved
 * before it is removed, and put back when it turns out to be a new server's.
 */
export async function removeStaleFile(dataFolder: string, stale: PostmasterFile): Promise<void> {
  const file = join(dataFolder, FILE);
  const aside = join(dataFolder, `${FILE}.stale-${process.pid}`);
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== stale.content) await link(aside, file);
  await rm(aside);
}
