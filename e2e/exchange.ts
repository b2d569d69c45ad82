/** The simulated exchange in the cluster: what really happened there, and what it is told to do. */
import { ADMIN_TOKEN, TRUTH_FILE } from './bot.ts';
import type { Cluster, Pod } from './cluster.ts';
import { isReady } from './cluster.ts';

export interface TrueFill {
  readonly tradeId: string;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly quantity: string;
  readonly fee: string;
  readonly feeAsset: string;
}
export interface TrueOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly status: string;
}
export interface Truth {
  readonly fills: readonly TrueFill[];
  /** Each order as it was last. */
  readonly orders: ReadonlyMap<string, TrueOrder>;
}

export interface Exchange {
  truth(): Promise<Truth>;
  /** A command of the admin API. */
  admin(method: 'GET' | 'POST', command: string, body?: unknown): Promise<unknown>;
  podName(): Promise<string>;
}

const ASK = `
const [method, path, token] = process.argv.slice(1);
let body = '';
for await (const part of process.stdin) body += part;
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
const answer = await fetch('http://127.0.0.1:8790/simulator/' + path, { method, headers, body: body || undefined });
const text = await answer.text();
if (!answer.ok) { console.error(answer.status, text); process.exit(1); }
console.log(text);
`;

/** `name`: of its Deployment, which is the label of its pods, too. */
export function makeExchange(cluster: Cluster, namespace: string, name = 'exchange'): Exchange {
  const podName = async (): Promise<string> => {
    const pods = await cluster.list<Pod>(namespace, 'pods', `app=${name}`);
    const pod = pods.find(isReady);
    if (pod === undefined) throw new Error('the exchange has no ready pod');
    return pod.metadata.name;
  };
  return {
    podName,
    async admin(method, command, body) {
      const program = ['node', '--input-type=module', '-e', ASK, '--', method, command, ADMIN_TOKEN];
      const input = body === undefined ? '' : JSON.stringify(body);
      return JSON.parse(await cluster.exec(namespace, await podName(), program, input)) as unknown;
    },
    async truth() {
      const command = ['grep', '-E', '"kind":"(fill|order)"', TRUTH_FILE];
      const answer = await cluster.kubectl.attempt([
        'exec',
        '-n',
        namespace,
        await podName(),
        '--',
        ...command,
      ]);
      // Status 1 without a word: there is nothing yet.
      if (!answer.ok && !answer.err.includes('exit code 1')) throw new Error(answer.err);
      const entries = answer.out
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line) as { readonly kind: string });
      const orders = entries.filter(({ kind }) => kind === 'order') as unknown as TrueOrder[];
      return {
        fills: entries.filter(({ kind }) => kind === 'fill') as unknown as TrueFill[],
        orders: new Map(orders.map((order) => [order.orderId, order])),
      };
    },
  };
}
