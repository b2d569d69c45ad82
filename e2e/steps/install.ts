import { exchangeObjects } from '../bot.ts';
import { type Context, must, type Step } from '../step.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
export const RELEASE = 'claire-e2e';
/** The one that takes over where the first was uninstalled. */
export const OTHER_RELEASE = 'claire-e2e-next';

/** Deletes the bots of a namespace although it is not known what they have open. */
async function removeBots({ cluster: { kubectl } }: Context, namespace: string): Promise<void> {
  const found = await kubectl.attempt(['get', 'tradingbots', '-n', namespace, '-o', 'name']);
  const bots = found.out.split('\n').filter((line) => line !== '');
  for (const bot of bots) {
    const force = `trading.claire.dev/force-delete=${bot.split('/')[1] ?? ''}`;
    await kubectl.attempt(['annotate', bot, '-n', namespace, '--overwrite', force]);
  }
  if (bots.length > 0) await kubectl.attempt(['delete', ...bots, '-n', namespace, '--timeout=60s']);
}

/** What no operator let go. */
async function dropFinalizers({ cluster: { kubectl } }: Context, namespace: string): Promise<void> {
  const found = await kubectl.attempt(['get', 'tradingbots', '-n', namespace, '-o', 'name']);
  for (const bot of found.out.split('\n').filter((line) => line !== '')) {
    await kubectl.attempt([
      ...['patch', bot, '-n', namespace, '--type=merge'],
      ...['-p', '{"metadata":{"finalizers":null}}'],
    ]);
  }
}

/** What an earlier run left: bots first, so that their operator can let them go. */
async function clean(context: Context): Promise<void> {
  const { cluster, config, helm, say } = context;
  const bots = [config.namespace, config.elsewhere];
  const names = ['namespace', ...bots, config.system, '--ignore-not-found'];
  if ((await cluster.kubectl(['get', ...names, '-o', 'name'])).trim() === '') return;
  say('  removing what an earlier run left');
  for (const namespace of bots) await removeBots(context, namespace);
  for (const release of [RELEASE, OTHER_RELEASE]) {
    await helm.attempt(['uninstall', release, '-n', config.system, '--wait', '--timeout', '2m']);
  }
  for (const namespace of bots) await dropFinalizers(context, namespace);
  await cluster.kubectl(['delete', ...names, '--timeout=180s']);
}

/** A namespace under the restricted Pod Security. */
export const makeNamespace = ({ cluster }: Context, name: string): Promise<void> =>
  cluster.apply(name, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: RESTRICTED } }]);

/** Installs or upgrades; `namespaces` are those it watches. */
export async function installOperator(
  { config, helm }: Context,
  {
    release = RELEASE,
    namespaces = [config.namespace],
    more = [],
  }: {
    readonly release?: string;
    readonly namespaces?: readonly string[];
    readonly more?: readonly string[];
  } = {},
): Promise<void> {
  const chart = new URL('../../charts/claire', import.meta.url).pathname;
  await helm([
    ...['upgrade', '--install', release, chart, '--namespace', config.system],
    ...['--set', `watch.namespaces={${namespaces.join(',')}}`, '--wait', '--timeout', '5m', ...more],
  ]);
}

export const operatorIsUp = ({ cluster, config }: Context, release: string): Promise<string> =>
  cluster.kubectl([...['rollout', 'status', `deployment/${release}`, '-n', config.system], '--timeout=180s']);

export const exchangeIsUp = ({ exchange, until }: Context): Promise<number> =>
  until('the exchange is up', async () => {
    const answer = await exchange.admin('GET', 'feed');
    return JSON.stringify(answer).includes('speed') || 'no answer';
  });

/** The kubelet reports the images of its node; those with our names are the ones that run. */
async function noteImages({ cluster: { kubectl }, measured }: Context): Promise<void> {
  interface Node {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly nodeInfo: { readonly kubeletVersion: string };
      /** An image that lost its name to a newer one has none: null. */
      readonly images?: readonly { readonly names?: readonly string[] | null; readonly sizeBytes?: number }[];
    };
  }
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o', 'json'])) as {
    readonly items: readonly Node[];
  };
  const images = (items[0]?.status.images ?? []).flatMap(({ names, sizeBytes = 0 }) => {
    const name = names?.find((one) => /(claire\/(workloads|operator)|postgres|redis|prometheus):/.test(one));
    return name === undefined
      ? []
      : [{ name: name.replace(/^docker\.io\/(library\/)?/, ''), mib: sizeBytes / 2 ** 20 }];
  });
  Object.assign(measured.facts, { images, version: items[0]?.status.nodeInfo.kubeletVersion });
}

export const install: Step = {
  name: 'install',
  title: 'helm install: the operator runs under the restricted Pod Security, helm test passes',
  level: 'short',
  async run(context) {
    const { cluster, config, helm, say } = context;
    await clean(context);
    for (const name of [config.namespace, config.system]) await makeNamespace(context, name);
    await installOperator(context);
    const test = await helm.attempt(['test', RELEASE, '-n', config.system, '--timeout', '2m']);
    must(test.ok, `helm test failed:\n${test.out}${test.err}`);
    say('  the operator is installed, helm test passes');
    await cluster.apply(config.namespace, exchangeObjects());
    await exchangeIsUp(context);
    await noteImages(context);
  },
};
