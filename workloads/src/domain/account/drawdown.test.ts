import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asMoney, asRatio, money, ratio } from '../money/amounts.ts';
import { atLeast, decimal, multiply, subtract } from '../money/decimal.ts';
import { DAY, utcDay } from '../time.ts';
import { drawdownRatio, isDrawdownBreached, markDay, trackDrawdown, type RunDrawdown } from './drawdown.ts';

/** 2024-03-01T00:00:00Z */
const MIDNIGHT = 1_709_251_200_000;
const LIMIT = ratio('0.05');

describe('the daily high-water mark', () => {
  it('starts at the first equity seen and follows it up, not down', () => {
    const first = markDay(undefined, money('10000'), MIDNIGHT + 5);
    expect(first).toEqual({
      day: utcDay(MIDNIGHT),
      openingEquity: money('10000'),
      highWater: money('10000'),
    });
    const higher = markDay(first, money('10100'), MIDNIGHT + 6);
    expect(higher).toMatchObject({ openingEquity: money('10000'), highWater: money('10100') });
    expect(markDay(higher, money('9000'), MIDNIGHT + 7)).toBe(higher);
    expect(markDay(higher, money('10100'), MIDNIGHT + 7)).toBe(higher);
  });

  it('starts again at 00:00 UTC with the equity then', () => {
    const evening = markDay(undefined, money('10000'), MIDNIGHT + DAY - 1);
    const next = markDay(evening, money('9600'), MIDNIGHT + DAY);
    expect(next).toEqual({
      day: utcDay(MIDNIGHT) + 1,
      openingEquity: money('9600'),
      highWater: money('9600'),
    });
    expect(isDrawdownBreached(next, money('9121'), LIMIT)).toBe(false);
  });

  it('does not go back to a day that is over', () => {
    const today = markDay(undefined, money('10000'), MIDNIGHT);
    expect(markDay(today, money('9000'), MIDNIGHT - 1)).toBe(today);
  });
});

describe('the drawdown of the day', () => {
  const mark = markDay(undefined, money('10000'), MIDNIGHT);

  it('is breached at the limit exactly, and not a hundred-millionth before', () => {
    expect(isDrawdownBreached(mark, money('9500'), LIMIT)).toBe(true);
    expect(isDrawdownBreached(mark, money('9500.000000000001'), LIMIT)).toBe(false);
    expect(drawdownRatio(mark.highWater, money('9500'))).toBe(ratio('0.05'));
    expect(drawdownRatio(mark.highWater, money('10001'))).toBe(0n);
  });

  it('is a total loss when there was nothing to lose', () => {
    expect(drawdownRatio(money('0'), money('0'))).toBe(ratio('1'));
    expect(drawdownRatio(money('-1'), money('5'))).toBe(ratio('1'));
  });

  it('agrees with the exact comparison, for any amounts and limits', () => {
    const amounts = fc
      .record({ units: fc.bigInt({ min: 1n, max: 10n ** 20n }), scale: fc.integer({ min: 0, max: 12 }) })
      .map(asMoney);
    const limits = fc.bigInt({ min: 1n, max: 100_000_000n }).map(asRatio);
    fc.assert(
      fc.property(amounts, amounts, limits, (highWater, equity, limit) => {
        const day = { day: 0, openingEquity: highWater, highWater };
        const lost = subtract(highWater, equity);
        const exactly = atLeast(lost, multiply(highWater, decimal(limit, 8)));
        expect(isDrawdownBreached(day, equity, limit)).toBe(exactly);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

describe('the drawdown of a run', () => {
  const track = (...equities: readonly string[]): RunDrawdown =>
    equities.reduce<RunDrawdown | undefined>((run, text) => trackDrawdown(run, money(text)), undefined) ?? {
      peak: money('0'),
      trough: money('0'),
      maxDrawdownRatio: asRatio(0n),
    };

  it.each([
    [['100', '110', '120'], '0'],
    [['100', '90', '95', '80', '200', '170'], '0.2'],
    [['100', '90', '200', '100', '150'], '0.5'],
    [['100', '200', '190', '199', '180', '200', '185'], '0.1'],
  ])('of %s is %s', (equities, worst) => {
    expect(track(...equities).maxDrawdownRatio).toBe(ratio(worst));
  });

  it('equals the worst of all pairs, for any history', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 }),
        (history) => {
          let worst = 0n;
          history.forEach((peak, from) => {
            for (const low of history.slice(from)) {
              const ratioOfPair = drawdownRatio(money(`${peak}`), money(`${low}`));
              if (ratioOfPair > worst) worst = ratioOfPair;
            }
          });
          expect(track(...history.map(String)).maxDrawdownRatio).toBe(worst);
        },
      ),
      { seed: 8, numRuns: 500 },
    );
  });

  it('gives back the state it was given when nothing changed', () => {
    const run = track('100', '90');
    expect(trackDrawdown(run, run.trough)).toBe(run);
    expect(trackDrawdown(run, money('95'))).toBe(run);
  });
});
