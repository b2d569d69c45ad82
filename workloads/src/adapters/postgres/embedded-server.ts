import { spawn } from 'node:child_process';
import { open, readFile, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { DISK_FULL_WORDS, diskFull } from './classify-error.ts';
import {
  CHILD_ENVIRONMENT,
  type DataFolder,
  SERVER_ROLE,
  folderError,
  lastLines,
  prepareDataFolder,
} from './data-folder.ts';
import type { PostgresServer } from './postgres-server.ts';
import {
  isAlive,
  isSomethingElse,
  parsePostmasterFile,
  readPostmasterFile,
  removeStaleFile,
} from './postmaster-file.ts';
import { Session, type Target } from './session.ts';

/**
 * A real PostgreSQL on a folder of the user's, shared by all processes that open the folder.
 *
 * Users: each holds a shared advisory lock on a connection of its own. Who leaves tries to take that lock alone; who
 * gets it is the last and stops the server, while a newcomer waits for the lock, loses its connection and starts the
 * server again. A killed process leaves no lock. Nothing rests on files of ours, and no server is stopped under another
 * user.
 *
 * Starting: PostgreSQL's own `postmaster.pid` decides a race; who loses it uses the winner's server. A server whose
 * parent was killed goes on and is adopted.
 *
 * Reaching it: loopback TCP on a free port with a random password kept in the folder. (A socket path may have 107 bytes
 * only, and the folder is the user's choice.)
 */
const HOST = '127.0.0.1';
const MAINTENANCE = 'postgres';
/** Key of the users' lock: "clai", "user". */
const USERS = '1668047209, 1970496882';
const JOIN = { name: 'users.join', text: `SELECT pg_advisory_lock_shared(${USERS})` };
const LEAVE = { name: 'users.leave', text: `SELECT pg_advisory_unlock_shared(${USERS})` };
const BE_LAST = { name: 'users.last', text: `SELECT pg_try_advisory_lock(${USERS}) AS last` };
const WHICH = {
  name: 'server.which',
  text: `SELECT current_setting('data_directory') AS folder, pg_read_file('postmaster.pid') AS file`,
};

const POLL_MS = 10;
/** Recovery after a crash reads at most `max_wal_size` of log; a start takes tens of milliseconds otherwise. */
const START_PATIENCE_MS = 120_000;
const STOP_PATIENCE_MS = 60_000;
const ATTEMPTS = 10;
/** Less room than one WAL segment stops the server. */
const WAL_SEGMENT_BYTES = 16 * 1024 * 1024;
const MAX_LOG_BYTES = 1024 * 1024;

/** Small, and durable: fsync, full_page_writes and synchronous_commit stay on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '16MB',
  dynamic_shared_memory_type: 'mmap',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '128MB',
  min_wal_size: '32MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

export interface EmbeddedServerOptions {
  readonly folder: string;
  /** Refuse a folder without a server (`LEDGER_ABSENT`) instead of making one. */
  readonly mustExist: boolean;
  readonly applicationName: string;
  readonly logger: Logger | undefined;
}

/**
 * Open the folder's server: adopt it when it runs, start it when not, make it when there is none.
 * @throws LedgerError LEDGER_ABSENT, LEDGER_PERMISSION, LEDGER_DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_NEWER
 */
export async function openEmbeddedServer(options: EmbeddedServerOptions): Promise<PostgresServer> {
  const folder = await prepareDataFolder(options);
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await joinServer(folder, options);
    } catch (error) {
      const again = error instanceof LedgerError && error.code === 'LEDGER_UNAVAILABLE' && error.retryable;
      if (!again) throw error;
      failure = error;
      await sleep(POLL_MS * 2 ** attempt);
    }
  }
  throw failure;
}

async function joinServer(folder: DataFolder, options: EmbeddedServerOptions): Promise<PostgresServer> {
  const port = (await findRunning(folder)) ?? (await start(folder, options.logger));
  const target = (database: string): Target => ({
    connection: { host: HOST, port, user: SERVER_ROLE, password: folder.password, database },
    name: `${options.folder}/${database}`,
    applicationName: options.applicationName,
    diagnose: (error) => lookForFullDisk(folder, error),
  });
  const keeper = await Session.open(target(MAINTENANCE));
  try {
    await checkFolder(keeper, folder);
    await keeper.run(JOIN, []);
  } catch (error) {
    await keeper.close();
    throw error;
  }
  return {
    name: options.folder,
    maintenanceDatabase: MAINTENANCE,
    target,
    release: onceOnly(() => leave(keeper, folder)),
  };
}

/** @throws LedgerError LEDGER_UNAVAILABLE (retryable) when another server took over the port */
async function checkFolder(keeper: Session, folder: DataFolder): Promise<void> {
  const [row] = await keeper.run(WHICH, []);
  if (row?.['folder'] === folder.data) return;
  throw unavailable(`the server reached is not that of ${folder.data}`);
}

function onceOnly(task: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= task());
}

