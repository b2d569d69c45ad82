/** The real helm: of this machine, or fetched once by `scripts/helm.sh`. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = new URL('../../../scripts/helm.sh', import.meta.url).pathname;
export const CHART = new URL('../../../charts/claire', import.meta.url).pathname;

export interface HelmAnswer {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

export type Helm = (...args: readonly string[]) => Promise<HelmAnswer>;

/** A helm with settings of its own, against one cluster if any. */
export async function findHelm(kubeconfig?: string): Promise<Helm> {
  const { stdout } = await run(SCRIPT);
  const home = mkdtempSync(join(tmpdir(), 'claire-helm-'));
  const env = {
    ...process.env,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
    KUBECONFIG: kubeconfig ?? '/dev/null',
  };
  return async (...args) => {
    try {
      const { stdout: out, stderr: err } = await run(stdout.trim(), args, {
        env,
        maxBuffer: 16 * 1024 * 1024,
      });
      return { ok: true, out, err };
    } catch (error) {
      const { stdout: out = '', stderr: err = '' } = error as {
        readonly stdout?: string;
        readonly stderr?: string;
      };
      return { ok: false, out, err };
    }
  };
}
