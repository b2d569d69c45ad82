/**
 * `/livez`, `/readyz` and `/metrics`. That it answers shows that the event loop turns; what else must hold is given as
 * named checks. `?verbose` shows each.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface HealthCheck {
  readonly name: string;
  /** Undefined when it holds, else why not. */
  readonly problem: () => string | undefined;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Checked {
  readonly failed: Readonly<Record<string, string>>;
  readonly passed: readonly string[];
}

function runChecks(checks: readonly HealthCheck[]): Checked {
  const results = checks.map(({ name, problem }) => [name, problem()] as const);
  return {
    failed: Object.fromEntries(results.flatMap(([name, why]) => (why === undefined ? [] : [[name, why]]))),
    passed: results.filter(([, why]) => why === undefined).map(([name]) => name),
  };
}

function answer(response: ServerResponse, checked: Checked): void {
  const healthy = Object.keys(checked.failed).length === 0;
  response.writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ status: healthy ? 'ok' : 'failed', ...checked })}\n`);
}

/** Listens until closed. @throws the system's error when the address is taken */
export async function serveHealth(settings: {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
  readonly registry: Registry;
}): Promise<HealthServer> {
  const { registry } = settings;
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
    } else if (path === '/livez') {
      answer(response, runChecks(settings.live));
    } else if (path === '/readyz') {
      answer(response, runChecks(settings.ready));
    } else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
