import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CandleStatistics } from '../../src/adapters/paper/symbol-market.ts';
import { REPLAY_INPUTS } from '../../src/adapters/replay/replay-venue.ts';
import { SymbolFigures } from '../../src/backtest/engine/symbol-figures.ts';
import { SymbolTape } from '../../src/backtest/tape/symbol-tape.ts';
import { makeFastSpread, modelledSpread, TapeView } from '../../src/backtest/tape/tape-view.ts';
import { CandleWindow } from '../../src/domain/market/candle-window.ts';
import { type Candle, closeTime } from '../../src/domain/market/candle.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { asPrice, money, price, ratio } from '../../src/domain/money/amounts.ts';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';
import { HOUR, MINUTE } from '../../src/domain/time.ts';
import { MarketWatch } from '../../src/services/risk/market-watch.ts';
import { buildCandle } from '../domain/build-candle.ts';
import { instruments } from '../pipeline/market-script.ts';

const SYMBOL = 'AAAUSDT';
const START = Date.UTC(2024, 0, 1);
const HALF_SPREAD = ratio('0.0002');
const DEPTH_SHARE = ratio('0.5');

function instrument(tickSize = '0.01'): Instrument {
  const found = instruments([SYMBOL], { tickSize: price(tickSize) }).get(SYMBOL);
  if (found === undefined) throw new Error('no instrument');
  return found;
}

interface Step {
  readonly move: number;
  readonly volume: number;
  readonly isMissing: boolean;
}

const steps = (count: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      move: fc.integer({ min: -200, max: 200 }),
      volume: fc.integer({ min: 0, max: 1_000_000 }),
      isMissing: fc.integer({ min: 0, max: 30 }).map((value) => value === 0),
    }),
    { minLength: count, maxLength: count },
  );

function candlesOf(all: readonly Step[], interval: number): readonly Candle[] {
  let cents = 1_000_000;
  return all.flatMap(({ move, volume, isMissing }, i) => {
    cents += move * 5;
    if (isMissing && i > 0) return [];
    const text = (cents / 10_000).toFixed(i % 3 === 0 ? 2 : 4);
    const openTime = START + i * interval;
    return [
      buildCandle({
        symbol: SYMBOL,
        interval,
        openTime,
        close: text,
        quoteVolume: (volume / 100).toFixed(2),
      }),
    ];
  });
}

describe('figures of the columns', () => {
  it.each([MINUTE, 5 * MINUTE, 60 * MINUTE])(
    'are those of the services at every moment, holes included (candles of %d ms)',
    (interval) => {
      fc.assert(
        fc.property(steps(450), fc.integer({ min: 15, max: 60 }), (all, distance) => {
          const traded = instrument();
          const watch = new MarketWatch({
            instruments: new Map([[SYMBOL, traded]]),
            interval,
            priceWindow: 5 * interval,
            depthShareRatio: DEPTH_SHARE,
            halfSpreadRatio: HALF_SPREAD,
            inputs: REPLAY_INPUTS,
            clockOffset: () => 0,
          });
          const statistics = new CandleStatistics(interval);
          const tape = new SymbolTape(SYMBOL, interval, 2_000);
          tape.reserve(START / interval, 500);
          const figures = new SymbolFigures(traded, tape, {
            interval,
            priceWindow: 5 * interval,
            depthShareRatio: DEPTH_SHARE,
            halfSpreadRatio: HALF_SPREAD,
            quality: REPLAY_INPUTS,
            window: 30,
          });
          const candles = candlesOf(all, interval);
          // All of them at once: what is later must not show.
          for (const candle of candles) tape.put(candle);
          for (const [i, candle] of candles.entries()) {
            watch.takeCandle(candle);
            statistics.observe(candle);
            if (i % distance !== 0) continue;
            figures.closed(candle.openTime / interval);
            const now = closeTime(candle);
            expect(figures.marketView(now)).toEqual(watch.of(SYMBOL).view(now, HOUR));
            expect(figures.hourlySigmaBps()).toBe(statistics.hourlySigmaBps());
            expect(figures.closedTime).toBe(statistics.closedTime);
          }
        }),
        { numRuns: 3, endOnFailure: true },
      );
    },
    120_000,
  );

  it('have the very spread of the model, for any price and tick', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40_000_000 }),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom('0.00000001', '0.0001', '0.01', '0.05', '0.5', '3'),
        (units, scale, tick) => {
          const traded = instrument(tick);
          const fast = makeFastSpread({ scale }, HALF_SPREAD, traded)(units);
          const exact = modelledSpread(asPrice({ units: BigInt(units), scale }), HALF_SPREAD, traded);
          if (fast !== undefined) expect(BigInt(fast)).toBe(exact);
        },
      ),
      { numRuns: 500, endOnFailure: true },
    );
  });
});

describe('the scan of momentum', () => {
  it('never rules out a candle that triggers, and the view decides as the window does', () => {
    fc.assert(
      fc.property(steps(120), fc.integer({ min: 1, max: 12 }), (all, k) => {
        const strategy = makeStrategy({
          momentum: {
            thresholdRatio: ratio('0.005'),
            lookback: k * MINUTE,
            interval: MINUTE,
            minQuoteVolume: money('100'),
            cooldown: 0,
          },
        });
        const window = new CandleWindow({ interval: MINUTE, capacity: strategy.warmupCandles });
        const tape = new SymbolTape(SYMBOL, MINUTE, 200);
        tape.reserve(START / MINUTE, 200);
        const view = new TapeView(tape, strategy.warmupCandles);
        const candles = candlesOf(all, MINUTE);
        for (const candle of candles) tape.put(candle);
        for (const candle of candles) {
          window.put(candle);
          const slot = candle.openTime / MINUTE;
          view.seek(slot);
          const decision = strategy.evaluate(window);
          expect(strategy.evaluate(view)).toEqual(decision);
          const index = slot - tape.base;
          if (decision.kind === 'trigger') {
            expect(strategy.nextCandidate?.(tape, index, index + 1)).toBe(index);
          }
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });
});
