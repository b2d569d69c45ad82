/** What went wrong elsewhere, replayed: each ends in the code that is there for it. */
import { describe, expect, it } from '@jest/globals';
import { money, price, ratio } from '../../src/domain/money/amounts.ts';
import {
  type Activity,
  intentFingerprint,
  NO_ACTIVITY,
  recordEntry,
  recordFill,
  recordMessage,
  recordRoundTrip,
} from '../../src/domain/risk/activity.ts';
import { decideEntry } from '../../src/domain/risk/decide.ts';
import { breakerOf, effectiveState, type Demand } from '../../src/domain/risk/demands.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts';
import { entry, LIMITS, NOW, SIGNAL } from './entry-fixture.ts';

describe('a loop that sends child orders without end (Knight, 2012: more than 4 million for 212 parents)', () => {
  it.each([
    ['all at once, each in a new wrapping', 0, 'ORDER_RATE_SECOND', LIMITS.maxOrdersPerSecond],
    ['one a second', SECOND, 'TRADES_PER_HOUR', LIMITS.maxTradesPerHour],
    ['one every seven minutes, below every rate', 7 * MINUTE, 'ENTRIES_PER_DAY', 200],
  ])('%s, is stopped within its limit', (_name, every, code, most) => {
    const loop = runLoop(every, { maxTradesPerHour: 10 });
    expect(loop.accepted).toBeLessThanOrEqual(most);
    expect(loop.codes).toContain(code);
  });

  it('is latched by the entries of the day: of 4,000,000 children 200 go out, until a person says so', () => {
    const demands: Demand[] = [];
    let activity: Activity = { ...NO_ACTIVITY };
    let accepted = 0;
    let last = '';
    // Every check that would have stopped it before is out of the way: only the latch is left.
    const limits = {
      maxEntriesPerDay: 200,
      maxTradesPerHour: 5_000,
      maxOrdersPerSecond: 5_000,
      maxOrdersPerMinute: 5_000,
      maxOrderToTradeRatio: 5_000,
    };
    // Every child until it is latched and for a while after; then every thousandth, over all of the time they would take.
    for (let child = 0; child < 4_000_000; child += child < 1_000 ? 1 : 1_000) {
      const now = NOW + child;
      const verdict = decideEntry(
        entry({
          now,
          state: effectiveState(demands),
          limits,
          activity,
          market: { dataTime: now },
          signal: { ...SIGNAL, decidedTime: now, signalId: `c${child}` },
        }),
      );
      last = verdict.code;
      if (verdict.order !== undefined) {
        accepted += 1;
        activity = recordEntry(activity, { fingerprint: `c${child}`, at: now, duplicateWindow: MINUTE });
        activity = recordFill(recordMessage(activity, 'new', now), now);
      }
      const breaker = breakerOf(verdict, 'ReduceOnly');
      if (breaker !== undefined) demands.push(breaker);
    }
    expect(accepted).toBe(200);
    expect(demands).toMatchObject([{ source: 'breaker:entries-per-day', state: 'ReduceOnly' }]);
    expect(last).toBe('STATE_REDUCE_ONLY');
  });

  /** Signals at a pace, for a day of its own, until it was stopped or a thousand were tried. */
  function runLoop(
    every: number,
    limits: Partial<typeof LIMITS>,
  ): { accepted: number; codes: ReadonlySet<string> } {
    let activity: Activity = { ...NO_ACTIVITY };
    let accepted = 0;
    const codes = new Set<string>();
    for (let child = 0; child < 1_000; child += 1) {
      const now = NOW - 12 * HOUR + child * every;
      if (now >= NOW + 12 * HOUR) break;
      const signal = { ...SIGNAL, decidedTime: now, signalId: `c${child}` };
      const verdict = decideEntry(entry({ now, signal, limits, activity, market: { dataTime: now } }));
      codes.add(verdict.code);
      if (verdict.order === undefined) continue;
      accepted += 1;
      activity = recordEntry(activity, { fingerprint: `c${child}`, at: now, duplicateWindow: MINUTE });
      activity = recordFill(recordMessage(activity, 'new', now), now);
    }
    return { accepted, codes };
  }
});

