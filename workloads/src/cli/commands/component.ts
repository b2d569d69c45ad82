/** `claire screener-ws|screener-rest|signal|risk|execution`: one component as a process of its own. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import {
  CONFIG_FILE,
  HOT_CONFIG_FILE,
  PORTS,
  type ProcessName,
  processPorts,
  SECRETS_FOLDER,
} from '../../contract/index.ts';
import type { StartCompanion } from '../../process/companion.ts';
import type { MakeComponent } from '../../process/component.ts';
import { COMPANIONS, COMPONENTS } from '../../process/components/registry.ts';
import { readSecretEnvironment } from '../../process/config.ts';
import { EXIT } from '../../process/exit-code.ts';
import { jitter } from '../../process/jitter.ts';
import { makeLifecycle } from '../../process/lifecycle.ts';
import { makeLogger } from '../../process/logger.ts';
import { runProcess } from '../../process/process-shell.ts';
import { makeSecrets } from '../../process/secrets.ts';
import { SystemClock } from '../../process/system-clock.ts';
import { TERMINATION_LOG, writeTerminationMessage } from '../../process/termination.ts';
import { reasonOf } from '../../process/waiting.ts';
import type { CommandContext } from '../context.ts';
import { VERSION } from '../version.ts';

interface ComponentOptions {
  readonly config: string;
  readonly hotConfig: string;
  readonly secrets: string;
  readonly bind: string;
  readonly terminationLog: string;
}

const WHAT: Readonly<Record<ProcessName, string>> = {
  'screener-ws': 'run the screener on the venue’s stream: market data → market_data',
  'screener-rest':
    'run the screener on the venue’s REST API: trading rules of the symbols → the ledger; alerts → a person',
  signal: 'run the signal engine: market_data → signals',
  risk: 'run the risk manager: signals → verdicts and orders',
  execution: 'run execution: orders → the venue → fills and positions',
};

/** A crash is told of in the log and to Kubernetes, then the process ends: what is in memory cannot be trusted. */
function endOnCrash(terminationLog: string): () => void {
  const crash = (error: unknown): void => {
    process.stderr.write(`claire: internal error: ${reasonOf(error)}\n`);
    void writeTerminationMessage(terminationLog, reasonOf(error)).finally(() => {
      process.exit(EXIT.INTERNAL);
    });
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return () => {
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
  };
}

async function runComponent<Name extends ProcessName>(
  component: {
    readonly name: Name;
    readonly make: MakeComponent<Name>;
    readonly companion?: StartCompanion<Name>;
  },
  options: ComponentOptions,
  context: CommandContext,
): Promise<void> {
  const clock = new SystemClock();
  const lifecycle = makeLifecycle(process, () => {
    process.stderr.write(
      'claire: stopped at once by a second signal; the next start recovers from the ledger\n',
    );
    process.exit(EXIT.TRY_AGAIN);
  });
  const release = endOnCrash(options.terminationLog);
  const at = (path: string): string => resolve(context.folder, path);
  try {
    await runProcess({
      ...component,
      files: { config: at(options.config), hot: at(options.hotConfig) },
      bind: options.bind,
      secrets: makeSecrets(at(options.secrets), readSecretEnvironment()),
      clock,
      random: jitter,
      makeLog: (level) => makeLogger({ level, destination: pino.destination(1) }),
      version: VERSION,
      signal: lifecycle.signal,
      onStopping: (grace, log) => {
        setTimeout(() => {
          log.error(
            { grace },
            'not finished within the grace period: the next start recovers from the ledger',
          );
          process.exit(EXIT.TRY_AGAIN);
        }, grace).unref();
      },
    });
  } catch (error) {
    await writeTerminationMessage(options.terminationLog, reasonOf(error));
    throw error;
  } finally {
    // The signals stay ours until the process is gone: a second one must not look like a kill.
    release();
  }
}

type Start = (options: ComponentOptions, context: CommandContext) => Promise<void>;

/** The code of a component is read when it is run. */
const START: Readonly<Record<ProcessName, Start>> = {
  'screener-ws': async (options, context) =>
    runComponent({ name: 'screener-ws', make: await COMPONENTS['screener-ws']() }, options, context),
  'screener-rest': async (options, context) => {
    const [make, companion] = await Promise.all([
      COMPONENTS['screener-rest'](),
      COMPANIONS['screener-rest'](),
    ]);
    await runComponent({ name: 'screener-rest', make, companion }, options, context);
  },
  signal: async (options, context) =>
    runComponent({ name: 'signal', make: await COMPONENTS.signal() }, options, context),
  risk: async (options, context) =>
    runComponent({ name: 'risk', make: await COMPONENTS.risk() }, options, context),
  execution: async (options, context) =>
    runComponent({ name: 'execution', make: await COMPONENTS.execution() }, options, context),
};

function portsHelp(name: ProcessName): string {
  const { health, control, metrics } = processPorts(name);
  const controlled =
    control === undefined ? '' : `\n  ${PORTS.control}  control API, with the token of control-token`;
  return `
Ports of a pod (the config file may say otherwise):
  ${health}  /livez, /readyz (503 with reasons), /status${controlled}
  ${metrics}  /metrics

It waits for PostgreSQL, Redis and the venue as long as it takes, and says on /readyz what it waits for.
The hot config file and the secrets are read again when they change. SIGTERM ends it in order, a second one at once.

Secrets (files of the folder, or these variables, or …_FILE with a path):
  redis-password      REDIS_PASSWORD
  postgres-password   POSTGRES_PASSWORD
  control-token       CONTROL_TOKEN        (risk, execution)
  exchange-api-key    MEXC_API_KEY         (execution, not on paper)
  exchange-api-secret MEXC_API_SECRET      (execution, not on paper)
  notify-url, notify-token, notify-chat-id (screener-rest: who is told of alerts; files only, docs/monitoring.md)

Exit codes: 0 stopped when told, 78 invalid settings, 69 a port is taken, 70 a defect, 75 cut short; see docs/processes.md.

Example:
  claire process-config -f bot.yaml --out run --redis redis://127.0.0.1:6379 --postgres postgres://127.0.0.1:5432/postgres
  claire ${name} --config run/${name}.json --hot-config run/${name}.hot.json --secrets run/secrets --bind 127.0.0.1`;
}

/** The command of one component. */
export const addComponent =
  (name: ProcessName) =>
  (program: Command, context: CommandContext): void => {
    program
      .command(name)
      .description(WHAT[name])
      .option('--config <file>', 'the settings it starts with', CONFIG_FILE)
      .option('--hot-config <file>', 'the settings it reads again while it runs', HOT_CONFIG_FILE)
      .option('--secrets <dir>', 'the folder of its secrets, one file each', SECRETS_FOLDER)
      .option('--bind <address>', 'the address its servers listen on', '0.0.0.0')
      .option('--termination-log <file>', 'where the reason of a failure is left', TERMINATION_LOG)
      .addHelpText('after', portsHelp(name))
      .action((options: ComponentOptions) => START[name](options, context));
  };
