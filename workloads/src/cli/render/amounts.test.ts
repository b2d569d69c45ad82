import { describe, expect, it } from '@jest/globals';
import { money, price } from '../../domain/money/amounts.ts';
import {
  formatAmount,
  formatChange,
  formatCount,
  formatMove,
  formatRounded,
  formatSigned,
  formatSpan,
  formatTime,
  gainCell,
} from './amounts.ts';

describe('amounts for people', () => {
  it.each([
    ['12.345', 'USDT', '12.34'],
    ['1', 'BTC', '1.00000000'],
    ['-0.000000015', 'BTC', '-0.00000002'],
  ])('show %s %s as %s', (value, asset, expected) => {
    expect(formatAmount(money(value), asset)).toBe(expected);
  });

  it('carry a plus sign for gains only', () => {
    expect(['0.5', '0', '-0.5'].map((value) => formatSigned(money(value), 'USDT'))).toEqual([
      '+0.50',
      '0.00',
      '-0.50',
    ]);
  });

  it('are green for a gain and red for a loss', () => {
    expect(gainCell(money('1'), 'USDT')).toEqual({ text: '+1.00', tone: 'good' });
    expect(gainCell(money('-1'), 'USDT')).toEqual({ text: '-1.00', tone: 'bad' });
    expect(gainCell(money('0'), 'USDT')).toBe('0.00');
  });

  it('keep short prices exact and round long averages', () => {
    expect(formatRounded(price('0.00001234'))).toBe('0.00001234');
    expect(formatRounded(price('0.123456789012345'))).toBe('0.123456789');
  });

  it('show changes in percent, and none of nothing', () => {
    expect(formatChange(money('1'), money('3'))).toBe('+33.33%');
    expect(formatMove(price('4'), price('3'))).toBe('-25.00%');
    expect(formatMove(price('4'), price('4'))).toBe('0.00%');
    expect(formatChange(money('1'), money('0'))).toBe('n/a');
  });
});

describe('times for people', () => {
  it.each([
    [1_516_060_800_000, '2018-01-16 00:00:00'],
    [1_516_060_800_250, '2018-01-16 00:00:00.250'],
  ])('show %d as %s', (at, expected) => {
    expect(formatTime(at)).toBe(expected);
  });

  it.each([
    [0, '0s'],
    [999, '0s'],
    [59_000, '59s'],
    [3_600_000, '1h'],
    [3_660_000, '1h 1m'],
    [90_061_000, '1d 1h'],
  ])('show a span of %d ms as %s', (span, expected) => {
    expect(formatSpan(span)).toBe(expected);
  });

  it('group the digits of counts', () => {
    expect([0, 999, 1_000, 527_040].map(formatCount)).toEqual(['0', '999', '1,000', '527,040']);
  });
});
