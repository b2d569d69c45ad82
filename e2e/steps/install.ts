import { exchangeObjects } from '../bot.ts';
import { type Context, must, type Step } from '../step.ts';

const RESTRICTED = 'pod-security.kubernetes.io/enforce=restricted';
export const RELEASE = 'claire-e2e';
/** The one that takes over where the first was uninstalled. */
export const OTHER_RELEASE = 'claire-e2e-next';

/** What an earlier run left: bots first, so that their operator can let them go. */
async function clean({ cluster: { kubectl }, config, helm, say }: Context): Promise<void> {
  const found = await kubectl([
    'get',
    'namespace',
    config.namespace,
    config.system,
    '--ignore-not-found',
    '-o',
    'name',
  ]);
  if (found.trim() === '') return;
  say('  removing what an earlier run left');
  const bots = ['tradingbots', '--all', '-n', config.namespace];
  await kubectl.attempt([
    'annotate',
    ...bots,
    '--overwrite',
    `trading.claire.dev/force-delete=cluster-simulator`,
  ]);
  await kubectl.attempt(['delete', ...bots, '--timeout=60s']);
  for (const release of [RELEASE, OTHER_RELEASE]) {
    await helm.attempt(['uninstall', release, '-n', config.system, '--wait', '--timeout', '2m']);
  }
  await kubectl.attempt([
    ...['patch', 'tradingbot', 'cluster-simulator', '-n', config.namespace],
    ...['--type=merge', '-p', '{"metadata":{"finalizers":null}}'],
  ]);
  await kubectl([
    'delete',
    'namespace',
    config.namespace,
    config.system,
    '--ignore-not-found',
    '--timeout=180s',
  ]);
}

/** Installs or upgrades. */
export async function installOperator(
  { config, helm }: Context,
  { release = RELEASE, more = [] }: { readonly release?: string; readonly more?: readonly string[] } = {},
): Promise<void> {
  const chart = new URL('../../charts/claire', import.meta.url).pathname;
  await helm([
    ...['upgrade', '--install', release, chart, '--namespace', config.system],
    ...['--set', `watch.namespaces={${config.namespace}}`, '--wait', '--timeout', '5m', ...more],
  ]);
}

export const operatorIsUp = ({ cluster, config }: Context, release: string): Promise<string> =>
  cluster.kubectl([...['rollout', 'status', `deployment/${release}`, '-n', config.system], '--timeout=180s']);

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
    const { cluster, config, helm, until, say } = context;
    await clean(context);
    for (const name of [config.namespace, config.system]) {
      await cluster.kubectl(['create', 'namespace', name]);
      await cluster.kubectl(['label', 'namespace', name, RESTRICTED]);
    }
    await installOperator(context);
    const test = await helm.attempt(['test', RELEASE, '-n', config.system, '--timeout', '2m']);
    must(test.ok, `helm test failed:\n${test.out}${test.err}`);
    say('  the operator is installed, helm test passes');
    await cluster.apply(config.namespace, exchangeObjects());
    await until('the exchange is up', async () => {
      const answer = await context.exchange.admin('GET', 'feed');
      return JSON.stringify(answer).includes('speed') || 'no answer';
    });
    await noteImages(context);
  },
};
