import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle, type CandleTexts } from '../../../test/domain/build-candle.ts';
import { CandleWindow } from '../market/candle-window.ts';
import { ONE_RATIO, ratio } from '../money/amounts.ts';
import { HOUR, MINUTE } from '../time.ts';
import type { BreakoutSettings } from './breakout.ts';
import { commonSettings, exitRuleSettings, makeExitRule, makeStrategy } from './registry.ts';
import type { PriceColumns, Strategy, StrategyDecision } from './strategy.ts';

const SETTINGS: BreakoutSettings = {
  entryLookback: 3 * MINUTE,
  exitLookback: 2 * MINUTE,
  bufferRatio: ratio('0.01'),
  interval: MINUTE,
  cooldown: HOUR,
};

const breakout = (changes: Partial<BreakoutSettings> = {}): Strategy =>
  makeStrategy({ breakout: { ...SETTINGS, ...changes } });

/** The window after candles one minute apart; undefined leaves one out. */
function windowOf(candles: readonly (CandleTexts | undefined)[], capacity = 6): CandleWindow {
  const window = new CandleWindow({ interval: MINUTE, capacity });
  for (const [i, texts] of candles.entries()) {
    if (texts !== undefined) window.put(buildCandle({ openTime: i * MINUTE, ...texts }));
  }
  return window;
}

const decide = (
  candles: readonly (CandleTexts | undefined)[],
  changes: Partial<BreakoutSettings> = {},
): StrategyDecision => breakout(changes).evaluate(windowOf(candles));

const flat: CandleTexts = { close: '100', high: '100', low: '100' };
/** Its high is where the channel ends. */
const peak: CandleTexts = { close: '100', high: '110', low: '99' };

describe('the entry of breakout', () => {
  it('is above the highest high of the look-back by more than the buffer, exactly', () => {
    expect(decide([peak, flat, flat, { close: '111.1' }])).toMatchObject({ reason: 'BELOW_THRESHOLD' });
    expect(decide([peak, flat, flat, { close: '111.10000001' }])).toEqual({
      kind: 'trigger',
      changeRatio: ratio('0.01'),
      quoteVolume: { units: 300n, scale: 0 },
      confidenceRatio: ONE_RATIO,
    });
    expect(decide([peak, flat, flat, { close: '110.00000001' }], { bufferRatio: ratio('0') })).toMatchObject({
      kind: 'trigger',
    });
  });

  it('forgets a high that is older than the look-back, and does not see its own', () => {
    expect(decide([peak, flat, flat, flat, { close: '102' }])).toMatchObject({ kind: 'trigger' });
    expect(decide([flat, flat, flat, { close: '102', high: '120' }])).toMatchObject({ kind: 'trigger' });
  });

  it('waits for every candle of the look-back, and says whether they never came or were lost', () => {
    expect(decide([flat, flat, { close: '150' }])).toEqual({ kind: 'none', reason: 'WARMUP' });
    expect(decide([flat, flat, flat, undefined, flat, { close: '150' }])).toEqual({
      kind: 'none',
      reason: 'GAP',
    });
  });
});

describe('the exit of breakout', () => {
  const leaves = (candles: readonly (CandleTexts | undefined)[], exitLookback = 2 * MINUTE): boolean =>
    breakout({ exitLookback }).exit?.leaves(windowOf(candles)) === true;
  const trough: CandleTexts = { close: '100', high: '101', low: '90' };

  it('is a close below the lowest low of the look-back, not at it', () => {
    expect(leaves([trough, flat, { close: '90' }])).toBe(false);
    expect(leaves([trough, flat, { close: '89.99999999' }])).toBe(true);
    expect(leaves([trough, flat, flat, { close: '99' }])).toBe(true);
  });

  it('does not see the low of the candle it is decided on', () => {
    expect(leaves([flat, flat, { close: '101', low: '50' }])).toBe(false);
  });

  it('is not kept by a gap, but wants half of the look-back', () => {
    expect(leaves([trough, undefined, { close: '89' }])).toBe(true);
    expect(leaves([flat, undefined, undefined, { close: '89' }], 3 * MINUTE)).toBe(false);
    expect(leaves([undefined, undefined, { close: '89' }])).toBe(false);
    expect(leaves([{ close: '89' }])).toBe(false);
  });

  it('is all that risk is told of the strategy', () => {
    const settings = { breakout: SETTINGS };
    const known = exitRuleSettings(settings);
    expect(known).toEqual({ breakout: { exitLookback: 2 * MINUTE, interval: MINUTE } });
    const rule = makeExitRule(known ?? {});
    expect(rule?.candles).toBe(3);
    expect(rule?.leaves(windowOf([trough, flat, { close: '89' }]))).toBe(true);
    expect(exitRuleSettings({ momentum: { ...MOMENTUM } })).toBeUndefined();
  });
});

const MOMENTUM = {
  thresholdRatio: ratio('0.03'),
  lookback: 3 * MINUTE,
  interval: MINUTE,
  minQuoteVolume: { units: 0n, scale: 0 } as never,
  cooldown: 0,
};

