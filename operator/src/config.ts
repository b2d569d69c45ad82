/** The settings of the operator: flags, each with a name in the environment. Read once, here only. */
import { Command, InvalidArgumentError, Option } from 'commander';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface OperatorConfig {
  /** Undefined: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  /** Where the election Lease and the claims of accounts are. */
  readonly operatorNamespace: string;
  readonly leaderElect: boolean;
  readonly leaseName: string;
  readonly workers: number;
  /** ms */
  readonly resync: number;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly allowLiveOverrides: boolean;
  /** `service`: by cluster DNS; `proxy`: through the API server; `none`: exposure is unknown. */
  readonly reach: 'service' | 'proxy' | 'none' | 'auto';
  readonly images: {
    readonly workloads: string | undefined;
    readonly redis: string | undefined;
    readonly postgres: string | undefined;
    readonly prometheus: string | undefined;
    readonly grafana: string | undefined;
  };
  readonly logLevel: LogLevel;
  /** Of this process, unique among operators. */
  readonly identity: string;
  /** Whether this is a pod of the cluster. */
  readonly inCluster: boolean;
  /** Of a pod that no kubeconfig was given to: where its API server is. */
  readonly apiServer: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The API server as a pod is told of it; undefined elsewhere, and where a kubeconfig is given. */
export function apiServerOf(env: Environment): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '', KUBECONFIG = '' } = env;
  if (host === '' || KUBECONFIG !== '') return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port === '' ? '443' : port}`;
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`was "${text}"; must be a whole number from ${least} to ${most}`);
  };
}

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
function namespaces(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !NAMESPACE.test(name));
  if (wrong === undefined) return names;
  throw new InvalidArgumentError(`was "${wrong}"; must be names of namespaces, separated by commas`);
}

const IMAGES = ['workloads', 'redis', 'postgres', 'prometheus', 'grafana'] as const;

/** The command with all flags, for help and for parsing. */
function makeCommand(): Command {
  const command = new Command('claire-operator')
    .description(
      'Reconciles TradingBot resources: every bot of the watched namespaces becomes a supervised pipeline.',
    )
    .addOption(
      new Option('--namespaces <names>', 'namespaces to watch, separated by commas')
        .env('CLAIRE_NAMESPACES')
        .argParser(namespaces),
    )
    .addOption(
      new Option('--all-namespaces', 'watch every namespace; needs the cluster-wide roles').env(
        'CLAIRE_ALL_NAMESPACES',
      ),
    )
    .addOption(
      new Option(
        '--operator-namespace <name>',
        'where the election Lease and the claims of exchange accounts are',
      )
        .env('CLAIRE_OPERATOR_NAMESPACE')
        .default('default'),
    )
    .addOption(
      new Option('--no-leader-elect', 'act without being elected: for a single operator on a desk').env(
        'CLAIRE_NO_LEADER_ELECT',
      ),
    )
    .addOption(
      new Option('--lease-name <name>', 'the election Lease')
        .env('CLAIRE_LEASE_NAME')
        .default('claire-operator'),
    )
    .addOption(
      new Option('--workers <count>', 'bots reconciled at the same time')
        .env('CLAIRE_WORKERS')
        .default(10)
        .argParser(integer(1, 100)),
    )
    .addOption(
      new Option('--resync <seconds>', 'longest time between two looks at a bot')
        .env('CLAIRE_RESYNC')
        .default(600)
        .argParser(integer(10, 86_400)),
    )
    .addOption(
      new Option('--health-host <address>', 'address of /livez, /readyz and /metrics')
        .env('CLAIRE_HEALTH_HOST')
        .default('127.0.0.1', '127.0.0.1; in a pod use 0.0.0.0'),
    )
    .addOption(
      new Option('--health-port <port>', 'port of /livez, /readyz and /metrics')
        .env('CLAIRE_HEALTH_PORT')
        .default(9464)
        .argParser(integer(0, 65_535)),
    )
    .addOption(
      new Option(
        '--reach <way>',
        'how bots are asked: by cluster DNS, through the API server, or not at all (then their exposure is unknown)',
      )
        .env('CLAIRE_REACH')
        .choices(['auto', 'service', 'proxy', 'none'])
        .default('auto', 'service in a cluster, else proxy'),
    )
    .addOption(
      new Option('--allow-live-overrides', 'accept other endpoints and images in live mode').env(
        'CLAIRE_ALLOW_LIVE_OVERRIDES',
      ),
    )
    .addOption(
      new Option('--log-level <level>', 'least level of log lines')
        .env('CLAIRE_LOG_LEVEL')
        .choices(LOG_LEVELS)
        .default('info'),
    );
  for (const name of IMAGES) {
    command.addOption(
      new Option(`--image-${name} <ref>`, `image of ${name} where a bot names none`).env(
        `CLAIRE_IMAGE_${name.toUpperCase()}`,
      ),
    );
  }
  return command
    .addHelpText(
      'after',
      `