/** The port of the folder's server if one runs; waits for one that starts or stops. */
async function findRunning(folder: DataFolder): Promise<number | undefined> {
  const deadline = performance.now() + START_PATIENCE_MS;
  for (;;) {
    const file = await readPostmasterFile(folder.data);
    if (file === undefined || !isAlive(file.pid)) return undefined;
    if (await isSomethingElse(file.pid, folder.data)) {
      await removeStaleFile(folder.data, file);
      return undefined;
    }
    if (file.status === 'ready') return file.port;
    if (performance.now() > deadline) throw stuck(folder, file.status);
    await sleep(POLL_MS);
  }
}

function stuck(folder: DataFolder, status: string): LedgerError {
  return new LedgerError(
    'LEDGER_UNAVAILABLE',
    `the embedded PostgreSQL of ${folder.data} has been ${status} for ${START_PATIENCE_MS / 1000} s: see ${folder.log}`,
    { retryable: false },
  );
}

/**
 * Start the server and wait until it takes connections. It leads a session of its own, so that Ctrl-C reaches the
 * caller only, and outlives us if we are killed.
 */
async function start(folder: DataFolder, logger: Logger | undefined): Promise<number> {
  const port = await findFreePort();
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const [command = folder.binaries.postgres, ...args] = [
    ...folder.launch.prefix,
    folder.binaries.postgres,
    '-D',
    folder.data,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const log = await openLog(folder);
  const logStart = (await log.stat()).size;
  const child = spawn(command, args, {
    ...folder.launch.options,
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended ??= `exit ${code ?? signal ?? ''}`));
  child.unref();
  await log.close();
  const deadline = performance.now() + START_PATIENCE_MS;
  for (;;) {
    const file = await readPostmasterFile(folder.data);
    if (file?.pid === child.pid && file?.status === 'ready') break;
    if (ended !== undefined) throw await startFailure(folder, { ended, logStart });
    if (performance.now() > deadline) throw stuck(folder, 'starting');
    await sleep(POLL_MS);
  }
  logger?.debug({ pid: child.pid, port }, 'started the embedded PostgreSQL');
  return port;
}

/** Begun anew when it has grown: it is for the diagnosis of the last starts. */
async function openLog(folder: DataFolder): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    const size = await stat(folder.log).then(
      (found) => found.size,
      () => 0,
    );
    return await open(folder.log, size > MAX_LOG_BYTES ? 'w' : 'a', 0o600);
  } catch (error) {
    throw folderError(error, folder.data);
  }
}

async function startFailure(
  folder: DataFolder,
  { ended, logStart }: { readonly ended: string; readonly logStart: number },
): Promise<LedgerError> {
  const log = await readFile(folder.log, 'utf8').catch(() => '');
  const words = log.slice(logStart);
  const failure = unavailable(
    `the embedded PostgreSQL of ${folder.data} did not start (${ended}): ${lastLines(words) || 'it said nothing'}`,
  );
  return lookForFullDisk(folder, failure);
}

const unavailable = (message: string): LedgerError =>
  new LedgerError('LEDGER_UNAVAILABLE', message, { retryable: true });

/** A server that cannot write its log of changes goes down: the connection is lost, the reason is the disk. */
async function lookForFullDisk(folder: DataFolder, error: LedgerError): Promise<LedgerError> {
  if (error.code !== 'LEDGER_UNAVAILABLE') return error;
  if (DISK_FULL_WORDS.test(error.message)) return diskFull(error.message, error);
  const disk = await statfs(folder.data).catch(() => undefined);
  if (disk !== undefined && disk.bavail * disk.bsize < WAL_SEGMENT_BYTES) return diskFull(folder.data, error);
  const log = await readFile(folder.log, 'utf8').catch(() => '');
  const recent = lastLines(
    log
      .split('\n')
      .slice(-20)
      .filter((line) => DISK_FULL_WORDS.test(line))
      .join('\n'),
  );
  return recent === '' ? error : diskFull(`${folder.data}: ${recent}`, error);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw unavailable(`no free port on ${HOST}`);
  return address.port;
}

/** The last one out stops the server, and waits until it is down. */
async function leave(keeper: Session, folder: DataFolder): Promise<void> {
  try {
    await keeper.run(LEAVE, []);
    const [answer] = await keeper.run(BE_LAST, []);
    if (answer?.['last'] !== true) return;
    const [which] = await keeper.run(WHICH, []);
    const { pid } = parsePostmasterFile(String(which?.['file']));
    process.kill(pid, 'SIGINT');
    await waitUntilDown(folder, pid);
  } catch (error) {
    // The server went down before us: there is nothing left to stop.
    if (!(error instanceof LedgerError) || error.code !== 'LEDGER_UNAVAILABLE') throw error;
  } finally {
    await keeper.close();
  }
}

/** The file goes last; a killed server leaves it, and a dead process may stay as a zombie: either tells. */
async function waitUntilDown(folder: DataFolder, pid: number): Promise<void> {
  const deadline = performance.now() + STOP_PATIENCE_MS;
  while (isAlive(pid)) {
    const file = await readPostmasterFile(folder.data);
    if (file?.pid !== pid) return;
    if (performance.now() > deadline) {
      throw new LedgerError('LEDGER_UNAVAILABLE', `the server ${pid} of ${folder.data} does not stop`, {
        retryable: false,
      });
    }
    await sleep(POLL_MS);
  }
}
