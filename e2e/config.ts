/** What an end-to-end run is told: its arguments and its environment. */
import { parseArgs } from 'node:util';

export interface Config {
  readonly kubectl: string;
  readonly helm: string;
  /** Where the bot runs, and where the operator does. */
  readonly namespace: string;
  readonly system: string;
  /** Where a neighbour of it runs, in the long scenarios. */
  readonly elsewhere: string;
  /** Names of steps to run; undefined: all of the selection. */
  readonly only: readonly string[] | undefined;
  readonly from: string | undefined;
  /** Which selection: `short` leaves the slow steps out, `full` has the long scenarios too. */
  readonly level: 'short' | 'usual' | 'full';
  readonly list: boolean;
  /** Restarts a service of the node: its name (kubelet, containerd) is added as the last argument. */
  readonly restart: readonly string[] | undefined;
  /** Multiplies every time limit, for machines that are slower. */
  readonly patience: number;
}

export const HELP = `Proves a whole bot on the cluster of $KUBECONFIG, as a user would see it.

Usage: node e2e/run.ts [options]        (make e2e builds and loads the images first)

  --list          name the steps and stop
  --only A,B      run these steps alone, on what an earlier run left
  --from A        run from this step on, on what an earlier run left
  --short         leave out what takes longest
  --full          the long scenarios too
  --help          this text

Environment:
  KUBECONFIG       the cluster. Namespaces claire-e2e, claire-e2e-two and claire-e2e-system are made in it
                   and removed first
  KUBECTL, HELM    the programs (default: kubectl of the path, helm of scripts/helm.sh)
  E2E_RESTART      a command that restarts a service of the node, given its name: kubelet or containerd. Without it
                   that part of the step 'services' is not run
  E2E_PATIENCE     multiplies every time limit (default 1)
`;

function readPatience(text: string): number {
  const patience = Number(text);
  if (patience > 0) return patience;
  throw new Error(`E2E_PATIENCE: was ${text}; must be a number above 0`);
}

const levelOf = (values: { readonly full?: boolean; readonly short?: boolean }): Config['level'] => {
  if (values.full === true) return 'full';
  return values.short === true ? 'short' : 'usual';
};

/** @throws Error naming the argument or variable that is wrong */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      list: { type: 'boolean' },
      only: { type: 'string' },
      from: { type: 'string' },
      short: { type: 'boolean' },
      full: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  return {
    kubectl: env['KUBECTL'] ?? 'kubectl',
    helm: env['HELM'] ?? 'helm',
    namespace: 'claire-e2e',
    system: 'claire-e2e-system',
    elsewhere: 'claire-e2e-two',
    only: values.only?.split(','),
    from: values.from,
    level: levelOf(values),
    list: values.list ?? false,
    restart: env['E2E_RESTART']?.split(' ').filter((word) => word !== ''),
    patience: readPatience(env['E2E_PATIENCE'] ?? '1'),
  };
}