The cluster is the one of $KUBECONFIG or ~/.kube/config, or the one this pod runs in.
Exit status: 0 after SIGTERM or SIGINT, 64 for wrong flags, 69 when the cluster cannot be used, 75 when the lease was lost.
Examples:
  claire-operator --namespaces trading --no-leader-elect
  claire-operator --all-namespaces --operator-namespace claire-system`,
    )
    .showHelpAfterError('(claire-operator --help shows every flag)');
}

interface Flags {
  readonly namespaces?: readonly string[];
  readonly allNamespaces?: boolean;
  readonly operatorNamespace: string;
  readonly leaderElect: boolean;
  readonly leaseName: string;
  readonly workers: number;
  readonly resync: number;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly reach: OperatorConfig['reach'];
  readonly allowLiveOverrides?: boolean;
  readonly logLevel: LogLevel;
  readonly [image: `image${string}`]: string | undefined;
}

/** What ends a run before it begins. `code` is the exit status. */
export class ConfigError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.name = 'ConfigError';
    this.code = code;
  }
}

const USAGE = 64;

/**
 * Reads flags and environment. @throws ConfigError: with code 0 after help was printed, 64 for what cannot be understood
 */
export function readConfig(
  argv: readonly string[],
  system: { readonly write: (text: string) => void; readonly hostname: string; readonly pid: number },
): OperatorConfig {
  const env: Environment = process.env;
  const command = makeCommand()
    .exitOverride()
    .configureOutput({ writeOut: system.write, writeErr: system.write });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    const code = error instanceof Error && 'exitCode' in error && error.exitCode === 0 ? 0 : USAGE;
    throw new ConfigError(error instanceof Error ? error.message : String(error), code);
  }
  return toConfig(command.opts<Flags>(), env, system);
}

function toConfig(
  flags: Flags,
  env: Environment,
  system: { readonly hostname: string; readonly pid: number },
): OperatorConfig {
  if (flags.allNamespaces === true && flags.namespaces !== undefined) {
    throw new ConfigError('--namespaces and --all-namespaces exclude each other; name one of them', USAGE);
  }
  if (flags.allNamespaces !== true && flags.namespaces === undefined) {
    throw new ConfigError('nothing to watch: name --namespaces, or --all-namespaces', USAGE);
  }
  return {
    namespaces: flags.allNamespaces === true ? undefined : flags.namespaces,
    operatorNamespace: flags.operatorNamespace,
    leaderElect: flags.leaderElect,
    leaseName: flags.leaseName,
    workers: flags.workers,
    resync: flags.resync * 1000,
    healthHost: flags.healthHost,
    healthPort: flags.healthPort,
    allowLiveOverrides: flags.allowLiveOverrides ?? false,
    reach: flags.reach,
    images: {
      workloads: flags.imageWorkloads,
      redis: flags.imageRedis,
      postgres: flags.imagePostgres,
      prometheus: flags.imagePrometheus,
      grafana: flags.imageGrafana,
    },
    logLevel: flags.logLevel,
    identity: `${system.hostname}_${system.pid}`,
    inCluster: (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '',
    apiServer: apiServerOf(env),
  };
}
