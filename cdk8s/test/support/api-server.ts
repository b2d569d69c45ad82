/**
 * A real etcd and kube-apiserver on loopback, from the folder `$KUBEBUILDER_ASSETS` names. No controllers run: nothing
 * collects garbage or makes pods, unless a test does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ApiServer {
  readonly url: string;
  readonly ca: Buffer;
  /** Token of a member of system:masters. */
  readonly adminToken: string;
  /** Tokens of `user-1` to `user-3`, without any right but those a test gives them. */
  readonly userTokens: readonly string[];
  /** The folder of kubectl. */
  readonly assets: string;
  stop(): Promise<void>;
}

const NEEDED = ['etcd', 'kube-apiserver', 'kubectl'] as const;

/** @throws Error that says what to do when the programs are missing */
function findAssets(): string {
  const folder = process.env['KUBEBUILDER_ASSETS'] ?? '';
  const missing = NEEDED.filter((name) => folder === '' || !existsSync(join(folder, name)));
  if (missing.length === 0) return folder;
  throw new Error(
    `KUBEBUILDER_ASSETS: was "${folder}", without ${missing.join(', ')}; must name a folder with etcd, kube-apiserver and kubectl (make apiserver prints one)`,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
}

function start(program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { process: child, output: () => text };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
}

/** GET without a body; 0 when nothing answers. */
function statusOf(url: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const options = {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    };
    const outgoing = request(url, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on('error', () => {
      resolve(0);
    });
    outgoing.end();
  });
}

async function untilReady(url: string, token: string, server: Running): Promise<void> {
  for (;;) {
    if ((await statusOf(`${url}/readyz`, token)) === 200) return;
    if (server.process.exitCode !== null) throw new Error(`kube-apiserver ended:\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const USERS = ['user-1', 'user-2', 'user-3'];

function writeFiles(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const users = USERS.map((name) => `${name}-token,${name},${name}`);
  writeFileSync(
    join(folder, 'tokens.csv'),
    ['admin-token,admin,admin,"system:masters"', ...users, ''].join('\n'),
  );
}

/** About five seconds. */
export async function startApiServer(): Promise<ApiServer> {
  const assets = findAssets();
  const folder = mkdtempSync(join(tmpdir(), 'claire-api-'));
  writeFiles(folder);
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const etcd = start(join(assets, 'etcd'), [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=error',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
  ]);
  const server = start(join(assets, 'kube-apiserver'), [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    // No controller makes service accounts here, and a pod without one would be refused.
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const stop = async (): Promise<void> => {
    for (const { process: child } of [server, etcd]) {
      child.kill('SIGKILL');
      await ended(child);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `https://127.0.0.1:${port}`;
  try {
    await untilReady(url, 'admin-token', server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    ca: readFileSync(join(folder, 'apiserver.crt')),
    adminToken: 'admin-token',
    userTokens: USERS.map((name) => `${name}-token`),
    assets,
    stop,
  };
}
