import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { CandleWindow } from '../market/candle-window.ts';
import { ONE_RATIO, formatPercent, money, ratio } from '../money/amounts.ts';
import { formatDecimal } from '../money/decimal.ts';
import { MINUTE } from '../time.ts';
import { evaluateMomentum, type MomentumSettings } from './momentum.ts';
import { candlesBack } from './parameters.ts';
import { makeStrategy } from './registry.ts';
import type { StrategyDecision } from './strategy.ts';

const SETTINGS: MomentumSettings = {
  thresholdRatio: ratio('0.03'),
  lookback: 3 * MINUTE,
  interval: MINUTE,
  minQuoteVolume: money('300'),
  cooldown: 15 * MINUTE,
};

interface Given {
  readonly closes: readonly (string | undefined)[];
  readonly volumes?: readonly string[];
  readonly settings?: Partial<MomentumSettings>;
}

function decide({ closes, volumes = [], settings = {} }: Given): StrategyDecision {
  const window = new CandleWindow({ interval: MINUTE, capacity: 4 });
  for (const [index, close] of closes.entries()) {
    if (close === undefined) continue;
    window.put(buildCandle({ openTime: index * MINUTE, close, quoteVolume: volumes[index] ?? '100' }));
  }
  return evaluateMomentum(window, { ...SETTINGS, ...settings });
}

const kindOf = (decision: StrategyDecision): string =>
  decision.kind === 'none' ? decision.reason : 'trigger';

describe('momentum', () => {
  it.each<[string, Given, string]>([
    ['triggers at the threshold exactly', { closes: ['100', '90', '95', '103'] }, 'trigger'],
    ['does not a hair below it', { closes: ['100', '90', '95', '102.99999999999999999'] }, 'BELOW_THRESHOLD'],
    [
      'compares with the close k candles back, not with the lowest',
      { closes: ['103', '90', '90', '103'] },
      'BELOW_THRESHOLD',
    ],
    [
      'forgets what is older than the look-back',
      { closes: ['1', '100', '100', '100', '102'] },
      'BELOW_THRESHOLD',
    ],
    ['waits for k+1 candles', { closes: ['100', '101', '110'] }, 'WARMUP'],
    [
      'waits for k+1 candles also when it starts with a hole',
      { closes: ['100', undefined, '101', '110'] },
      'WARMUP',
    ],
    ['refuses a window with a hole', { closes: ['100', '100', '100', undefined, '110'] }, 'GAP'],
    [
      'refuses when the oldest of the k+1 is missing',
      { closes: ['100', undefined, '100', '100', '110'] },
      'GAP',
    ],
    [
      'does without a candle before the look-back',
      { closes: [undefined, '100', '100', '100', '110'] },
      'trigger',
    ],
    [
      'needs the quote volume of k candles',
      { closes: ['100', '100', '100', '110'], volumes: ['999', '100', '100', '99.99'] },
      'LOW_VOLUME',
    ],
    [
      'counts the volume of the k newest only',
      { closes: ['100', '100', '100', '110'], volumes: ['0', '100', '100', '100'] },
      'trigger',
    ],
    [
      'names the change before the volume',
      { closes: ['100', '100', '100', '100'], volumes: ['0', '0', '0', '0'] },
      'BELOW_THRESHOLD',
    ],
  ])('%s', (_, given, expected) => {
    expect(kindOf(decide(given))).toBe(expected);
  });

  it('says nothing before the first candle', () => {
    expect(kindOf(decide({ closes: [] }))).toBe('WARMUP');
  });

  it.each([
    // The confidences of the original: 3 % → 0.30, 5 % → 0.50, 10 % and more → 1.
    ['103', '3%', '30%'],
    ['105', '5%', '50%'],
    ['110', '10%', '100%'],
    ['150', '50%', '100%'],
    ['104.5', '4.5%', '45%'],
  ])(
    'of a rise from 100 to %s reports a change of %s and a confidence of %s',
    (close, change, confidence) => {
      const decision = decide({ closes: ['100', '100', '100', close] });
      expect(decision.kind).toBe('trigger');
      if (decision.kind !== 'trigger') return;
      expect(formatPercent(decision.changeRatio)).toBe(change);
      expect(formatPercent(decision.confidenceRatio)).toBe(confidence);
      expect(formatDecimal(decision.quoteVolume)).toBe('300');
    },
  );

  it('rounds change and confidence down to 1e-8, the confidence from the true change', () => {
    const decision = decide({ closes: ['3', '3', '3', '3.1'] });
    expect(decision).toMatchObject({ changeRatio: 3_333_333n, confidenceRatio: 33_333_333n });
  });

  it('agrees with a decision in whole cents at any threshold', () => {
    const cents = fc.integer({ min: 1, max: 100_000 });
    const thresholds = fc.integer({ min: 1, max: 3_000 });
    fc.assert(
      fc.property(cents, cents, thresholds, (then, now, basisPoints) => {
        const text = (value: number): string => (value / 100).toFixed(2);
        const decision = decide({
          closes: [text(then), '1', '1', text(now)],
          settings: { thresholdRatio: ratio((basisPoints / 10_000).toFixed(4)) },
        });
        const triggers = (now - then) * 10_000 >= then * basisPoints;
        expect(decision.kind).toBe(triggers ? 'trigger' : 'none');
        if (decision.kind !== 'trigger') return;
        expect(decision.confidenceRatio).toBeGreaterThan(0n);
        expect(decision.confidenceRatio).toBeLessThanOrEqual(ONE_RATIO);
      }),
      { seed: 9, numRuns: 500 },
    );
  });

  it('refuses a window too small for its look-back', () => {
    const window = new CandleWindow({ interval: MINUTE, capacity: 3 });
    expect(() => evaluateMomentum(window, SETTINGS)).toThrow('a window of 3 candles never holds 4');
  });
});

describe('the look-back in candles', () => {
  it('is a whole number of at least one', () => {
    expect(candlesBack(15 * MINUTE, 5 * MINUTE)).toBe(3);
    for (const lookback of [0, 7 * MINUTE, NaN]) {
      expect(() => candlesBack(lookback, 5 * MINUTE)).toThrow(
        `the look-back must be a multiple of the interval (300000 ms): was ${lookback} ms`,
      );
    }
  });
});

describe('the strategy a bot names', () => {
  it('is momentum with its warm-up, interval and cooldown', () => {
    const strategy = makeStrategy({ momentum: SETTINGS });
    expect(strategy).toMatchObject({
      name: 'momentum',
      warmupCandles: 4,
      interval: MINUTE,
      cooldown: 15 * MINUTE,
    });
    const window = new CandleWindow({ interval: MINUTE, capacity: strategy.warmupCandles });
    for (const [index, close] of ['100', '100', '100', '104'].entries()) {
      expect(kindOf(strategy.evaluate(window))).toBe('WARMUP');
      window.put(buildCandle({ openTime: index * MINUTE, close }));
    }
    expect(kindOf(strategy.evaluate(window))).toBe('trigger');
  });

  it('is refused when its look-back does not fit its interval', () => {
    expect(() => makeStrategy({ momentum: { ...SETTINGS, lookback: 90_000 } })).toThrow(RangeError);
  });
});
