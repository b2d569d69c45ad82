import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.ts';
import { formatPath, formatProblem, mustBe, parsePath, showValue } from './problem.ts';

describe('a problem', () => {
  it('is one line with file, line and path as far as they are known', () => {
    expect(formatProblem({ path: 'spec.mode', file: 'a.yaml', line: 3, message: 'was 1' })).toBe(
      'a.yaml:3: spec.mode: was 1',
    );
    expect(formatProblem({ path: '', file: 'a.yaml', message: 'is empty' })).toBe('a.yaml: is empty');
    expect(formatProblem({ path: 'kind', message: 'was 1' })).toBe('kind: was 1');
  });

  it('has a path that can be walked again', () => {
    const part = fc.oneof(fc.string({ maxLength: 40 }), fc.nat({ max: 500 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        expect(parsePath(formatPath(parts))).toEqual(parts);
      }),
      { seed: 5 },
    );
  });

  it('shows values shortly', () => {
    expect([null, true, 'a"b', [], [1], {}, 12n, NaN].map(showValue)).toEqual([
      'null',
      'true',
      '"a\\"b"',
      'an empty list',
      'a list',
      'a map',
      '12',
      'NaN',
    ]);
    expect(showValue('x'.repeat(1_000_000)).length).toBeLessThan(70);
  });

  it('says what is missing', () => {
    expect(mustBe(undefined, 'a map')).toBe('is missing; must be a map');
  });
});

describe('the nearest name', () => {
  const KNOWN = ['stopLoss', 'maxPosition', 'maxOpenPositions', 'cidr', 'state'];
  it.each([
    ['stoploss', 'stopLoss'],
    ['stop_loss', 'stopLoss'],
    ['maxPositon', 'maxPosition'],
    ['maxPositions', 'maxPosition'],
    ['cird', 'cidr'],
    ['stat', 'state'],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestName(name, KNOWN)).toBe(nearest);
  });

  it.each(['leverage', 'x', ''])('of %j is none', (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined();
  });
});
