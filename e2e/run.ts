/** The end-to-end test of a whole bot on a cluster: steps in order, aloud. See docs/testing.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { makeBot } from './bot.ts';
import { makeCluster } from './cluster.ts';
import { type Config, HELP, readConfig } from './config.ts';
import { makeControl } from './control.ts';
import { diagnose } from './diagnose.ts';
import { makeExchange } from './exchange.ts';
import { makeBooks } from './ledger.ts';
import { type Measured, openMeasured } from './measured.ts';
import { makeProgram } from './program.ts';
import { renderReport } from './report.ts';
import type { Context, Step } from './step.ts';
import { deletion } from './steps/delete.ts';
import { files } from './steps/files.ts';
import { install } from './steps/install.ts';
import { databases, kills } from './steps/kills.ts';
import { load } from './steps/load.ts';
import { neighbours } from './steps/neighbours.ts';
import { network } from './steps/network.ts';
import { operator } from './steps/operator.ts';
import { release } from './steps/release.ts';
import { retained } from './steps/retained.ts';
import { services } from './steps/services.ts';
import { stalled } from './steps/stalled.ts';
import { start } from './steps/start.ts';
import { states } from './steps/states.ts';
import { trades } from './steps/trades.ts';
import { upgrade } from './steps/upgrade.ts';
import { usage } from './steps/usage.ts';
import { makeUntil } from './wait.ts';

const STEPS: readonly Step[] = [
  install,
  start,
  files,
  network,
  trades,
  usage,
  stalled,
  states,
  kills,
  databases,
  operator,
  release,
  upgrade,
  services,
  load,
  neighbours,
  retained,
  deletion,
];
const LEVELS: readonly Config['level'][] = ['short', 'usual', 'full'];
const STATE_FILE = 'build/e2e/measured.json';
const REPORT_FILE = 'build/reports/cluster.md';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** @throws Error naming the step that does not exist */
function select({ only, from, level }: Config): readonly Step[] {
  const wrong = [...(only ?? []), ...(from === undefined ? [] : [from])].find(
    (name) => !STEPS.some((step) => step.name === name),
  );
  if (wrong !== undefined) {
    throw new Error(`step: was ${wrong}; allowed are ${STEPS.map(({ name }) => name).join(', ')}`);
  }
  const first = from === undefined ? 0 : STEPS.findIndex(({ name }) => name === from);
  return STEPS.slice(first).filter(
    (step) => only?.includes(step.name) ?? LEVELS.indexOf(step.level) <= LEVELS.indexOf(level),
  );
}

function makeContext(config: Config, measured: Measured): Context {
  const cluster = makeCluster(makeProgram(config.kubectl));
  return {
    config,
    cluster,
    helm: makeProgram(config.helm),
    bot: makeBot(cluster, config.namespace),
    exchange: makeExchange(cluster, config.namespace),
    books: makeBooks(cluster, config.namespace),
    control: makeControl(cluster, config.namespace, config.system),
    until: makeUntil(say, config.patience),
    say,
    measured,
  };
}

function writeReport({ measured }: Context): void {
  mkdirSync('build/reports', { recursive: true });
  writeFileSync(REPORT_FILE, renderReport(measured.facts));
}

async function runStep(step: Step, context: Context): Promise<void> {
  const start = performance.now();
  say(`\n==> ${step.name}: ${step.title}`);
  await step.run(context);
  const seconds = (performance.now() - start) / 1_000;
  const { facts } = context.measured;
  facts.steps = [
    ...(facts.steps ?? []).filter(({ title }) => title !== step.title),
    { title: step.title, at: new Date().toISOString(), seconds },
  ];
  context.measured.save();
  writeReport(context);
  say(`    passed in ${seconds.toFixed(0)} s`);
}

async function main(): Promise<number> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === 'help') {
    say(HELP);
    return 0;
  }
  const steps = select(config);
  if (config.list) {
    for (const { name, title, level } of STEPS) say(`${name.padEnd(10)} ${level.padEnd(6)} ${title}`);
    return 0;
  }
  const context = makeContext(config, openMeasured(STATE_FILE, steps[0] === install));
  const start = performance.now();
  for (const step of steps) {
    try {
      await runStep(step, context);
    } catch (error) {
      say(`\nFAILED at ${step.name}: ${error instanceof Error ? error.message : String(error)}`);
      await diagnose(context.cluster.kubectl, config, say);
      say(`\nFAILED at step ${step.name}. To go on from it: make e2e E2E_ARGS='--from ${step.name}'`);
      return 1;
    }
  }
  say(
    `\n${steps.length} steps passed in ${((performance.now() - start) / 60_000).toFixed(1)} min; ${REPORT_FILE} written`,
  );
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 64;
}
