import { describe, expect, it } from '@jest/globals';
import { parseSpeed } from './speed.ts';

describe('parseSpeed', () => {
  it.each([
    ['max', { kind: 'max' }],
    ['1x', { kind: 'paced', factor: 1 }],
    ['60x', { kind: 'paced', factor: 60 }],
    ['0.5x', { kind: 'paced', factor: 0.5 }],
  ])('reads %s', (text, speed) => {
    expect(parseSpeed(text)).toEqual(speed);
  });

  it.each(['', 'x', '0x', '-1x', '1', 'fast', '1e9x', '1 x', '0.000x'])('refuses %j', (text) => {
    expect(() => parseSpeed(text)).toThrow(/a speed is max or a positive factor such as 1x or 60x: was/);
  });
});