describe('a fat finger (Citi, 2022: a basket of $444 bn by typo)', () => {
  it('of ten thousand times the size is refused whole, not warned about and not trimmed', () => {
    const verdict = decideEntry(entry({ signal: { ...SIGNAL, confidenceRatio: ratio('10000') } }));
    expect(verdict).toMatchObject({ outcome: 'DENY', code: 'ORDER_OVERSIZED' });
    expect(verdict.order).toBeUndefined();
  });

  it('that is a wish above the limit by a little is trimmed to it', () => {
    const verdict = decideEntry(entry({ signal: { ...SIGNAL, confidenceRatio: ratio('1.5') } }));
    expect(verdict).toMatchObject({ outcome: 'TRIM', code: 'TRIMMED' });
  });
});

describe('a price that is not the price', () => {
  it('is refused when it is stale', () => {
    const dataTime = NOW - LIMITS.maxDataAge - MINUTE - 1;
    expect(decideEntry(entry({ market: { dataTime } }))).toMatchObject({
      outcome: 'DENY',
      code: 'DATA_STALE',
    });
  });

  it.each([
    ['a hundred times too high: cents taken for units', '3525000'],
    ['a hundred times too low: units taken for cents', '352.5'],
    ['of another symbol', '2400'],
  ])('is refused when it is %s', (_what, wrong) => {
    const verdict = decideEntry(entry({ signal: { ...SIGNAL, price: price(wrong) } }));
    expect(verdict).toMatchObject({ outcome: 'DENY', code: 'PRICE_COLLAR' });
  });

  it('is refused when it comes in seconds where milliseconds are meant: the data are half a century old', () => {
    const dataTime = Math.floor(NOW / 1_000);
    expect(decideEntry(entry({ market: { dataTime } }))).toMatchObject({
      outcome: 'DENY',
      code: 'DATA_STALE',
    });
  });

  it('is refused when it comes in microseconds: the data are from the future', () => {
    expect(decideEntry(entry({ market: { dataTime: NOW * 1_000 } }))).toMatchObject({ code: 'DATA_FUTURE' });
  });
});

describe('a losing streak', () => {
  it('makes entries wait from the loss that completes it, for the cooldown, whatever the next signal says', () => {
    let activity: Activity = { ...NO_ACTIVITY };
    for (let loss = 1; loss <= LIMITS.maxConsecutiveLosses; loss += 1) {
      expect(decideEntry(entry({ activity })).code).toBe('OK');
      activity = recordRoundTrip(activity, money('-0.01'), NOW);
    }
    expect(decideEntry(entry({ activity }))).toMatchObject({ outcome: 'DENY', code: 'CONSECUTIVE_LOSSES' });
    const later = {
      now: NOW + LIMITS.lossCooldown,
      activity,
      market: { dataTime: NOW + LIMITS.lossCooldown },
      signal: { ...SIGNAL, decidedTime: NOW + LIMITS.lossCooldown },
    };
    expect(decideEntry(entry(later)).code).toBe('OK');
  });
});

describe('an order that is sent twice after a lost answer', () => {
  it('is refused within the window, by symbol, side and quantity', () => {
    const first = decideEntry(entry()).order!;
    const fingerprint = intentFingerprint(first.symbol, first.side, first.quantity);
    const activity = recordEntry({ ...NO_ACTIVITY }, { fingerprint, at: NOW, duplicateWindow: MINUTE });
    const again = {
      now: NOW + 1,
      activity,
      signal: { ...SIGNAL, signalId: 'another', decidedTime: NOW + 1 },
    };
    expect(decideEntry(entry(again))).toMatchObject({ outcome: 'DENY', code: 'DUPLICATE_INTENT' });
  });
});
