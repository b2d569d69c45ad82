/**
 * How soon another operator acts when the leader is killed, and when it is told to go: real processes of `claire-operator`
 * on a real API server, several pairs at a time, each pair with a Lease and a namespace of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../operator/src/kube/client.ts';
import { LEASE, type LeaseSpec } from '../../operator/src/kube/lease.ts';
import type { KubeObject } from '../../operator/src/kube/resource.ts';
import { NAMESPACE, TRADING_BOT } from '../../operator/src/tradingbot/kinds.ts';
import { FINALIZER } from '../../operator/src/tradingbot/names.ts';
import { type ApiServer, startApiServer } from '../../cdk8s/test/support/api-server.ts';
import { botObject } from '../../operator/test/support/bot-object.ts';
import { configFor, connect } from '../../operator/test/support/connect.ts';
import { installCrd } from '../../operator/test/support/crd.ts';
import { find } from '../../operator/test/support/rig.ts';

const PROGRAM = join(import.meta.dirname, '../../operator/src/main.ts');
const LEASE_NAME = 'claire-operator';
const LOOK_MS = 20;
/** Pairs at a time. */
export const PAIRS = 5;

export interface FailoverFigures {
  /** ms from SIGKILL of the leader until another operator has acted on a bot made at that moment. */
  readonly kills: readonly number[];
  /** The same from SIGTERM. */
  readonly terms: readonly number[];
}

interface Waiting {
  readonly client: KubeClient;
  readonly kubeconfig: string;
}

/** Two operators that elect a leader, in a namespace of their own. */
class Pair {
  readonly #deps: Waiting;
  readonly #namespace: string;
  readonly #processes = new Map<number, ChildProcess>();
  #bots = 0;

  constructor(deps: Waiting, namespace: string) {
    this.#deps = deps;
    this.#namespace = namespace;
  }

  async begin(): Promise<void> {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.#namespace },
    };
    await this.#deps.client.create(NAMESPACE, namespace);
    await Promise.all([this.#spawn(), this.#spawn()]);
  }

  /** ms until the other one has acted; afterwards it is alone. */
  async takeOver(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    const leader = await this.#leader();
    this.#bots += 1;
    const name = `bot-${this.#bots}`;
    const began = performance.now();
    leader.kill(signal);
    await this.#makeBot(name);
    const ref = { namespace: this.#namespace, name };
    while (!(await this.#actedOn(ref))) await pause(LOOK_MS);
    return performance.now() - began;
  }

  /** There are two again. */
  refill(): Promise<void> {
    return this.#spawn();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(ended));
  }

  async #actedOn(ref: { readonly namespace: string; readonly name: string }): Promise<boolean> {
    const bot = await find(this.#deps.client, TRADING_BOT, ref);
    return bot?.metadata.finalizers?.includes(FINALIZER) ?? false;
  }

  #makeBot(name: string): Promise<KubeObject> {
    return this.#deps.client.create(TRADING_BOT, botObject({ name, namespace: this.#namespace }));
  }

  /** The process that holds the Lease, whose identity ends with its id. */
  async #leader(): Promise<ChildProcess> {
    for (;;) {
      const lease = await find(this.#deps.client, LEASE, { namespace: this.#namespace, name: LEASE_NAME });
      const holder = (lease?.['spec'] as LeaseSpec | undefined)?.holderIdentity ?? '';
      const found = this.#processes.get(Number(holder.split('_').at(-1)));
      if (found !== undefined) return found;
      await pause(LOOK_MS);
    }
  }

  /** Resolves once it waits for the Lease, its caches filled. */
  async #spawn(): Promise<void> {
    const flags = ['--namespaces', this.#namespace, '--operator-namespace', this.#namespace];
    const child = spawn(process.execPath, [PROGRAM, ...flags, '--health-port', '0', '--reach', 'none'], {
      env: { ...process.env, KUBECONFIG: this.#deps.kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { pid = 0 } = child;
    this.#processes.set(pid, child);
    child.once('exit', () => this.#processes.delete(pid));
    await untilReady(child);
  }
}

/** The health port is in its first line. */
async function untilReady(child: ChildProcess): Promise<void> {
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`an operator ended with ${code ?? 'a signal'} before it was ready`));
    });
    let text = '';
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /"health":(\d+)/.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  for (;;) {
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (ok) return;
    await pause(LOOK_MS);
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGTERM');
  });
}

async function measureOn(
  server: ApiServer,
  takeovers: number,
  say: (text: string) => void,
): Promise<FailoverFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, configFor(server).exportConfig(), { mode: 0o600 });
  const { client, close } = connect(server);
  await installCrd(client);
  const pairs = Array.from({ length: Math.min(PAIRS, takeovers) }, (_, index) => {
    return new Pair({ client, kubeconfig }, `pair-${index}`);
  });
  const times = { SIGKILL: [] as number[], SIGTERM: [] as number[] };
  try {
    await Promise.all(pairs.map((pair) => pair.begin()));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      while (times[signal].length < takeovers) {
        const round = pairs.slice(0, takeovers - times[signal].length);
        times[signal].push(...(await Promise.all(round.map((pair) => pair.takeOver(signal)))));
        // Only now: processes that start would take the processors from those that take over.
        await Promise.all(round.map((pair) => pair.refill()));
        say(`  ${signal} ${times[signal].length} of ${takeovers}`);
      }
    }
    return { kills: times.SIGKILL, terms: times.SIGTERM };
  } finally {
    await Promise.all(pairs.map((pair) => pair.end()));
    close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function measureFailover(
  takeovers: number,
  say: (text: string) => void,
): Promise<FailoverFigures> {
  const server = await startApiServer();
  try {
    return await measureOn(server, takeovers, say);
  } finally {
    await server.stop();
  }
}
