import { expect, test } from '@jest/globals';
import type { KubeObject } from '../kube/resource.ts';
import { makeMemo } from './memo.ts';
import { makeLookAtNamespace } from './namespace-facts.ts';

const clock = { now: () => 0, monotonic: () => 0 } as Parameters<typeof makeMemo>[0];
const thing = (kind: string, deletionTimestamp?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'momentum', namespace: 'trading', ...(deletionTimestamp ? { deletionTimestamp } : {}) },
});
const bot = thing('TradingBot');
const going = thing('Pod', '2026-01-01T00:00:00Z');

/** A namespace, and how often it was read. */
function makeNamespace() {
  const look = makeLookAtNamespace(makeMemo(clock, 60_000));
  const space = { ends: false, reads: 0 };
  const ask = (pods: readonly KubeObject[], live = false) =>
    look({ bot, pods, live }, () => {
      space.reads += 1;
      return Promise.resolve({ allowsLive: true, ends: space.ends });
    });
  return { space, ask };
}

test('a namespace is not read for a bot on paper from which nothing goes away', async () => {
  const { space, ask } = makeNamespace();
  expect(await ask([thing('Pod')])).toBeUndefined();
  expect(space.reads).toBe(0);
});

test('for a live bot it is read once in a while', async () => {
  const { space, ask } = makeNamespace();
  await ask([], true);
  expect(await ask([], true)).toEqual({ allowsLive: true, ends: false });
  expect(space.reads).toBe(1);
});

test('that it ends is still known when the last pod is gone, or the finalizer would be put back', async () => {
  const { space, ask } = makeNamespace();
  await ask([going]);
  space.ends = true;
  expect((await ask([going]))?.ends).toBe(true);
  expect((await ask([]))?.ends).toBe(true);
});

test('a namespace of the same name that is made later does not end', async () => {
  const { space, ask } = makeNamespace();
  space.ends = true;
  await ask([going]);
  space.ends = false;
  expect((await ask([]))?.ends).toBe(false);
  expect(await ask([])).toBeUndefined();
});