describe('the strategy a bot names', () => {
  it('has warm-up, interval, cooldown and an exit of its own', () => {
    expect(breakout()).toMatchObject({
      name: 'breakout',
      warmupCandles: 4,
      interval: MINUTE,
      cooldown: HOUR,
    });
    expect(breakout().exit?.candles).toBe(3);
    expect(makeStrategy({ momentum: MOMENTUM }).exit).toBeUndefined();
    expect(commonSettings({ breakout: SETTINGS })).toMatchObject({ interval: MINUTE, cooldown: HOUR });
  });

  it('is exactly one, whose look-backs fit its interval', () => {
    for (const settings of [{}, { momentum: MOMENTUM, breakout: SETTINGS }]) {
      expect(() => makeStrategy(settings)).toThrow('exactly one of momentum, breakout must be there');
    }
    expect(() => breakout({ entryLookback: 90_000 })).toThrow(RangeError);
    expect(() => breakout({ exitLookback: 90_000 })).toThrow(RangeError);
  });
});

interface Bar {
  readonly close: number;
  readonly above: number;
  readonly below: number;
}
const bars = fc.array(
  fc.option(
    fc.record({
      // Few prices, so that closes often meet highs and lows exactly.
      close: fc.integer({ min: 95, max: 105 }),
      above: fc.nat({ max: 4 }),
      below: fc.nat({ max: 4 }),
    }),
    { nil: undefined, freq: 12 },
  ),
  { minLength: 20, maxLength: 80 },
);
const candleOf = ({ close, above, below }: Bar, i: number) =>
  buildCandle({
    openTime: i * MINUTE,
    close: String(close),
    high: String(close + above),
    low: String(close - below),
  });
const columnsOf = (all: readonly (Bar | undefined)[]): PriceColumns => {
  const column = (read: (bar: Bar) => number): Float64Array =>
    Float64Array.from(all, (bar) => (bar === undefined ? 0 : read(bar)));
  return {
    open: column(({ close }) => close),
    high: column(({ close, above }) => close + above),
    low: column(({ close, below }) => close - below),
    close: column(({ close }) => close),
  };
};
const buffers = fc.constantFrom('0', '0.0005', '0.01').map(ratio);
const spans = fc.integer({ min: 1, max: 9 }).map((count) => count * MINUTE);

/** The rule as it is written down, over a list. */
function oracle(all: readonly (Bar | undefined)[], i: number, settings: BreakoutSettings) {
  const before = (span: number): readonly (Bar | undefined)[] => all.slice(Math.max(0, i - span / MINUTE), i);
  const now = all[i];
  if (now === undefined) return { enters: false, leaves: false };
  const channel = before(settings.entryLookback);
  const known = channel.filter((bar) => bar !== undefined);
  const isWhole = known.length === settings.entryLookback / MINUTE;
  const highest = Math.max(...known.map(({ close, above }) => close + above));
  const left = before(settings.exitLookback).filter((bar) => bar !== undefined);
  const lowest = Math.min(...left.map(({ close, below }) => close - below));
  const enough = left.length > 0 && left.length >= settings.exitLookback / MINUTE / 2;
  // Whole numbers: one side is the price in units of 1e-8, the other the highest times one plus the buffer.
  const limit = BigInt(isWhole ? highest : 0) * (ONE_RATIO + settings.bufferRatio);
  return {
    enters: isWhole && BigInt(now.close) * ONE_RATIO > limit,
    leaves: enough && now.close < lowest,
  };
}

describe('breakout on made markets', () => {
  it('decides as the rule is written, and the columns rule out nothing that it would do', () => {
    fc.assert(
      fc.property(bars, spans, spans, buffers, (all, entryLookback, exitLookback, bufferRatio) => {
        const settings = { ...SETTINGS, entryLookback, exitLookback, bufferRatio };
        const strategy = breakout(settings);
        const { exit } = strategy;
        const window = new CandleWindow({ interval: MINUTE, capacity: 10 });
        const columns = columnsOf(all);
        for (const [i, bar] of all.entries()) {
          if (bar === undefined) continue;
          window.put(candleOf(bar, i));
          const { enters, leaves } = oracle(all, i, settings);
          expect(strategy.evaluate(window).kind === 'trigger').toBe(enters);
          expect(exit?.leaves(window)).toBe(leaves);
          if (enters) expect(strategy.nextCandidate?.(columns, i, i + 1)).toBe(i);
          if (leaves) expect(exit?.mayLeave?.(columns, i)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('scans to the next candle that might trigger, and no further', () => {
    fc.assert(
      fc.property(bars, spans, buffers, (all, entryLookback, bufferRatio) => {
        const settings = { ...SETTINGS, entryLookback, bufferRatio };
        const strategy = breakout(settings);
        const from = entryLookback / MINUTE;
        if (from >= all.length) return;
        const found = strategy.nextCandidate?.(columnsOf(all), from, all.length) ?? -1;
        const first = all.findIndex((_, i) => i >= from && oracle(all, i, settings).enters);
        expect(found).toBeLessThanOrEqual(first < 0 ? all.length : first);
      }),
      { numRuns: 200 },
    );
  });
});
