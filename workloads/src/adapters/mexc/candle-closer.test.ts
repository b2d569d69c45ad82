import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Candle } from '../../domain/market/candle.ts';
import { money, price, quantity } from '../../domain/money/amounts.ts';
import { MINUTE } from '../../domain/time.ts';
import {
  type CloserEvent,
  type CloserState,
  type CloserStep,
  newCloser,
  onClock,
  onFrame,
  onOutage,
  onRest,
  wanted,
} from './candle-closer.ts';

const START = 1_736_410_680_000;
const GRACE = 2_000;

/** The candle of the window `at` after `part` of 10 trades. */
const candle = (at: number, part = 10): Candle => ({
  symbol: 'BTCUSDT',
  interval: MINUTE,
  openTime: START + at * MINUTE,
  open: price('100'),
  high: price(String(100 + part)),
  low: price('99'),
  close: price(String(100 + part)),
  volume: quantity(String(part)),
  quoteVolume: money(String(100 * part)),
});

const frame = (at: number, part = 10) => ({
  candle: candle(at, part),
  madeAt: START + at * MINUTE + part * 5_000,
});

/** A closer with a memory of what it said. */
function setUp() {
  let state: CloserState = newCloser(MINUTE, START);
  const events: CloserEvent[] = [];
  const take = (step: CloserStep) => {
    state = step.state;
    events.push(...step.events);
  };
  return {
    state: () => state,
    events,
    frame: (at: number, part?: number) => {
      take(onFrame(state, frame(at, part), frame(at, part).madeAt));
    },
    clock: (now: number) => {
      take(onClock(state, now, GRACE));
    },
    outage: () => {
      state = onOutage(state);
    },
    rest: (...windows: Candle[]) => {
      const range = wanted(state);
      if (range !== undefined) take(onRest(state, range, windows));
    },
    said: () =>
      events
        .filter((event) => event.kind === 'candle')
        .map(
          ({ origin, candle: told }) => `${origin} ${(told.openTime - START) / MINUTE} ${told.volume.units}`,
        ),
  };
}

const WINDOWS = 12;
type Fault = 'none' | 'drop' | 'repeat' | 'late' | 'outage';

const truth = (windows: number): Candle[] => Array.from({ length: windows }, (_, at) => candle(at));

/** Ten frames of a window, each with its fault; late ones come behind the next good one. */
function play(closer: ReturnType<typeof setUp>, at: number, faults: readonly Fault[]): void {
  let late: number[] = [];
  for (const [index, fault] of faults.entries()) {
    const part = index + 1;
    if (fault === 'outage') closer.outage();
    if (fault === 'late') late.push(part);
    if (fault === 'repeat') closer.frame(at, part);
    if (fault !== 'none' && fault !== 'repeat') continue;
    closer.frame(at, part);
    for (const old of late) closer.frame(at, old);
    late = [];
  }
}

/** The last value told of each window; a window is told once, except for corrections of it. */
function finalValues(events: readonly CloserEvent[]): ReadonlyMap<number, bigint> {
  const final = new Map<number, bigint>();
  for (const event of events) {
    if (event.kind !== 'candle') continue;
    const at = (event.candle.openTime - START) / MINUTE;
    expect(final.has(at)).toBe(event.origin === 'correction');
    final.set(at, event.candle.volume.units);
  }
  return final;
}

