/** What a test of the whole operator stands on: a real API server behind a proxy, simulated controllers and bots, and one operator. */
import type { TradingBotStatus } from '@claire/workloads/contract';
import type { KubeClient } from '../../src/kube/client.ts';
import { hasCode } from '../../src/kube/errors.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { POD, STATEFUL_SET, TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { botObject } from './bot-object.ts';
import { type FakeBot, type FakeBots, makeBots } from './bots.ts';
import { type FakeCluster, startCluster } from './cluster.ts';
import { connect, until } from './connect.ts';
import { installCrd } from './crd.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type RunningOperator, startOperator } from './operator.ts';

type Spec = Record<string, unknown>;
type OperatorOptions = Partial<Parameters<typeof startOperator>[1]>;

export interface Rig {
  readonly server: ApiServer;
  /** Between the operator and the server; what a test itself does goes past it. */
  readonly proxy: FaultProxy;
  readonly client: KubeClient;
  readonly cluster: FakeCluster;
  readonly bots: FakeBots;
  /** The operator. */
  readonly first: RunningOperator;
  /** Another operator through the same proxy; stopped with the rig at the latest. */
  operator(options?: OperatorOptions): Promise<RunningOperator>;
  /** A bot of a new name; it is there once `create` was called. */
  bot(): BotUnderTest;
  stop(): Promise<void>;
}

export async function startRig(options: OperatorOptions = {}): Promise<Rig> {
  const server = await startApiServer();
  const proxy = await startFaultProxy(server);
  const { client, close } = connect(server);
  await installCrd(client);
  const cluster = startCluster(client, 'default');
  const bots = makeBots(() => Date.now());
  const operators: RunningOperator[] = [];
  const operator = async (more: OperatorOptions = {}): Promise<RunningOperator> => {
    const started = await startOperator(server, {
      channel: bots.channel,
      url: proxy.url,
      ...options,
      ...more,
    });
    operators.push(started);
    return started;
  };
  const first = await operator();
  let number = 0;
  return {
    server,
    proxy,
    client,
    cluster,
    bots,
    first,
    operator,
    bot: () => {
      number += 1;
      const name = `bot-${number}`;
      return new BotUnderTest(client, bots.bot(name), name);
    },
    stop: async () => {
      await Promise.all(operators.map((one) => one.stop()));
      await cluster.stop();
      close();
      await proxy.close();
      await server.stop();
    },
  };
}

/** A TradingBot in the namespace `default`, and what it would answer. */
export class BotUnderTest {
  readonly name: string;
  /** How it trades. */
  readonly trade: FakeBot;
  readonly #client: KubeClient;

  constructor(client: KubeClient, trade: FakeBot, name: string) {
    this.#client = client;
    this.trade = trade;
    this.name = name;
  }

  ref(suffix = ''): { readonly namespace: string; readonly name: string } {
    return { namespace: 'default', name: `${this.name}${suffix}` };
  }

  create(more: Spec = {}, metadata: Partial<KubeObject['metadata']> = {}): Promise<KubeObject> {
    return this.#client.create(TRADING_BOT, botObject({ ...this.ref(), ...metadata }, more));
  }

  async start(more: Spec = {}): Promise<void> {
    await this.create(more);
    await this.becomesReady();
  }

  change(body: unknown): Promise<KubeObject> {
    return this.#client.patch(TRADING_BOT, this.ref(), body, { kind: 'merge' });
  }

  annotate(key: string, value: string | null): Promise<KubeObject> {
    return this.change({ metadata: { annotations: { [`trading.claire.dev/${key}`]: value } } });
  }

  delete(propagation: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<void> {
    return this.#client.delete(TRADING_BOT, this.ref(), { propagation });
  }

  /** An object whose name begins with the bot's; undefined when it is not there. */
  async get(type: ResourceType, suffix = ''): Promise<KubeObject | undefined> {
    return find(this.#client, type, this.ref(suffix));
  }

  set(component: string): Promise<KubeObject | undefined> {
    return this.get(STATEFUL_SET, `-${component}`);
  }

  async podUid(component: string): Promise<string | undefined> {
    return (await this.get(POD, `-${component}-0`))?.metadata.uid;
  }

  async status(): Promise<TradingBotStatus> {
    return (await this.get(TRADING_BOT))?.['status'] ?? {};
  }

  async condition(type: string) {
    return (await this.status()).conditions?.find((one) => one.type === type);
  }

  /** Wait for a condition; `words`: part of its message. */
  says(type: string, status: string, reason?: string, words = ''): Promise<void> {
    return until(
      async () => {
        const found = await this.condition(type);
        return (
          found?.status === status &&
          (reason === undefined || found.reason === reason) &&
          found.message.includes(words)
        );
      },
      `${this.name} says ${type}=${status} ${reason ?? ''} ${words}`,
    );
  }

  /** Of the spec as it is now. */
  becomesReady(): Promise<void> {
    return until(async () => {
      const bot = await this.get(TRADING_BOT);
      const ready = await this.condition('Ready');
      return ready?.status === 'True' && ready.observedGeneration === bot?.metadata.generation;
    }, `${this.name} is Ready`);
  }

  isGone(): Promise<void> {
    return until(async () => (await this.get(TRADING_BOT)) === undefined, `${this.name} is gone`);
  }

  actionsAsked(): string[] {
    return this.trade.asked.map(({ action }) => action);
  }
}

export async function find(
  client: KubeClient,
  type: ResourceType,
  ref: { readonly namespace: string; readonly name: string },
): Promise<KubeObject | undefined> {
  try {
    return await client.get(type, ref);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
