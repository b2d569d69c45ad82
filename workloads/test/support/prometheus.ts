/** A real Prometheus on loopback, for tests and for the preview of dashboards. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Between two looks at whether an answer is as wished. */
const POLL_MS = 100;

export interface TestPrometheus {
  readonly url: string;
  /** The `data` of an answer of its API (path below `/api/v1/`); undefined while it does not answer. */
  ask<T>(path: string): Promise<T | undefined>;
  /** Asks until the answer is as wished. @throws Error when Prometheus ends before, with what it said */
  until<T>(path: string, isWished: (answer: T) => boolean): Promise<T>;
  stop(): Promise<void>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Moments in seconds with values. */
  readonly values: readonly (readonly [number, string])[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Makes `samples` (the OpenMetrics text format) part of what a Prometheus on `folder/data` knows. */
async function fillWith(samples: string, folder: string): Promise<void> {
  const file = join(folder, 'samples.txt');
  await writeFile(file, samples);
  const command = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
  const { status, stdout, stderr } = spawnSync('promtool', command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`promtool took no samples: ${stdout}${stderr}`);
}

/**
 * Starts one.
 *
 * @param config its configuration, as JSON
 * @param samples what it knows from before, in the OpenMetrics text format
 */
export async function startPrometheus(config: object, samples?: string): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-prometheus-'));
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  if (samples !== undefined) await fillWith(samples, folder);
  const url = `http://127.0.0.1:${await freePort()}`;
  const child: ChildProcess = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${url.slice('http://'.length)}`,
  ]);
  let told = '';
  child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const ask = async <T>(path: string): Promise<T | undefined> => {
    const response = await fetch(`${url}/api/v1/${path}`).catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as { readonly data: T }).data : undefined;
  };
  return {
    url,
    ask,
    until: async (path, isWished) => {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`Prometheus ended: ${told}`);
        const answer = await ask<Parameters<typeof isWished>[0]>(path);
        if (answer !== undefined && isWished(answer)) return answer;
        await pause(POLL_MS);
      }
    },
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
