import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW, entry } from '../../../test/domain/entry-fixture.ts';
import { money } from '../money/amounts.ts';
import { utcDay } from '../time.ts';
import type { BotState } from './bot-state.ts';
import { decideEntry } from './decide.ts';
import {
  type Demand,
  type DemandState,
  breakerOf,
  drawdownDemand,
  effectiveState,
  specDemand,
  specLatch,
  stricter,
} from './demands.ts';

const ORDER: readonly BotState[] = ['Running', 'ReduceOnly', 'Halted', 'Stopped'];
const rank = (state: BotState): number => ORDER.indexOf(state);
const demand = (source: string, state: DemandState): Demand => ({ source, state, reason: 'test' });
const demands = fc.array(
  fc.record({
    source: fc.constantFrom('spec', 'control', 'breaker:daily-drawdown'),
    state: fc.constantFrom<DemandState>('ReduceOnly', 'Halted', 'Stopped'),
    reason: fc.constant('test'),
  }),
);

describe('the effective state', () => {
  it('is Running without demands and otherwise the strictest of them', () => {
    expect(effectiveState([])).toBe('Running');
    expect(effectiveState([demand('spec', 'ReduceOnly'), demand('control', 'Halted')])).toBe('Halted');
    expect(stricter<BotState>('Stopped', 'Halted')).toBe('Stopped');
  });

  it('is never looser with one demand more, in any order', () => {
    fc.assert(
      fc.property(demands, demands, (some, more) => {
        const state = effectiveState(some);
        expect(rank(effectiveState([...some, ...more]))).toBeGreaterThanOrEqual(rank(state));
        expect(effectiveState([...some].reverse())).toBe(state);
      }),
      { seed: 16, numRuns: 500 },
    );
  });
});

describe('the demand of the spec', () => {
  it('stands as long as it stands there, and Running demands nothing', () => {
    expect(specDemand('Running')).toBeUndefined();
    expect(specDemand('ReduceOnly')).toEqual({
      source: 'spec',
      state: 'ReduceOnly',
      reason: 'spec.state is ReduceOnly',
    });
  });

  it('latches a halt in live, of a stopped bot too', () => {
    expect(specLatch('Halted', 'live')).toMatchObject({ source: 'spec', state: 'Halted' });
    expect(specLatch('Stopped', 'live')).toMatchObject({ source: 'spec', state: 'Halted' });
  });

  it.each([
    ['ReduceOnly', 'live'],
    ['Running', 'live'],
    ['Halted', 'paper'],
    ['Stopped', 'paper'],
  ] as const)('of %s in %s latches nothing', (state, mode) => {
    expect(specLatch(state, mode)).toBeUndefined();
  });
});

describe('breakers', () => {
  it('latch what risk.onBreaker says', () => {
    expect(drawdownDemand('ReduceOnly')).toEqual({ state: 'ReduceOnly', flatten: false });
    expect(drawdownDemand('Halt')).toEqual({ state: 'Halted', flatten: false });
    expect(drawdownDemand('Flatten')).toEqual({ state: 'ReduceOnly', flatten: true });
  });

  it('trip on a drawdown, also when something else denied the entry first', () => {
    const verdict = decideEntry(entry({ state: 'ReduceOnly', money: { equity: money('9500') } }));
    expect(verdict.code).toBe('STATE_REDUCE_ONLY');
    expect(breakerOf(verdict, 'Halt')).toMatchObject({
      source: 'breaker:daily-drawdown',
      state: 'Halted',
      reason: 'daily-drawdown 5%, limit: below 5%',
    });
  });

  it('trip on one entry more than the day may have, when nothing else denied it', () => {
    const full = { day: utcDay(NOW), entriesToday: 200 };
    expect(breakerOf(decideEntry(entry({ activity: full })), 'Halt')).toMatchObject({
      source: 'breaker:entries-per-day',
      state: 'ReduceOnly',
      flatten: false,
    });
    const waits = decideEntry(entry({ activity: full, cooldownUntil: NOW + 1 }));
    expect(breakerOf(waits, 'Halt')).toBeUndefined();
  });

  it('do not trip on anything else', () => {
    expect(breakerOf(decideEntry(entry()), 'Halt')).toBeUndefined();
    expect(breakerOf(decideEntry(entry({ market: { spread: undefined } })), 'Halt')).toBeUndefined();
  });
});
