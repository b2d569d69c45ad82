import { describe, expect, test } from '@jest/globals';
import { anchorName, RELEASE_IMAGES, secretName } from '@claire/cdk8s';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { makeControlClient } from '../../src/tradingbot/control-client.ts';
import { decide } from '../../src/tradingbot/decide.ts';
import { NOT_ASKED } from '../../src/tradingbot/exposure.ts';
import { FINALIZER } from '../../src/tradingbot/names.ts';
import { makeObserver } from '../../src/tradingbot/observe.ts';
import { makeSynthesize } from '../../src/tradingbot/synthesis.ts';
import { botObject } from '../support/bot-object.ts';
import { fakeClock } from '../support/fake-clock.ts';

const UID = 'a0a4a1f5-0000-4000-8000-000000000001';

/** An observer that counts what it looks up. */
function counting() {
  const counts = { synthesised: 0, read: 0 };
  const synthesize = makeSynthesize({ images: RELEASE_IMAGES, operator: undefined });
  const getMetadata: KubeClient['getMetadata'] = () => {
    counts.read += 1;
    return Promise.reject(new KubeError('NOT_FOUND', 'not there'));
  };
  const observer = makeObserver({
    client: { getMetadata } as unknown as KubeClient,
    informers: [],
    control: makeControlClient(() => Promise.reject(new Error('nobody is there'))),
    accounts: {
      look: () => Promise.resolve({ kind: 'not-needed' }),
      claim: () => Promise.resolve(false),
      release: () => Promise.resolve(),
    },
    synthesize: (request) => {
      counts.synthesised += 1;
      return synthesize(request);
    },
    anchorName,
    tokenSecretName: (bot) => secretName(bot, 'control'),
    clock: fakeClock(),
    overridesAllowed: false,
    factsAge: 60_000,
    patience: 20_000,
  });
  return { observer, counts };
}

describe('what a decision rests on', () => {
  const answers = { risk: NOT_ASKED, execution: NOT_ASKED };
  const { signal } = new AbortController();
  const actionsFor = async (finalizers: readonly string[]) => {
    const { observer, counts } = counting();
    const bot = botObject({ name: 'momentum', uid: UID, generation: 1, finalizers });
    const observed = await observer.observe(bot, answers, signal);
    return { kinds: decide(observed, 0).actions.map(({ kind }) => kind), ...counts };
  };

  test('is nothing but the bot itself before its finalizer is there', async () => {
    expect(await actionsFor([])).toEqual({ kinds: ['add-finalizer'], synthesised: 0, read: 0 });
  });

  test('is all of it afterwards', async () => {
    expect(await actionsFor([FINALIZER])).toMatchObject({ kinds: ['make-anchor'], synthesised: 1, read: 3 });
  });
});
