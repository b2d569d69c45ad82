import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ResourceType } from '../../src/kube/resource.ts';
import { type BotUnderTest, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let rig: Rig;
let bot: BotUnderTest;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => {
  bot = rig.bot();
});

const QUOTA: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};
const notReady = { type: 'Ready', status: 'False' };
const waiting = (reason: string, message: string) => ({
  phase: 'Pending',
  conditions: [notReady],
  containerStatuses: [
    {
      name: 'signal',
      image: 'i',
      imageID: '',
      ready: false,
      restartCount: 3,
      state: { waiting: { reason, message } },
    },
  ],
});

describe('a pod that fails', () => {
  test.each([
    [
      'a bad image',
      waiting('ErrImagePull', 'example.dev/x:1: not found'),
      'ErrImagePull: example.dev/x:1: not found',
    ],
    [
      'a crash loop',
      waiting('CrashLoopBackOff', 'back-off 40s restarting failed container'),
      'CrashLoopBackOff: back-off 40s restarting failed container',
    ],
    [
      'a missing key of a Secret',
      waiting('CreateContainerConfigError', 'references non-existent secret key: token'),
      'references non-existent secret key: token',
    ],
    [
      'no room, or no volume',
      {
        phase: 'Pending',
        conditions: [
          notReady,
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims',
          },
        ],
      },
      'unbound immediate PersistentVolumeClaims',
    ],
    [
      'a full disk',
      {
        phase: 'Failed',
        conditions: [notReady],
        message: 'The node was low on resource: ephemeral-storage',
      },
      'low on resource: ephemeral-storage',
    ],
  ])('for %s says so in the words of Kubernetes', async (_what, status, words) => {
    rig.cluster.fail(`${bot.name}-signal`, status);
    await bot.create();
    await bot.says('Degraded', 'True', 'PodFailing', words);
    await bot.says('Ready', 'False', 'PartsNotReady', words);
    expect(await bot.set('risk')).toBeUndefined();
    rig.cluster.mend(`${bot.name}-signal`);
    await bot.becomesReady();
    expect(await bot.condition('Degraded')).toMatchObject({ status: 'False' });
  });

  test('does not keep the operator from other bots, nor take away what runs', async () => {
    await bot.start();
    const execution = await bot.podUid('execution');
    rig.cluster.fail(`${bot.name}-signal`, waiting('CrashLoopBackOff', 'back-off'));
    await bot.says('Degraded', 'True', 'PodFailing', 'back-off');
    const other = rig.bot();
    await other.start();
    expect(await bot.podUid('execution')).toBe(execution);
    expect(await bot.condition('Ready')).toMatchObject({ status: 'False' });
  });
});

describe('what refuses a pod', () => {
  test('is told in the words of its event, although no object says so', async () => {
    await rig.client.create(QUOTA, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: 'default' },
      spec: { hard: { pods: '0' } },
    });
    const status = { hard: { pods: '0' }, used: { pods: '0' } };
    const quota = { namespace: 'default', name: 'none' };
    await rig.client.patch(QUOTA, quota, { status }, { kind: 'merge', subresource: 'status' });
    await bot.create();
    await bot.says('Degraded', 'True', 'PodFailing', 'exceeded quota: none');
    await bot.says('Ready', 'False', 'PartsNotReady', 'FailedCreate');
    await rig.client.delete(QUOTA, quota);
    await bot.becomesReady();
    expect(await bot.condition('Degraded')).toMatchObject({ status: 'False' });
  });
});
