/** The bot under test: the example for clusters, made to trade often, and what its resource says. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Cluster, Condition, Pod, Thing } from './cluster.ts';
import type { Until } from './wait.ts';

export const BOT = 'cluster-simulator';
export const ADMIN_TOKEN = 'end-to-end-test';
export const TRUTH_FILE = '/tmp/truth.jsonl';
/** The parts of a bot that run in pods of their own, by the suffix of their StatefulSet. */
export const PARTS = [
  'postgres',
  'redis',
  'ws',
  'rest',
  'signal',
  'risk',
  'execution',
  'prometheus',
] as const;
export type PartName = (typeof PARTS)[number];
export const podName = (part: PartName, bot = BOT): string => `${bot}-${part}-0`;

type Fields = Record<string, unknown>;
const example = (file: string): readonly Fields[] =>
  parseAllDocuments(readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as Fields,
  );

/** So many symbols of the simulated exchange. */
export const symbolsOf = (count: number): readonly string[] => [
  ...['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'],
  ...Array.from({ length: count - 4 }, (_, at) => `S${String(at + 1).padStart(4, '0')}USDT`),
];
export const SYMBOLS = symbolsOf(8);

/** Enters on the smallest rise and leaves soon, so that minutes are enough to see trades. */
const EAGER = {
  universe: { quote: 'USDT', symbols: SYMBOLS },
  strategy: {
    momentum: {
      threshold: '0.01%',
      lookback: '1m',
      interval: '1m',
      minQuoteVolume: '0',
      cooldown: '0s',
      takeProfit: '0.2%',
      maxHolding: '2m',
    },
  },
  risk: {
    profile: 'balanced',
    capital: '10000',
    maxPosition: '3%',
    // So that the market need not stand still for long before the bot is cut off.
    maxDataAge: '10s',
    maxTradesPerHour: 100,
    maxEntriesPerDay: 2_400,
    maxConsecutiveLosses: 50,
    lossCooldown: '1m',
    maxOrderToTradeRatio: 1_000,
  },
};

/** The names in the examples are those of the first bot and its exchange; another one's replace them. */
const renamed = (value: unknown, names: Readonly<Record<string, string>>): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    if (typeof part !== 'string') return part;
    return names[part] ?? part.replace('//exchange:', `//${names['exchange'] ?? 'exchange'}:`);
  });

/** What several bots ask for on one small node; limits stay as they are. */
const SMALL = {
  resources: Object.fromEntries(
    ['screener', 'signal', 'risk', 'execution', 'postgres', 'redis', 'prometheus'].map((part) => [
      part,
      { requests: { cpu: '20m' } },
    ]),
  ),
};

/** How a further bot differs from the first one. */
interface Difference {
  readonly exchange?: string;
  /** With small requests, so that several fit on one node. */
  readonly small?: boolean;
  readonly symbols?: readonly string[];
}

export function eagerBot(
  name = BOT,
  { exchange = 'exchange', small = false, symbols = SYMBOLS }: Difference = {},
): Fields {
  const [bot] = example('cluster-simulator.yaml');
  const spec = renamed(bot?.['spec'], { exchange, 'exchange-keys': `${exchange}-keys` }) as Fields;
  const universe = { ...EAGER.universe, symbols };
  const template = small ? { template: SMALL } : {};
  return { ...bot, metadata: { name }, spec: { ...spec, ...EAGER, universe, ...template } };
}

interface ExchangePod {
  readonly spec: { readonly template: { readonly spec: { readonly containers: [{ args: string[] }] } } };
}

/** The exchange of the examples, with a known admin token and the file of what really happened. */
export function exchangeObjects({ name = 'exchange', bot = BOT, symbols = SYMBOLS } = {}): readonly Fields[] {
  const names = { exchange: name, 'exchange-keys': `${name}-keys`, [BOT]: bot };
  const objects = renamed(example('cluster/exchange.yaml'), names) as readonly Fields[];
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as ExchangePod;
  deployment.spec.template.spec.containers[0].args.push(
    ...['--admin-token', ADMIN_TOKEN, '--truth', TRUTH_FILE],
    ...['--extra-symbols', String(symbols.filter((symbol) => symbol.startsWith('S0')).length)],
  );
  return objects;
}

export interface BotStatus {
  readonly observedGeneration?: number;
  readonly effectiveState?: string;
  readonly conditions?: readonly Condition[];
  readonly trading?: { readonly openPositions?: number; readonly workingOrders?: number };
}

export interface Bot {
  readonly name: string;
  readonly namespace: string;
  resource(): Promise<(Thing & { readonly status: BotStatus }) | undefined>;
  condition(type: string): Promise<Condition | undefined>;
  /** Merge patch of the resource. */
  patch(body: unknown): Promise<void>;
  pods(): Promise<ReadonlyMap<string, Pod>>;
  /** Whether a condition has this status (and reason); else what it is. */
  has(type: string, status: string, reason?: string): () => Promise<true | string>;
  /** Ready, for the generation that is there now, and every part's pod too. */
  becomesReady(until: Until, limitSeconds?: number): Promise<number>;
}

const saying = (condition: Condition | undefined): string =>
  condition === undefined
    ? 'no condition'
    : `${condition.type}=${condition.status} ${condition.reason ?? ''}: ${condition.message ?? ''}`;

export function makeBot(cluster: Cluster, namespace: string, name = BOT): Bot {
  const resource: Bot['resource'] = () => cluster.get(namespace, 'tradingbot', name);
  const condition: Bot['condition'] = async (type) =>
    (await resource())?.status.conditions?.find((one) => one.type === type);
  const pods: Bot['pods'] = async () => {
    const list = await cluster.list<Pod>(namespace, 'pods', `trading.claire.dev/bot=${name}`);
    return new Map(list.map((pod) => [pod.metadata.name, pod]));
  };
  return {
    name,
    namespace,
    resource,
    condition,
    pods,
    async patch(body) {
      await cluster.kubectl([
        ...['patch', 'tradingbot', name, '-n', namespace],
        ...['--type', 'merge', '-p', JSON.stringify(body)],
      ]);
    },
    has: (type, status, reason) => async () => {
      const found = await condition(type);
      const is = found?.status === status && (reason === undefined || found.reason === reason);
      return is || saying(found);
    },
    becomesReady: (until, limitSeconds = 300) =>
      until(
        `${name} is Ready`,
        async () => {
          const found = await resource();
          const ready = found?.status.conditions?.find(({ type }) => type === 'Ready');
          if (found?.metadata.generation !== found?.status.observedGeneration) return 'not yet looked at';
          return ready?.status === 'True' || saying(ready);
        },
        limitSeconds,
      ),
  };
}
