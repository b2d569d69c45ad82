import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findServerUser, launchAs } from '../../src/adapters/postgres/server-user.ts';

/** A PostgreSQL 15 of one test file, on a folder of its own, on loopback. */
export interface TestPostgres {
  readonly pid: number;
  readonly port: number;
  /** A role that may do everything. */
  url(database?: string): string;
  /** Ends at once, as in a crash; `start` recovers the same data on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const FOLDERS = [
  '/usr/lib/postgresql/15/bin',
  '/opt/homebrew/opt/postgresql@15/bin',
  '/usr/local/opt/postgresql@15/bin',
];
const INSTALL =
  'PostgreSQL 15 is needed by this test and was not found: install it ' +
  '("apt-get install postgresql-15" on Debian 12, "brew install postgresql@15" on a Mac)';
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
const ROLE = 'owner';

async function findFolder(): Promise<string> {
  for (const folder of FOLDERS) {
    const found = await access(join(folder, 'postgres')).then(
      () => true,
      () => false,
    );
    if (found) return folder;
  }
  throw new Error(INSTALL);
}

export interface TestPostgresOptions {
  /** Everybody but the owner logs in with a password. @default false */
  readonly passwords?: boolean;
  /** Commits wait for the disk, as they do where it counts. @default false */
  readonly durable?: boolean;
  /** PEM texts; connections without TLS are then refused to everybody but the owner. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Who may log in how, in the order that PostgreSQL looks. */
const accessRules = (tls: boolean): string => `host all ${ROLE} 127.0.0.1/32 trust
${tls ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256
`;

/** Files of the data folder, and the server's switches for them. */
async function configure(
  data: string,
  { passwords = false, tls }: TestPostgresOptions,
): Promise<readonly string[]> {
  if (passwords) await writeFile(join(data, 'pg_hba.conf'), accessRules(tls !== undefined));
  if (tls === undefined) return [];
  await writeFile(join(data, 'server.crt'), tls.certificate);
  await writeFile(join(data, 'server.key'), tls.key, { mode: 0o600 });
  const { uid, gid } = await stat(data);
  for (const name of ['server.crt', 'server.key']) await chown(join(data, name), uid, gid);
  return ['-c', 'ssl=on'];
}

/** Make and start a server; `stop` removes it. @throws Error saying how to install it when it is missing */
export async function startPostgres15(wanted: TestPostgresOptions = {}): Promise<TestPostgres> {
  const programs = await findFolder();
  const user = await findServerUser({ ownUid: process.getuid?.(), dataOwner: undefined, logger: undefined });
  const folder = await mkdtemp(join(tmpdir(), 'claire-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const { prefix, options } = await launchAs(user, [programs, folder]);
  const settings = { ...options, cwd: '/', env: ENVIRONMENT };
  const initdb = [...prefix, join(programs, 'initdb')];
  const making = ['-D', data, '-U', ROLE, '--auth=trust', '--locale=C', '--encoding=UTF8', '--no-sync'];
  await promisify(execFile)(initdb[0]!, [...initdb.slice(1), ...making], settings);
  const switches = await configure(data, wanted);
  const port = await freePort();
  const server = [...prefix, join(programs, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1'];
  const args = [
    ...server.slice(1),
    '-c',
    'unix_socket_directories=',
    '-c',
    `fsync=${wanted.durable === true ? 'on' : 'off'}`,
    ...switches,
  ];
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = await open(join(folder, 'log'), 'w');
    const started = spawn(server[0]!, args, { ...settings, stdio: ['ignore', log.fd, log.fd] });
    child = started;
    await log.close();
    await untilReady(join(data, 'postmaster.pid'), () => started.exitCode === null);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = child;
    child = undefined;
    if (ended?.exitCode !== null || ended.signalCode !== null) return;
    const exited = once(ended, 'exit');
    ended.kill(signal);
    await exited;
  };
  await start();
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    port,
    url: (database = 'postgres') => `postgres://${ROLE}@127.0.0.1:${port}/${database}`,
    kill: () => end('SIGQUIT'),
    start,
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(file: string, runs: () => boolean): Promise<void> {
  while (runs()) {
    const content = await readFile(file, 'utf8').catch(() => '');
    if (content.includes('ready')) return;
    await sleep(10);
  }
  throw new Error('PostgreSQL 15 ended before it was ready');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
