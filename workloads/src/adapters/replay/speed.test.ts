import { describe, expect, it } from '@jest/globals';
import { formatSpeed, parseSpeed } from './speed.ts';

describe('parseSpeed', () => {
  it.each(['max', '1x', '60x', '0.5x'])('reads %s and writes it again', (text) => {
    expect(formatSpeed(parseSpeed(text))).toBe(text);
  });

  it.each(['', 'x', '0x', '-1x', '1', 'fast', '1e9x', '1 x', '0.000x'])('refuses %j', (text) => {
    expect(() => parseSpeed(text)).toThrow(/a speed is max or a positive factor such as 1x or 60x: was/);
  });
});
