import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from './resource.ts';
import { type Change, Store } from './store.ts';

const pod = (name: string, version: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: version, ...more },
});

function watched(): { store: Store; changes: string[]; errors: unknown[] } {
  const changes: string[] = [];
  const errors: unknown[] = [];
  const store = new Store({
    indexOf: ({ metadata }) => [metadata.labels?.['owner'] ?? 'none'],
    onHandlerError: (error) => errors.push(error),
  });
  store.subscribe(({ type, key }: Change) => changes.push(`${type} ${key}`));
  return { store, changes, errors };
}

describe('the store', () => {
  test('does not bring back by a late answer what is gone, but takes it when it is selected again', () => {
    const { store, changes } = watched();
    store.put(pod('a', '5'));
    store.remove('n/a', '8');
    store.put(pod('a', '7'));
    expect(store.get('n/a')).toBeUndefined();
    store.put(pod('a', '9'));
    expect(changes).toEqual(['added n/a', 'deleted n/a', 'added n/a']);
  });

  test('tells what was added, updated and deleted', () => {
    const { store, changes } = watched();
    store.put(pod('a', '1'));
    store.put(pod('a', '2'));
    store.remove('n/a');
    expect(changes).toEqual(['added n/a', 'updated n/a', 'deleted n/a']);
  });

  test('leaves out events that come twice or late', () => {
    const { store, changes } = watched();
    store.put(pod('a', '10'));
    store.put(pod('a', '10'));
    store.put(pod('a', '9'));
    store.remove('n/a', '8');
    expect(changes).toEqual(['added n/a']);
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('10');
  });

  test('sees a deletion and a new object behind one name', () => {
    const { store, changes } = watched();
    store.put(pod('a', '1'));
    store.put(pod('a', '5', { uid: 'another' }));
    expect(changes).toEqual(['added n/a', 'deleted n/a', 'added n/a']);
  });

  test('takes what is missing in a list as deleted, in its namespace only', () => {
    const { store, changes } = watched();
    store.put(pod('a', '1'));
    store.put({ ...pod('b', '1'), metadata: { ...pod('b', '1').metadata, namespace: 'm' } });
    store.put(pod('c', '2'));
    store.keepOnly(new Set(['n/c']), '2', 'n');
    expect(changes.slice(2)).toEqual(['added n/c', 'deleted n/a']);
    expect([...store.keys()].toSorted()).toEqual(['m/b', 'n/c']);
  });

  test('does not take what was written after a list for missing in it', () => {
    const { store } = watched();
    store.put(pod('written-since', '7'));
    store.keepOnly(new Set(), '6', 'n');
    expect([...store.keys()]).toEqual(['n/written-since']);
  });

  test('goes back with a server that was restored', () => {
    const { store, changes } = watched();
    store.put(pod('a', '50'));
    store.put(pod('b', '60'));
    store.remove('n/b', '70');
    store.putBack(pod('a', '5'));
    store.putBack(pod('b', '6'));
    expect([...store.objects()].map(({ metadata }) => metadata.resourceVersion)).toEqual(['5', '6']);
    expect(changes.slice(-3)).toEqual(['deleted n/a', 'added n/a', 'added n/b']);
  });

  test('finds objects by index, also after their labels changed', () => {
    const { store } = watched();
    store.put(pod('a', '1', { labels: { owner: 'x' } }));
    store.put(pod('a', '2', { labels: { owner: 'y' } }));
    expect(store.indexed('x')).toEqual([]);
    expect(store.indexed('y').map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  test('drops managedFields, and no reader can change what is kept', () => {
    const { store } = watched();
    store.put(pod('a', '1', { managedFields: [{ manager: 'x' }], labels: { owner: 'x' } }));
    const copy = store.get('n/a') as {
      metadata: { labels: Record<string, string>; managedFields?: unknown };
    };
    expect(copy.metadata.managedFields).toBeUndefined();
    copy.metadata.labels['owner'] = 'changed';
    expect(store.get('n/a')?.metadata.labels).toEqual({ owner: 'x' });
  });

  test('goes on when a handler throws, and reports it', () => {
    const { store, changes, errors } = watched();
    store.subscribe(() => {
      throw new Error('defect');
    });
    store.put(pod('a', '1'));
    store.put(pod('b', '1'));
    expect(changes).toEqual(['added n/a', 'added n/b']);
    expect(errors).toHaveLength(2);
  });
});
