import { describe, expect, it } from '@jest/globals';
import {
  compareIds,
  consumedBelow,
  type GroupState,
  lostEntries,
  nextId,
  readGroupStates,
  readStreamState,
  type StreamState,
} from './stream-state.ts';

const stream = (change: Partial<StreamState> = {}): StreamState => ({
  length: 10,
  added: 10,
  lastId: '10-0',
  lastDeletedId: '0-0',
  ...change,
});
const group = (change: Partial<GroupState> = {}): GroupState => ({
  name: 'risk',
  pending: 0,
  lastDelivered: '4-0',
  read: 4,
  lag: 6,
  ...change,
});

describe('the state of a stream', () => {
  it('is read from the replies of XINFO', () => {
    const reply = [
      'length',
      3,
      'last-generated-id',
      '7-1',
      'max-deleted-entry-id',
      '0-0',
      'entries-added',
      9,
    ];
    expect(readStreamState(reply)).toEqual(stream({ length: 3, added: 9, lastId: '7-1' }));
    const fields = ['name', 'risk', 'consumers', 1, 'pending', 2, 'last-delivered-id', '4-0'];
    const groups = readGroupStates([[...fields, 'entries-read', null, 'lag', 6]]);
    expect(groups).toEqual([group({ pending: 2, read: undefined })]);
  });

  it('shows no loss while only read entries were removed', () => {
    expect(lostEntries(stream(), group())).toBe(0);
    expect(lostEntries(stream({ length: 6 }), group())).toBe(0);
  });

  it('shows how many entries were removed unread', () => {
    expect(lostEntries(stream({ length: 3 }), group())).toBe(3);
  });

  it('shows a loss that was read over, once the group is at the end', () => {
    expect(lostEntries(stream(), group({ lastDelivered: '10-0', read: 8, lag: 0 }))).toBe(2);
    expect(lostEntries(stream(), group({ lastDelivered: '9-0', read: 8, lag: 1 }))).toBe(0);
  });

  it('shows a deletion behind the group where the count is not known', () => {
    expect(lostEntries(stream({ lastDeletedId: '5-0' }), group({ read: undefined }))).toBe(1);
    expect(lostEntries(stream({ lastDeletedId: '3-0' }), group({ read: undefined }))).toBe(0);
  });

  it('takes what is pending for not consumed', () => {
    expect(consumedBelow(group(), undefined)).toBe('4-1');
    expect(consumedBelow(group({ pending: 2 }), '3-7')).toBe('3-7');
  });

  it('orders ids by time, then by number', () => {
    expect(compareIds('9-0', '10-0')).toBeLessThan(0);
    expect(compareIds('10-2', '10-10')).toBeLessThan(0);
    expect(compareIds('10-2', '10-2')).toBe(0);
    expect(nextId('10-9')).toBe('10-10');
  });
});
