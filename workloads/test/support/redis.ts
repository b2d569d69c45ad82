import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

/** A Redis of one test file, on a folder of its own, on loopback, with AOF and `noeviction`. */
export interface TestRedis {
  readonly port: number;
  /** Where the server keeps its files. */
  readonly folder: string;
  /** A plain client of the default user; the test closes it through `stop`. */
  readonly client: Redis;
  /** SIGKILL; `start` serves the same data again on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** An orderly end and a new start on the same data and port. */
  restart(): Promise<void>;
  /** Stops answering without closing anything (SIGSTOP), until `resume`. */
  freeze(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** More arguments of redis-server, e.g. `['--requirepass', 'x']`. */
  readonly args?: readonly string[];
  /** Files to be there before it starts, by name in its folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Serve TLS with `server.crt`, `server.key` and `ca.crt` of `files` instead of plain TCP. */
  readonly tls?: boolean;
  /** What the plain client needs to log in. */
  readonly password?: string;
}

const INSTALL =
  'redis-server 7 or newer is needed by this test and was not found: install it ' +
  '("apt-get install redis-server" on Debian 12, "brew install redis" on a Mac)';

/** Whether a server can be started on this machine. */
export const hasRedisServer = (): Promise<boolean> =>
  findServer().then(
    () => true,
    () => false,
  );

async function findServer(): Promise<string> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of [...folders, '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']) {
    const file = join(folder, 'redis-server');
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Error(INSTALL);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const tlsArguments = (port: number): readonly string[] => [
  ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
  ...['--tls-cert-file', 'server.crt', '--tls-key-file', 'server.key', '--tls-ca-cert-file', 'ca.crt'],
];

function plainClient(port: number, { password, tls, files }: TestRedisOptions): Redis {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    ...(password === undefined ? {} : { password }),
    ...(tls === true ? { tls: { ca: files?.['ca.crt'] ?? '' } } : {}),
  });
  client.on('error', () => undefined);
  return client;
}

/** Start a server; `stop` removes it and its files. @throws Error saying how to install it when it is missing */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const program = await findServer();
  const folder = await mkdtemp(join(tmpdir(), 'claire-redis-'));
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  const port = await freePort();
  const args = [
    ...['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
    ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
    ...(options.tls === true ? tlsArguments(port) : ['--port', String(port)]),
    ...(options.args ?? []),
  ];
  const client = plainClient(port, options);
  let child: ChildProcess | undefined;
  let output = '';
  const start = async (): Promise<void> => {
    const started = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    started.stdout.on('data', collect);
    started.stderr.on('data', collect);
    while (!output.includes('Ready to accept connections')) {
      if (started.exitCode !== null) throw new Error(`redis-server ended: ${output}`);
      await sleep(10);
    }
    output = '';
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = child;
    child = undefined;
    if (ended?.exitCode !== null || ended.signalCode !== null) return;
    const exited = once(ended, 'exit');
    ended.kill(signal);
    ended.kill('SIGCONT');
    await exited;
  };
  await start();
  return {
    port,
    folder,
    client,
    start,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    freeze: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    stop: async () => {
      client.disconnect();
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An authority and a certificate for `localhost` and 127.0.0.1 signed by it, made by openssl for this test. */
export async function makeCertificates(): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-tls-'));
  const run = (args: readonly string[]) => promisify(execFile)('openssl', [...args], { cwd: folder });
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run([
      'req',
      '-x509',
      ...curve,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=test authority',
    ]);
    await run([
      'req',
      ...curve.slice(0, 5),
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
      '-subj',
      '/CN=redis',
    ]);
    await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    await run(['x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...sign]);
    const names = ['ca.crt', 'server.crt', 'server.key'];
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
