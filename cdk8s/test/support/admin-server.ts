/** A real API server, and the requests of an administrator to it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, startApiServer } from './api-server.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What the server warns of, such as a Pod Security violation or a deprecated field. */
  readonly warnings: readonly string[];
}

export interface AdminServer {
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

const kubeconfigText = ({ url, ca, adminToken }: ApiServer): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: url,
          'certificate-authority-data': ca.toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: adminToken } }],
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
function makeRequest({ url, ca, adminToken }: ApiServer): AdminServer['request'] {
  const agent = new Agent({ ca, keepAlive: true });
  return (method, path, body, as) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
      const headers = {
        authorization: `Bearer ${adminToken}`,
        'content-type': type,
        ...(as === undefined ? {} : { 'impersonate-user': as }),
      };
      const sent = httpsRequest(`${url}${path}`, { agent, method, headers }, (response) => {
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

/** The caller stops it. */
export async function startAdminServer(): Promise<AdminServer> {
  const server = await startApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'claire-admin-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(server));
  return {
    kubeconfig,
    request: makeRequest(server),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
