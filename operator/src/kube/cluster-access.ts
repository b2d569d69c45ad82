/** The way to the API server and what lets the operator in. */
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';

/** As much of a `KubeConfig` as the transport needs. */
export interface ClusterAccess {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  /** Adds certificates and headers; called again and again, since both change. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** Files that Kubernetes keeps up to date in every pod. */
export interface ServiceAccountFiles {
  readonly ca: string;
  readonly token: string;
}

export const SERVICE_ACCOUNT: ServiceAccountFiles = {
  ca: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
  token: '/var/run/secrets/kubernetes.io/serviceaccount/token',
};

/**
 * Of a pod. By hand: `@kubernetes/client-node` reads its thousand generated models for it, a second of processor time and
 * a quarter of the memory of a process that starts.
 */
export function serviceAccountAccess(server: string, files: ServiceAccountFiles): ClusterAccess {
  return {
    getCurrentCluster: () => ({ server }),
    applyToHTTPSOptions: async (options) => {
      const [ca, token] = await Promise.all([readFile(files.ca), readFile(files.token, 'utf8')]);
      options.ca = ca;
      options.headers = {
        ...(options.headers as OutgoingHttpHeaders),
        authorization: `Bearer ${token.trim()}`,
      };
    },
  };
}
