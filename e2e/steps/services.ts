import { podName } from '../bot.ts';
import { isReady, type Pod, type Thing } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { makeProgram } from '../program.ts';
import { type Context, must, type Step } from '../step.ts';
import { untouched } from '../untouched.ts';
import { noteRecovery } from './kills.ts';
import { tradesOn } from './operator.ts';

/** Restarted by the command of the settings: they are no objects of the cluster. */
const OF_THE_NODE = ['kubelet', 'containerd'] as const;
/** The cluster DNS carries this label in every distribution. */
const DNS = 'k8s-app=kube-dns';

async function nodesAreReady({ cluster, until }: Context): Promise<void> {
  interface Node extends Thing {
    readonly status: Pod['status'];
  }
  await until('every node is ready', async () => {
    const nodes = await cluster.list<Node>('', 'nodes');
    const not = nodes.filter(
      ({ status }) => status.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True',
    );
    return not.length === 0 || not.map(({ metadata }) => metadata.name).join(', ');
  });
}

/** What the restarted service serves works: the kubelet through containerd is asked to run a command in a pod. */
const kubeletAnswers = async ({ bot, cluster, until }: Context): Promise<number> =>
  until('a command runs in a pod', async () => {
    const answer = await cluster.exec(bot.namespace, podName('risk', bot.name), ['echo', 'here']);
    return answer.trim() === 'here' || answer;
  });

/** A command ended well; what it restarted, and what came of it, is for the step to see. */
async function restartService(context: Context, name: string, command: readonly string[]): Promise<void> {
  const [program = '', ...words] = command;
  await makeProgram(program)([...words, name]);
  context.say(`  ${name} was restarted`);
  await kubeletAnswers(context);
}

/** Every pod of the cluster DNS at once, so that for a while no name is known. */
async function restartDns({ cluster, until }: Context): Promise<void> {
  const before = await cluster.list<Pod>('kube-system', 'pods', DNS);
  must(before.length > 0, `no pod of kube-system carries ${DNS}`);
  await cluster.kubectl([
    ...['delete', 'pods', '-n', 'kube-system', '-l', DNS],
    ...['--grace-period=0', '--force'],
  ]);
  const old = new Set(before.map(({ metadata }) => metadata.uid));
  await until('the cluster DNS is back', async () => {
    const pods = await cluster.list<Pod>('kube-system', 'pods', DNS);
    const ready = pods.filter((pod) => isReady(pod) && !old.has(pod.metadata.uid));
    return ready.length >= before.length || `${ready.length} of ${before.length} ready`;
  });
}

/** Restarts something under the bot: no pod of it is touched, it trades on, and its books are right. */
async function under(context: Context, name: string, restart: () => Promise<void>): Promise<void> {
  const { bot, books, exchange, until } = context;
  await untouched(bot, `${name} restarted`, async () => {
    const start = performance.now();
    await restart();
    await nodesAreReady(context);
    await bot.becomesReady(until);
    await until('trading is enabled', bot.has('TradingEnabled', 'True'), 180);
    noteRecovery(context, `${name} restarted`, (performance.now() - start) / 1_000);
    await tradesOn(context, 'the bot trades on');
  });
  await until('ledger and exchange agree', agreement(exchange, books), 120);
}

export const services: Step = {
  name: 'services',
  title:
    'services of the node restarted under the bot (kubelet, containerd, cluster DNS): no pod of it is touched, it trades on',
  level: 'full',
  async run(context) {
    const { config, measured, say } = context;
    await under(context, 'cluster DNS', () => restartDns(context));
    const { restart } = config;
    measured.facts.notRun = [];
    if (restart === undefined) {
      const what = `restarts of ${OF_THE_NODE.join(' and ')}, since E2E_RESTART is unset`;
      measured.facts.notRun = [what];
      say(`  NOT RUN: ${what}`);
      return;
    }
    for (const name of OF_THE_NODE) await under(context, name, () => restartService(context, name, restart));
  },
};
