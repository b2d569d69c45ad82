import { describe, expect, it } from '@jest/globals';
import { MINUTE } from '../time.ts';
import { entryGate } from './entry-gate.ts';

const NOW = 100 * MINUTE;
const COOLDOWN = 15 * MINUTE;

describe('the gate before an entry', () => {
  it.each([
    ['is open before the first entry', undefined, false, undefined],
    ['is shut while the cooldown runs', NOW - COOLDOWN + 1, false, 'COOLDOWN'],
    ['opens when the cooldown is over', NOW - COOLDOWN, false, undefined],
    ['is shut right after an entry', NOW, false, 'COOLDOWN'],
    ['is shut while a position is open', undefined, true, 'POSITION_OPEN'],
    ['names the position before the cooldown', NOW, true, 'POSITION_OPEN'],
  ])('%s', (_, lastEntryTime, positionOpen, expected) => {
    expect(entryGate({ now: NOW, lastEntryTime, positionOpen, cooldown: COOLDOWN })).toBe(expected);
  });

  it('never shuts for a cooldown of nothing', () => {
    expect(entryGate({ now: NOW, lastEntryTime: NOW, positionOpen: false, cooldown: 0 })).toBeUndefined();
  });
});
