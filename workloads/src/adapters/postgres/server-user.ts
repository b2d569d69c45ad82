import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { LedgerError } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root: for root, the system user it runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** How to start a program as the server's user: put `prefix` before the command, give `options` to spawn. */
export interface Launch {
  readonly prefix: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

const DEFAULT_NAME = 'postgres';
const PERMISSION_BITS = { owner: 6, group: 3, other: 0 };
const READ = 0o4;
const ENTER = 0o1;

/**
 * The user the server of `folder` runs as: the owner of its data, else an existing `postgres`, else one made now.
 * Undefined when we are not root: then we run it ourselves.
 * @throws LedgerError LEDGER_PERMISSION when there is none and none can be made
 */
export async function findServerUser(options: {
  readonly ownUid: number | undefined;
  /** Undefined before the first start. */
  readonly dataOwner: ServerUser | undefined;
  readonly logger: Logger | undefined;
  readonly name?: string;
}): Promise<ServerUser | undefined> {
  if (options.ownUid !== 0) return undefined;
  if (options.dataOwner !== undefined && options.dataOwner.uid !== 0) return options.dataOwner;
  const name = options.name ?? DEFAULT_NAME;
  return (await lookUp(name)) ?? makeUser(name, options.logger);
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((option) => run('id', [option, '--', name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return undefined;
  }
}

async function makeUser(name: string, logger: Logger | undefined): Promise<ServerUser> {
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  try {
    await run('useradd', ['--system', '--user-group', ...home, name]);
  } catch (error) {
    throw new LedgerError(
      'LEDGER_PERMISSION',
      `PostgreSQL does not run as root, and the system user ${name} cannot be made: ` +
        `make it ("useradd --system ${name}"), or run as another user`,
      { retryable: false, cause: error },
    );
  }
  logger?.info(
    { user: name },
    'made a system user to run the embedded PostgreSQL, which refuses to run as root',
  );
  const made = await lookUp(name);
  if (made !== undefined) return made;
  throw new LedgerError('LEDGER_PERMISSION', `the system user ${name} was made and cannot be found`, {
    retryable: false,
  });
}

/**
 * How to start programs so that they can read all of `paths`. Where the server's user may not enter a folder on the
 * way (a home or temporary folder of mode 700), it keeps the one capability to pass, CAP_DAC_OVERRIDE, and loses the
 * rest for good. (Without no_setuid_fixup, access(2) would not count it, and initdb asks access(2).)
 * @throws LedgerError LEDGER_PERMISSION naming the path when that cannot be done either
 */
export async function launchAs(user: ServerUser | undefined, paths: readonly string[]): Promise<Launch> {
  if (user === undefined) return { prefix: [], options: {} };
  const passable = await Promise.all(paths.map((path) => isReachable(path, user)));
  const closed = paths.find((_, index) => passable[index] === false);
  if (closed === undefined) return { prefix: [], options: user };
  const identity = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
  const only = '-all,+dac_override';
  const capability = ['--bounding-set', only, '--inh-caps', only, '--ambient-caps', only];
  const prefix = ['setpriv', ...identity, '--securebits', '+no_setuid_fixup', ...capability, '--'];
  await demandPassage({ prefix, paths, closed, user });
  return { prefix, options: {} };
}

async function demandPassage(passage: {
  readonly prefix: readonly string[];
  readonly paths: readonly string[];
  readonly closed: string;
  readonly user: ServerUser;
}): Promise<void> {
  const [command = '', ...args] = passage.prefix;
  try {
    await run(command, [
      ...args,
      'sh',
      '-c',
      'for path; do test -r "$path" || exit 1; done',
      'sh',
      ...passage.paths,
    ]);
  } catch (error) {
    throw new LedgerError(
      'LEDGER_PERMISSION',
      `PostgreSQL does not run as root, and user ${passage.user.uid} may not enter ${passage.closed}: let others ` +
        'enter the folders above it ("chmod o+x"), name another folder, install setpriv (util-linux), or do not run as root',
      { retryable: false, cause: error },
    );
  }
}

/** Whether the user may enter every folder of the path and read the file it names, by owner, group and mode. */
export async function isReachable(path: string, user: ServerUser): Promise<boolean> {
  if (!(await allows(path, user))) return false;
  return path === dirname(path) || isReachable(dirname(path), user);
}

async function allows(path: string, user: ServerUser): Promise<boolean> {
  const found = await stat(path);
  const role = found.uid === user.uid ? 'owner' : found.gid === user.gid ? 'group' : 'other';
  const right = found.isDirectory() ? ENTER : READ;
  return ((found.mode >> PERMISSION_BITS[role]) & right) === right;
}
