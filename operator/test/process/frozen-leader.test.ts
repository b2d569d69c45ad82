import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { botObject } from '../support/bot-object.ts';
import { connect, until } from '../support/connect.ts';
import { installCrd } from '../support/crd.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { OperatorProcess } from '../support/operator-process.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

const NAME = { namespace: 'default', name: 'momentum' };
const LOST_LEASE = 75;

let server: ApiServer;
let direct: { client: KubeClient; close: () => void };
const proxies: FaultProxy[] = [];
const operators: OperatorProcess[] = [];

beforeAll(async () => {
  server = await startApiServer();
  direct = connect(server);
  await installCrd(direct.client);
});
afterAll(async () => {
  for (const operator of operators) await operator.stop();
  direct.close();
  for (const proxy of proxies) await proxy.close();
  await server.stop();
});

async function startBehindProxy(): Promise<{
  readonly operator: OperatorProcess;
  readonly proxy: FaultProxy;
}> {
  const proxy = await startFaultProxy(server);
  proxies.push(proxy);
  const operator = await OperatorProcess.start(server, proxy.url);
  operators.push(operator);
  return { operator, proxy };
}

const observed = ({ status }: KubeObject): number | undefined =>
  (status as { readonly observedGeneration?: number } | undefined)?.observedGeneration;

/** The bot as it is wished now was looked at. */
async function isFollowed(): Promise<boolean> {
  const bot = await direct.client.get(TRADING_BOT, NAME);
  return observed(bot) === bot.metadata.generation;
}

describe('a leader that is frozen past its lease', () => {
  test('sends nothing that changes anything after waking, and ends', async () => {
    const first = await startBehindProxy();
    await first.operator.says('leads');
    const second = await startBehindProxy();
    await second.operator.says('started');
    await direct.client.create(TRADING_BOT, botObject(NAME));
    await until(isFollowed, 'the first one has looked at the bot');
    first.operator.signal('SIGSTOP');
    // What it finds when it wakes: work.
    const change = { spec: { risk: { maxOrderNotional: '777' } } };
    await direct.client.patch(TRADING_BOT, NAME, change, { kind: 'merge' });
    await second.operator.says('leads');
    await until(isFollowed, 'the second one has looked at the change');
    first.proxy.forget();
    first.operator.signal('SIGCONT');
    expect(await first.operator.ended).toBe(LOST_LEASE);
    expect(first.proxy.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(await isFollowed()).toBe(true);
  });
});
