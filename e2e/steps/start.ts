import { eagerBot, type PartName, PARTS, podName } from '../bot.ts';
import { isReady, type Pod, type Thing } from '../cluster.ts';
import { type Context, must, type Step } from '../step.ts';

/** In the order of the first start; monitoring depends on nothing. */
const STAGES: readonly (readonly [stage: string, parts: readonly PartName[]])[] = [
  ['storage', ['postgres', 'redis']],
  ['screeners', ['ws', 'rest']],
  ['signal', ['signal']],
  ['risk', ['risk']],
  ['execution', ['execution']],
];

const readySince = (pod: Pod): number =>
  Date.parse(pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
const madeAt = (thing: Thing): number => Date.parse(thing.metadata.creationTimestamp);

/**
 * Each stage's StatefulSets are made after every pod of the one before was ready (timestamps have whole seconds). Of risk,
 * being made is enough: it is ready once execution has opened the account.
 */
async function checkOrder({ cluster, bot, say }: Context): Promise<void> {
  const sets = await cluster.list(bot.namespace, 'statefulsets', `trading.claire.dev/bot=${bot.name}`);
  const pods = await bot.pods();
  let [before, readyBefore] = ['', 0];
  for (const [stage, parts] of STAGES) {
    const made = Math.min(
      ...parts.map((part) => {
        const set = sets.find(({ metadata }) => metadata.name === `${bot.name}-${part}`);
        must(set !== undefined, `there is no StatefulSet ${bot.name}-${part}`);
        return madeAt(set);
      }),
    );
    must(
      made >= readyBefore,
      `stage ${stage} was begun at ${new Date(made).toISOString()}, before ${before} was ready at ${new Date(readyBefore).toISOString()}`,
    );
    before = stage;
    const ready = Math.max(...parts.map((part) => readySince(pods.get(podName(part)) as Pod)));
    readyBefore = stage === 'risk' ? made : ready;
    say(
      `  ${stage.padEnd(10)} begun ${new Date(made).toISOString()}, ready ${new Date(ready).toISOString()}`,
    );
  }
}

const stageOf = (part: string): string =>
  STAGES.find(([, parts]) => parts.some((one) => one === part))?.[0] ?? 'monitoring';

export const start: Step = {
  name: 'start',
  title: 'apply → Ready, in order of dependency; every part runs, every claim is bound',
  level: 'short',
  async run(context) {
    const { cluster, config, bot, until, measured, say } = context;
    const from = performance.now();
    await cluster.apply(config.namespace, [eagerBot()]);
    await bot.becomesReady(until, 600);
    const seconds = (performance.now() - from) / 1_000;
    say(`  apply → Ready: ${seconds.toFixed(1)} s`);
    const pods = await bot.pods();
    const parts = PARTS.map((part) => {
      const pod = pods.get(podName(part));
      must(pod !== undefined && isReady(pod), `${podName(part)} is not ready although the bot is`);
      return { component: part, stage: stageOf(part), seconds: (readySince(pod) - madeAt(pod)) / 1_000 };
    });
    Object.assign(measured.facts, { applyToReady: seconds, starts: parts });
    await checkOrder(context);
    const claims = await cluster.list(config.namespace, 'persistentvolumeclaims');
    must(claims.length === 3, `claims: were ${claims.length}, must be 3`);
    for (const { metadata, status } of claims) {
      must(status?.['phase'] === 'Bound', `claim ${metadata.name} is ${String(status?.['phase'])}`);
    }
  },
};
