import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '../../../test/domain/entry-fixture.ts';
import { money, quantity } from '../money/amounts.ts';
import { DAY, HOUR, MINUTE, SECOND, utcDay } from '../time.ts';
import {
  type Activity,
  NO_ACTIVITY,
  countWithin,
  countsToday,
  entriesLastHour,
  intentFingerprint,
  messagesLastMinute,
  messagesLastSecond,
  recordEntry,
  recordFill,
  recordMessage,
  recordRoundTrip,
} from './activity.ts';

const sent = (...times: readonly number[]): Activity =>
  times.reduce((activity, at) => recordMessage(activity, 'new', at), NO_ACTIVITY);
const entered = (fingerprint: string, at: number, before: Activity = NO_ACTIVITY): Activity =>
  recordEntry(before, { fingerprint, at, duplicateWindow: MINUTE });

describe('counting what the bot did', () => {
  it('counts a window that is open at its beginning and closed at its end', () => {
    const times = [NOW - MINUTE, NOW - MINUTE + 1, NOW - 5, NOW, NOW + 1];
    expect(countWithin(times, NOW, MINUTE)).toBe(3);
  });

  it('counts messages of the last second and minute, cancels too', () => {
    let activity = sent(NOW - 59 * SECOND, NOW - SECOND, NOW);
    activity = recordMessage(activity, 'cancel', NOW);
    expect(messagesLastSecond(activity, NOW)).toBe(2);
    expect(messagesLastMinute(activity, NOW)).toBe(4);
    expect(messagesLastMinute(activity, NOW + MINUTE)).toBe(0);
    expect(activity.ordersToday).toBe(3);
  });

  it('starts the counts of the day again at 00:00 UTC', () => {
    const activity = recordFill(entered('x', NOW, sent(NOW)), NOW);
    expect(countsToday(activity, NOW)).toMatchObject({ ordersToday: 1, fillsToday: 1, entriesToday: 1 });
    expect(countsToday(activity, NOW + DAY)).toEqual({ ordersToday: 0, fillsToday: 0, entriesToday: 0 });
    expect(recordFill(activity, NOW + DAY)).toMatchObject({
      day: utcDay(NOW) + 1,
      fillsToday: 1,
      ordersToday: 0,
    });
  });

  it('counts entries of the last hour and remembers intents for the duplicate window only', () => {
    const first = entered('a', NOW - HOUR);
    const second = entered('b', NOW - MINUTE, first);
    const third = entered('c', NOW, second);
    expect(entriesLastHour(third, NOW)).toBe(2);
    expect(third.intents).toEqual({ c: NOW });
    expect(entered('c', NOW + 1, third).intents).toEqual({ c: NOW + 1 });
    expect(entered('d', NOW + 1, third).intents).toEqual({ c: NOW, d: NOW + 1 });
  });

  it('counts losses in a row; a round trip that ends even or better ends the streak', () => {
    const trips = (...results: readonly string[]): Activity =>
      results.reduce((activity, text, i) => recordRoundTrip(activity, money(text), NOW + i), NO_ACTIVITY);
    expect(trips('-1', '-0.01')).toMatchObject({ lossesInRow: 2, lastLossTime: NOW + 1 });
    expect(trips('-1', '-1', '0')).toMatchObject({ lossesInRow: 0, lastLossTime: NOW + 1 });
    expect(trips('-1', '5', '-1')).toMatchObject({ lossesInRow: 1, lastLossTime: NOW + 2 });
  });

  it('tells intents apart by symbol, side and quantity', () => {
    const prints = [
      intentFingerprint('BTCUSDT', 'BUY', quantity('1')),
      intentFingerprint('ETHUSDT', 'BUY', quantity('1')),
      intentFingerprint('BTCUSDT', 'SELL', quantity('1')),
      intentFingerprint('BTCUSDT', 'BUY', quantity('1.1')),
    ];
    expect(new Set(prints).size).toBe(4);
    expect(intentFingerprint('BTCUSDT', 'BUY', quantity('1.00'))).toBe(prints[0]);
  });

  it('counts what a list of all times would count, and survives JSON', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (steps) => {
        const times: number[] = [];
        let at = NOW;
        let activity = NO_ACTIVITY;
        for (const step of steps) {
          at += step;
          times.push(at);
          activity = recordMessage(activity, 'new', at);
          activity = entered(`i${at}`, at, activity);
        }
        const stored = JSON.parse(JSON.stringify(activity)) as Activity;
        expect(stored).toEqual(activity);
        const within = (window: number): number => times.filter((time) => time > at - window).length;
        expect(messagesLastSecond(stored, at)).toBe(within(SECOND));
        expect(messagesLastMinute(stored, at)).toBe(within(MINUTE));
        expect(entriesLastHour(stored, at)).toBe(within(HOUR));
        expect(Math.min(...stored.messageTimes)).toBeGreaterThan(at - MINUTE);
      }),
      { seed: 15, numRuns: 300 },
    );
  });
});
