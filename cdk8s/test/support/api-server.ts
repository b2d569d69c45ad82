/**
 * A real kube-apiserver with its etcd, for as long as a test file runs, from the programs in `$KUBEBUILDER_ASSETS`. It
 * listens on loopback only. There are no controllers and no nodes: what is stored is what was sent and defaulted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What the server warns of, such as a Pod Security violation or a deprecated field. */
  readonly warnings: readonly string[];
}

export interface ApiServer {
  readonly kubeconfig: string;
  readonly request: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    /** Another user than the administrator. */
    as?: string,
  ) => Promise<ApiAnswer>;
  readonly stop: () => Promise<void>;
}

/** The folder with kube-apiserver and etcd. @throws Error saying how to get one */
function kubeAssets(): string {
  const folder = process.env['KUBEBUILDER_ASSETS'] ?? '';
  if (folder !== '') return folder;
  throw new Error(
    'KUBEBUILDER_ASSETS is not set; must name a folder with etcd and kube-apiserver (scripts/apiserver.sh prints one)',
  );
}

const TOKEN = 'test-administrator';

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

interface Daemon {
  readonly child: ChildProcess;
  readonly log: () => string;
}

function startDaemon(program: string, args: readonly string[]): Daemon {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (part: Buffer) => (log = (log + part.toString()).slice(-4_000)));
  return { child, log: () => log };
}

async function stopDaemon({ child }: Daemon): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const kubeconfigText = (port: number, ca: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Server-side apply for PATCH, JSON for the rest. */
function makeRequest(port: number, ca: string): ApiServer['request'] {
  const agent = new Agent({ ca, keepAlive: true });
  return (method, path, body, as) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
      const headers = {
        authorization: `Bearer ${TOKEN}`,
        'content-type': type,
        ...(as === undefined ? {} : { 'impersonate-user': as }),
      };
      const sent = httpsRequest({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          const warning = response.headers['warning'];
          const warnings = (warning === undefined ? [] : [warning]).flat();
          resolve({ status: response.statusCode ?? 0, body: parseBody(text), warnings });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

async function writeCredentials(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(join(folder, 'sa.key'), privateKey);
  await writeFile(join(folder, 'sa.pub'), publicKey);
  await writeFile(join(folder, 'tokens.csv'), `${TOKEN},admin,admin,"system:masters"\n`);
}

/** Waits until the answer is there; throws with the log when the program ends first. */
async function untilReady(daemon: Daemon, isReady: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (daemon.child.exitCode !== null) throw new Error(`${daemon.child.spawnfile} ended:\n${daemon.log()}`);
    if (await isReady().catch(() => false)) return;
    await delay(100);
  }
}

/** Starts etcd and the API server. The caller stops them. */
export async function startApiServer(): Promise<ApiServer> {
  const assets = kubeAssets();
  const folder = await mkdtemp(join(tmpdir(), 'claire-api-'));
  const [client = 0, peer = 0, secure = 0] = await freePorts(3);
  await writeCredentials(folder);
  const etcd = startDaemon(join(assets, 'etcd'), [
    ...['--data-dir', join(folder, 'etcd'), '--log-level', 'error', '--unsafe-no-fsync'],
    ...['--listen-client-urls', `http://127.0.0.1:${client}`],
    ...['--advertise-client-urls', `http://127.0.0.1:${client}`],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
  ]);
  const api = startDaemon(join(assets, 'kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--secure-port=${secure}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
    `--cert-dir=${folder}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    // Without controllers no namespace gets its default service account.
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const stop = async (): Promise<void> => {
    await stopDaemon(api);
    await stopDaemon(etcd);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(api, async () => (await readFile(join(folder, 'apiserver.crt'), 'utf8')) !== '');
    const ca = await readFile(join(folder, 'apiserver.crt'), 'utf8');
    const request = makeRequest(secure, ca);
    await untilReady(api, async () => (await request('GET', '/readyz')).status === 200);
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigText(secure, ca));
    return { kubeconfig, request, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
