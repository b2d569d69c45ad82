import { describe, expect, test } from '@jest/globals';
import { PRIORITY } from '../kube/queue.ts';
import type { KubeObject } from '../kube/resource.ts';
import { FINALIZER } from './names.ts';
import { triggerOfBot } from './triggers.ts';

const bot = (metadata: Partial<KubeObject['metadata']> = {}, spec: object = {}): KubeObject => ({
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: 'a', namespace: 'n', uid: 'u', generation: 1, finalizers: [FINALIZER], ...metadata },
  spec,
});
const added = (object: KubeObject) =>
  triggerOfBot({ type: 'added', key: 'n/a', object, previous: undefined })?.priority;
const updated = (previous: KubeObject, object: KubeObject) =>
  triggerOfBot({ type: 'updated', key: 'n/a', object, previous })?.priority;

describe('what leads to a look at a bot', () => {
  test('a new bot goes before a fleet that is looked at again', () => {
    expect(added(bot({ finalizers: [] }))).toBe(PRIORITY.change);
    expect(added(bot())).toBe(PRIORITY.resync);
  });

  test('a stricter state and a deletion go before everything, also when an operator starts', () => {
    expect(added(bot({}, { state: 'Halted' }))).toBe(PRIORITY.stop);
    expect(updated(bot(), bot({ deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe(PRIORITY.stop);
  });

  test('a change of the spec or of an annotation, but none of the status', () => {
    expect(updated(bot(), bot({ generation: 2 }))).toBe(PRIORITY.change);
    expect(updated(bot(), bot({ annotations: { a: 'b' } }))).toBe(PRIORITY.change);
    expect(updated(bot(), { ...bot(), status: { effectiveState: 'Running' } })).toBeUndefined();
  });
});