describe('the candle closer', () => {
  it('closes a window by the first frame of the next, with the last values', () => {
    const closer = setUp();
    closer.frame(0, 3);
    closer.frame(0, 9);
    expect(closer.said()).toEqual([]);
    closer.frame(1, 1);
    expect(closer.said()).toEqual(['live 0 9']);
  });

  it('closes a window by the clock two seconds after its end, and only once', () => {
    const closer = setUp();
    closer.frame(0, 9);
    closer.clock(START + MINUTE + GRACE - 1);
    expect(closer.said()).toEqual([]);
    closer.clock(START + MINUTE + GRACE);
    closer.clock(START + MINUTE + GRACE + 500);
    expect(closer.said()).toEqual(['live 0 9']);
    closer.frame(1, 1);
    expect(closer.said()).toEqual(['live 0 9']);
  });

  it('never lets a late frame change or repeat a closed candle', () => {
    const closer = setUp();
    closer.frame(0, 8);
    closer.frame(1, 1);
    closer.frame(0, 10);
    expect(closer.said()).toEqual(['live 0 8']);
    expect(closer.events.at(-1)).toEqual({ kind: 'dropped', reason: 'LATE' });
  });

  it('tells a correction when REST knows better, and nothing when it agrees', () => {
    const closer = setUp();
    closer.frame(0, 8);
    closer.frame(1, 10);
    closer.frame(2, 1);
    closer.rest(candle(0, 10), candle(1, 10));
    expect(closer.said()).toEqual(['live 0 8', 'live 1 10', 'correction 0 10']);
    expect(wanted(closer.state())).toBeUndefined();
  });

  it('drops repeated and reordered frames of the open window', () => {
    const closer = setUp();
    closer.frame(0, 5);
    closer.frame(0, 5);
    closer.frame(0, 4);
    closer.frame(1, 1);
    expect(closer.said()).toEqual(['live 0 5']);
    expect(closer.events.filter(({ kind }) => kind === 'dropped')).toHaveLength(2);
  });

  it('leaves a window that an outage may have cut to REST, as back-fill', () => {
    const closer = setUp();
    closer.frame(0, 5);
    closer.outage();
    closer.frame(2, 1);
    expect(closer.said()).toEqual([]);
    expect(closer.events).toEqual([
      { kind: 'missing', from: START, to: START },
      { kind: 'missing', from: START + MINUTE, to: START + MINUTE },
    ]);
    closer.rest(candle(0), candle(1));
    closer.frame(3, 1);
    expect(closer.said()).toEqual(['backfill 0 10', 'backfill 1 10', 'live 2 1']);
  });

  it('trusts an open window again once a frame of it came after the outage', () => {
    const closer = setUp();
    closer.frame(0, 5);
    closer.outage();
    closer.frame(0, 5);
    closer.frame(1, 1);
    expect(closer.said()).toEqual(['live 0 5']);
  });

  it('asks for windows in which nothing was pushed and gives up what the venue does not have', () => {
    const closer = setUp();
    closer.frame(0, 5);
    closer.clock(START + 3 * MINUTE + GRACE);
    closer.rest(candle(0, 5));
    closer.rest();
    expect(closer.events.filter(({ kind }) => kind === 'absent')).toEqual([]);
    closer.rest();
    expect(closer.events.filter(({ kind }) => kind === 'absent')).toEqual([
      { kind: 'absent', openTime: START + MINUTE },
      { kind: 'absent', openTime: START + 2 * MINUTE },
    ]);
    expect(wanted(closer.state())).toBeUndefined();
  });

  it('begins with the window of its first frame when its own idea of the time was ahead', () => {
    let state = newCloser(MINUTE, START + 5 * MINUTE);
    state = onFrame(state, frame(0, 3), START + 5 * MINUTE).state;
    const step = onFrame(state, frame(1, 1), START + 5 * MINUTE);
    expect(step.events).toMatchObject([{ kind: 'candle', origin: 'live', candle: { openTime: START } }]);
  });

  it('drops a frame of the far future, which would silence the symbol until then', () => {
    const closer = setUp();
    closer.frame(0, 5);
    const step = onFrame(closer.state(), frame(500), START + MINUTE);
    expect(step.events).toEqual([{ kind: 'dropped', reason: 'IMPLAUSIBLE_TIME' }]);
    expect(step.state).toBe(closer.state());
  });

  it('remembers a bounded number of windows after a very long outage', () => {
    const closer = setUp();
    closer.frame(0, 5);
    closer.clock(START + 100_000 * MINUTE);
    expect(closer.state().missing.length).toBeLessThanOrEqual(1_000);
    expect(closer.state().next).toBe(START + 99_999 * MINUTE);
  });

  it('delivers every window exactly once and ends with the true values, whatever the feed loses', () => {
    const row = fc.array(fc.constantFrom<Fault>('none', 'drop', 'repeat', 'late', 'outage'), {
      minLength: 10,
      maxLength: 10,
    });
    const run = fc.array(fc.record({ faults: row, restAnswers: fc.boolean() }), {
      minLength: WINDOWS,
      maxLength: WINDOWS,
    });
    fc.assert(
      fc.property(run, (windows) => {
        const closer = setUp();
        for (const [at, { faults, restAnswers }] of windows.entries()) {
          play(closer, at, faults);
          if (restAnswers) closer.rest(...truth(at));
        }
        closer.clock(START + WINDOWS * MINUTE + GRACE);
        closer.rest(...truth(WINDOWS));
        const final = finalValues(closer.events);
        expect([...final.values()].every((volume) => volume === 10n)).toBe(true);
        expect(final.size).toBe(WINDOWS);
      }),
      { seed: 52, numRuns: 400 },
    );
  });
});
