/** The control API of a bot, asked as the operator asks it: from the operator's pod, by the Service of all pods. */
import { randomUUID } from 'node:crypto';
import { BOT } from './bot.ts';
import { type Cluster, isReady, type Pod } from './cluster.ts';

export interface ControlAnswer {
  readonly status: number;
  readonly body: { readonly result?: string; readonly state?: string; readonly effectiveState?: string };
}

export interface Control {
  ask(component: 'risk' | 'execution', action: 'halt' | 'resume' | 'flatten'): Promise<ControlAnswer>;
  state(component: 'risk' | 'execution'): Promise<ControlAnswer>;
}

const ASK = `
let text = '';
for await (const part of process.stdin) text += part;
const { url, token, request } = JSON.parse(text);
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
const method = request === null ? 'GET' : 'POST';
const body = request === null ? undefined : JSON.stringify(request);
const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(15000) });
console.log(JSON.stringify({ status: answer.status, body: await answer.json() }));
`;

export function makeControl(cluster: Cluster, namespace: string, system: string): Control {
  async function call(component: string, path: string, request: unknown): Promise<ControlAnswer> {
    const secret = await cluster.get(namespace, 'secret', `${BOT}-control`);
    const data = (secret as unknown as { readonly data: Readonly<Record<string, string>> }).data;
    const token = Buffer.from(Object.values(data)[0] ?? '', 'base64')
      .toString()
      .trim();
    const pods = await cluster.list<Pod>(system, 'pods', 'app.kubernetes.io/name=claire');
    const pod = pods.find(isReady);
    if (pod === undefined) throw new Error('the operator has no ready pod');
    const url = `http://${BOT}-${component}-pods.${namespace}.svc:9463/control/v1/${path}`;
    const program = ['node', '--input-type=module', '-e', ASK];
    const input = JSON.stringify({ url, token, request });
    return JSON.parse(await cluster.exec(system, pod.metadata.name, program, input)) as ControlAnswer;
  }
  return {
    ask: (component, action) =>
      call(component, 'operations', {
        operationId: randomUUID(),
        action,
        actor: 'end-to-end',
        reason: `end-to-end test: ${action}`,
      }),
    state: (component) => call(component, 'state', null),
  };
}
