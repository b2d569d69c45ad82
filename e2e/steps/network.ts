import { type ComponentName, type Connection, mayConnect } from '@claire/workloads/contract';
import { type PartName, PARTS, podName } from '../bot.ts';
import { type Cluster, isReady, type Pod } from '../cluster.ts';
import { type Context, must, type Step } from '../step.ts';

type Place = ComponentName | 'operator' | 'venue';
interface Target {
  readonly to: Place;
  readonly port: Connection['port'];
  readonly address: string;
}
interface Source {
  readonly from: Place;
  readonly namespace: string;
  readonly pod: string;
}

const COMPONENT: Readonly<Record<PartName, ComponentName>> = {
  postgres: 'postgres',
  redis: 'redis',
  ws: 'screener-ws',
  rest: 'screener-rest',
  signal: 'signal',
  risk: 'risk',
  execution: 'execution',
  prometheus: 'prometheus',
};
/** Where something listens: only there an attempt tells an allowed connection from a denied one. */
const LISTENING: Readonly<Record<PartName, Partial<Record<Connection['port'], number>>>> = {
  postgres: { postgres: 5432 },
  redis: { redis: 6379 },
  ws: { http: 8000, metrics: 9464 },
  rest: { http: 8080, metrics: 9464 },
  signal: { http: 8001, metrics: 9464 },
  risk: { http: 8002, metrics: 9464, control: 9463 },
  execution: { http: 8003, metrics: 9464, control: 9463 },
  prometheus: { prometheus: 9090 },
};

/** Tries all addresses at once and prints those that answered. Bash alone: every image has it but the operator’s needs. */
const TRY = `for address in "$@"; do
  ( timeout 3 bash -c "exec 3<>/dev/tcp/\${address%:*}/\${address##*:}" 2>/dev/null && echo "$address" ) &
done; wait`;

async function targetsOf({ bot, exchange, cluster, config }: Context): Promise<readonly Target[]> {
  const pods = await bot.pods();
  const venue = await cluster.get<Pod>(config.namespace, 'pod', await exchange.podName());
  const own = PARTS.flatMap((part) =>
    Object.entries(LISTENING[part]).map(([port, number]) => ({
      to: COMPONENT[part],
      port: port as Connection['port'],
      address: `${pods.get(podName(part))?.status.podIP ?? ''}:${number}`,
    })),
  );
  return [...own, { to: 'venue', port: 'venue', address: `${venue?.status.podIP ?? ''}:8790` }];
}

async function sourcesOf({ cluster, config, exchange }: Context): Promise<readonly Source[]> {
  const { namespace, system } = config;
  const operators = await cluster.list<Pod>(system, 'pods', 'app.kubernetes.io/name=claire');
  const operator = operators.find(isReady)?.metadata.name ?? '';
  return [
    ...PARTS.map((part) => ({ from: COMPONENT[part], namespace, pod: podName(part) })),
    { from: 'operator', namespace: system, pod: operator },
    // A stranger in the bot's own namespace: nothing of the bot may answer it.
    { from: 'venue', namespace, pod: await exchange.podName() },
  ];
}

/** The addresses that answered a pod. */
export async function answering(
  cluster: Cluster,
  { namespace, pod }: Pick<Source, 'namespace' | 'pod'>,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const text = await cluster.exec(namespace, pod, ['bash', '-c', TRY, 'try', ...addresses]);
  return new Set(text.split('\n'));
}

const reached = (
  { cluster }: Context,
  source: Source,
  targets: readonly Target[],
): Promise<ReadonlySet<string>> =>
  answering(
    cluster,
    source,
    targets.map(({ address }) => address),
  );

export const network: Step = {
  name: 'network',
  title: 'the network policies, connection by connection, against the table of who may talk to whom',
  level: 'short',
  async run(context) {
    const { measured, say } = context;
    const targets = await targetsOf(context);
    const sources = await sourcesOf(context);
    const stranger = sources.at(-1) as Source;
    if ((await reached(context, stranger, targets)).has(targets[0]?.address ?? '')) {
      measured.facts.policies = 'This cluster does not enforce NetworkPolicies: they were not tested here.';
      say(`  ${measured.facts.policies}`);
      return;
    }
    const wrong: string[] = [];
    let [allowed, denied] = [0, 0];
    for (const source of sources) {
      const answered = await reached(context, source, targets);
      for (const { to, port, address } of targets) {
        if (source.from === to) continue;
        const [is, may] = [answered.has(address), mayConnect(source.from, to, port)];
        if (is) allowed += 1;
        else denied += 1;
        if (is !== may) wrong.push(`${source.from} → ${to}:${port} was ${is ? 'reached' : 'refused'}`);
      }
    }
    must(wrong.length === 0, `connections against the table: ${wrong.join('; ')}`);
    measured.facts.policies = `${allowed + denied} connections tried between pods: ${allowed} allowed, ${denied} refused, all as the table says.`;
    say(`  ${measured.facts.policies}`);
  },
};
