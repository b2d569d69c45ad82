import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combinationsOf, MAX_COMBINATIONS, parseAxis, parseGridFile } from './grid.ts';

describe('a parameter of a sweep', () => {
  it.each([
    ['strategy.momentum.lookback=10m,20m', ['10m', '20m']],
    ['spec.strategy.momentum.lookback= 10m , 20m ', ['10m', '20m']],
    ['strategy.momentum.lookback=10m..30m:10m', ['10m', '20m', '30m']],
    ['strategy.momentum.threshold=0.5%..1.5%:0.5%', ['0.5%', '1%', '1.5%']],
    ['risk.maxOpenPositions=1..3:1,10', ['1', '2', '3', '10']],
    ['strategy.momentum.lookback=10m,10m', ['10m']],
  ])('%s has the values %j', (text, values) => {
    expect(parseAxis(text).values).toEqual(values);
    expect(parseAxis(text).path).not.toMatch(/^spec/);
  });

  it.each([
    ['strategy.momentum.lookback', /is PATH=VALUES/],
    ['=10m', /a field of spec/],
    ['strategy momentum=10m', /a field of spec/],
    ['strategy.momentum.lookback=', /values are a list or a range/],
    ['strategy.momentum.lookback=10m..30s:10m', /one unit/],
    ['strategy.momentum.lookback=30m..10m:10m', /rises by a step/],
    ['strategy.momentum.lookback=10m..30m:0m', /rises by a step/],
    ['risk.maxOpenPositions=1..999999999:1', /at most 100000 values/],
  ])('%s is refused with a reason', (text, reason) => {
    expect(() => parseAxis(text)).toThrow(reason);
  });

  it('comes from a file as well', () => {
    expect(parseGridFile('strategy.momentum.lookback: [10m, 20m]\nrisk.maxOpenPositions: 1..2:1')).toEqual([
      { path: 'strategy.momentum.lookback', values: ['10m', '20m'] },
      { path: 'risk.maxOpenPositions', values: ['1', '2'] },
    ]);
    expect(() => parseGridFile('- a')).toThrow(/a map of parameters/);
    expect(() => parseGridFile('a: [')).toThrow(/is not YAML/);
  });
});

describe('the sets of a sweep', () => {
  it('are every combination, each once, in a steady order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        const axes = sizes.map((size, axis) => ({
          path: `a${axis}`,
          values: Array.from({ length: size }, (_, i) => String(i)),
        }));
        const sets = combinationsOf(axes);
        expect(sets.length).toBe(sizes.reduce((product, size) => product * size, 1));
        expect(new Set(sets.map((set) => set.join())).size).toBe(sets.length);
        expect(sets[0]).toEqual(sizes.map(() => '0'));
      }),
    );
  });

  it('are refused when there are none, a parameter is there twice, or nobody could wait for them', () => {
    const axis = { path: 'a', values: ['1'] };
    expect(() => combinationsOf([])).toThrow(/no parameter/);
    expect(() => combinationsOf([axis, axis])).toThrow(/there twice/);
    const wide = (path: string) => ({ path, values: Array.from({ length: 1_000 }, (_, i) => String(i)) });
    expect(() => combinationsOf([wide('a'), wide('b')])).toThrow(new RegExp(String(MAX_COMBINATIONS)));
  });
});
