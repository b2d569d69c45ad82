import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { TradingBotStatus } from '@claire/workloads/contract';
import { parse } from 'yaml';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { NAMESPACE, SECRET, TRADING_BOT, typeOf } from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { find, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

const EXAMPLES = new URL('../../../examples/', import.meta.url);
interface Example extends KubeObject {
  readonly spec: {
    readonly mode: string;
    readonly exchange?: {
      readonly venue?: string;
      readonly credentialsSecretRef?: { readonly name: string };
    };
  };
}
/** Every example but those that replay a file, which no cluster does. */
const examples = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => [name, parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as Example] as const)
  .filter(([, { kind, spec }]) => kind === 'TradingBot' && spec.exchange?.venue !== 'replay');

const PRIORITY_CLASS: ResourceType = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
};

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.client.patch(
    NAMESPACE,
    { name: 'default' },
    { metadata: { labels: { 'trading.claire.dev/live': 'allowed' } } },
    { kind: 'merge' },
  );
  // What an administrator provides for examples/reference.yaml.
  await rig.client.create(PRIORITY_CLASS, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'trading' },
    value: 1000,
  });
});
afterAll(() => rig.stop());

/** What a person provides beside the file. */
async function provideKeys({ metadata, spec }: Example): Promise<void> {
  const name = spec.exchange?.credentialsSecretRef?.name;
  if (name === undefined) return;
  await rig.client.create(SECRET, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'trading.claire.dev/credentials-for': metadata.name },
    },
    stringData: { MEXC_API_KEY: 'key', MEXC_API_SECRET: 'secret' },
  });
}

describe('the examples for a cluster', () => {
  test('are several', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  // Whatever the operator applies, it applies with strict validation: one unknown field and the bot is never ready.
  test.each(examples)('%s becomes ready, with every object it says it has', async (_file, example) => {
    await provideKeys(example);
    const ref = { namespace: 'default', name: example.metadata.name };
    await rig.client.create(TRADING_BOT, { ...example, metadata: { ...example.metadata, ...ref } });
    const status = async (): Promise<TradingBotStatus> =>
      (await rig.client.get(TRADING_BOT, ref))['status'] ?? {};
    await until(
      async () =>
        ((await status()).conditions ?? []).some(
          ({ type, status: value }) => type === 'Ready' && value === 'True',
        ),
      `${ref.name} is Ready`,
    );
    const { inventory = [], components = [] } = await status();
    const there = await Promise.all(
      inventory.map(({ apiVersion, kind, name }) => {
        const type: ResourceType = typeOf({ apiVersion, kind, metadata: { name } });
        return find(rig.client, type, { namespace: 'default', name });
      }),
    );
    expect(there.map((object) => object?.metadata.uid)).toEqual(inventory.map(({ uid }) => uid));
    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['screener-ws', 'screener-rest', 'signal', 'risk', 'execution']),
    );
  });
});
