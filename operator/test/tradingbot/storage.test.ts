import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { PVC, SECRET } from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { type BotUnderTest, find, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let rig: Rig;
let bot: BotUnderTest;

const STORAGE_CLASS: ResourceType = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
};

beforeAll(async () => {
  rig = await startRig({ config: { resync: 500 } });
  await rig.client.create(STORAGE_CLASS, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'expandable' },
    provisioner: 'example.dev/none',
    allowVolumeExpansion: true,
  });
});
afterAll(() => rig.stop());
beforeEach(() => {
  bot = rig.bot();
});

const claim = (component: string): Promise<KubeObject | undefined> =>
  find(rig.client, PVC, { namespace: 'default', name: `data-${bot.name}-${component}-0` });
/** A claim in use goes once its pod has: the server keeps it until a controller has looked. */
const stays = async (component: string): Promise<boolean> => {
  const found = await claim(component);
  return found !== undefined && found.metadata.deletionTimestamp === undefined;
};
const sizeOf = (object: KubeObject | undefined): string | undefined =>
  (object?.['spec'] as { resources: { requests: { storage: string } } } | undefined)?.resources.requests
    .storage;
const imageOf = (set: KubeObject | undefined): string | undefined =>
  (set?.['spec'] as { template: { spec: { containers: { image: string }[] } } } | undefined)?.template.spec
    .containers[0]?.image;

describe('the data of a bot', () => {
  test('gets more room when asked for, around its running pod', async () => {
    const storage = (size: string) => ({ postgres: { size, storageClassName: 'expandable' } });
    await bot.start({ storage: storage('20Gi') });
    const [pod, set] = [await bot.podUid('postgres'), (await bot.set('postgres'))?.metadata.uid];
    await bot.change({ spec: { storage: storage('30Gi') } });
    await until(async () => sizeOf(await claim('postgres')) === '30Gi', 'the claim has grown');
    await until(async () => {
      const uid = (await bot.set('postgres'))?.metadata.uid;
      return uid !== undefined && uid !== set;
    }, 'the StatefulSet is made anew');
    await bot.becomesReady();
    expect(await bot.podUid('postgres')).toBe(pod);
  });

  test.each([
    ['postgres:16', 'another major version'],
    ['postgres:15-alpine', 'another C library'],
  ])('is not given to %s', async (ref, words) => {
    await bot.start({ images: { postgres: { ref: 'postgres:15' } } });
    const pod = await bot.podUid('postgres');
    await bot.change({ spec: { images: { postgres: { ref } } } });
    await bot.says('Stalled', 'True', 'MajorChangeRefused', words);
    expect(imageOf(await bot.set('postgres'))).toBe('postgres:15');
    await bot.change({ spec: { images: { postgres: { ref: 'postgres:15' } } } });
    await bot.becomesReady();
    expect(await bot.podUid('postgres')).toBe(pod);
  });

  test('is never locked out by a new password when its credentials are lost', async () => {
    await bot.start();
    const secret = (await bot.get(SECRET, '-postgres')) as KubeObject;
    await rig.client.delete(SECRET, secret.metadata);
    await bot.says('Stalled', 'True', 'CredentialsLost', `${bot.name}-postgres`);
    expect(await bot.get(SECRET, '-postgres')).toBeUndefined();
    expect(await bot.podUid('execution')).toBeDefined();
    const { name, namespace, labels } = secret.metadata;
    const { apiVersion, kind, data } = secret;
    await rig.client.create(SECRET, {
      apiVersion,
      kind,
      data,
      metadata: { name, namespace, labels },
    } as KubeObject);
    await bot.becomesReady();
  });

  test('goes with the bot only where its retention is Delete', async () => {
    await bot.start({ storage: { postgres: { retention: 'Delete' }, redis: { retention: 'Retain' } } });
    await bot.delete();
    await bot.isGone();
    expect(await stays('postgres')).toBe(false);
    expect(await bot.get(SECRET, '-postgres')).toBeUndefined();
    expect(await stays('redis')).toBe(true);
  });

  test('stays with an open position, whatever its retention', async () => {
    await bot.start({ storage: { postgres: { retention: 'Delete' } } });
    bot.trade.openPositions = 1;
    await bot.delete();
    await bot.isGone();
    expect(await stays('postgres')).toBe(true);
    expect(await bot.get(SECRET, '-postgres')).toBeDefined();
  });
});
