import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND, formatDuration, parseDuration, utcDay } from './time.ts';

const RUN = { seed: 4, numRuns: 300 };

describe('durations', () => {
  it.each([
    ['15m', 15 * MINUTE],
    ['1h30m', 90 * MINUTE],
    ['4320h', 180 * DAY],
    ['500ms', 500],
    ['1.5h', 90 * MINUTE],
    ['0s', 0],
    ['0.25s', 250],
    // As floats these are not whole numbers of milliseconds.
    ['1.1h', 66 * MINUTE],
    ['8.2h', 492 * MINUTE],
    ['1.005s', 1_005],
  ])('reads %s', (text, duration) => {
    expect(parseDuration(text)).toBe(duration);
  });

  it.each([
    '',
    '15',
    'm',
    '15 m',
    '-5m',
    '+5m',
    '1d',
    '1H',
    '.5h',
    '1.h',
    '1m,',
    '1us',
    '1e3s',
    '99999999999999999h',
  ])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(
      `not a duration such as 15m or 1h30m: was ${JSON.stringify(text)}`,
    );
  });

  it.each(['0.1ms', '1.0001s', '9999999999999999h'])('refuses %s, which is not kept exactly', (text) => {
    expect(() => parseDuration(text)).toThrow('a duration is a whole number of milliseconds');
  });

  it.each([
    [0, '0s'],
    [900_000, '15m'],
    [5_400_000, '1h30m'],
    [1, '1ms'],
    [3_661_001, '1h1m1s1ms'],
    [-15 * MINUTE, '-15m'],
  ])('writes %i as %s', (duration, text) => {
    expect(formatDuration(duration)).toBe(text);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 * DAY }), (duration) => {
        expect(parseDuration(formatDuration(duration))).toBe(duration);
      }),
      RUN,
    );
  });

  it('reads every whole number of milliseconds written in hours, minutes or seconds', () => {
    // Thousandths of a second, tenths of a minute and hundredths of an hour are all whole milliseconds.
    const units = fc.constantFrom(
      { unit: 's', places: 3, size: SECOND },
      { unit: 'm', places: 1, size: MINUTE },
      { unit: 'h', places: 2, size: HOUR },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 7 }), units, (count, { unit, places, size }) => {
        const digits = count.toString().padStart(places + 1, '0');
        const text = `${digits.slice(0, -places)}.${digits.slice(-places)}${unit}`;
        expect(parseDuration(text)).toBe((count * size) / 10 ** places);
      }),
      RUN,
    );
  });
});

describe('days', () => {
  it('change at midnight UTC', () => {
    expect(utcDay(Date.UTC(2024, 0, 1) - 1)).toBe(utcDay(Date.UTC(2023, 11, 31)));
    expect(utcDay(Date.UTC(2024, 0, 1))).toBe(utcDay(Date.UTC(2023, 11, 31)) + 1);
    expect(utcDay(0)).toBe(0);
    expect(utcDay(-1)).toBe(-1);
  });
});
