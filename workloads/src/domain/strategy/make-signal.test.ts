import { describe, expect, it } from '@jest/globals';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { money, price, ratio } from '../money/amounts.ts';
import { MINUTE } from '../time.ts';
import { makeSignal, signalId } from './make-signal.ts';

const CANDLE = buildCandle({
  symbol: 'ETHBTC',
  openTime: 1_515_560_100_000,
  interval: 5 * MINUTE,
  close: '0.0895',
});
const FACTS = { bot: 'momentum', strategy: 'momentum', candle: CANDLE, side: 'BUY' } as const;

describe('the id of a signal', () => {
  it('is the same for the same candle, also when its prices were corrected', () => {
    const corrected = { ...CANDLE, close: price('0.09'), high: price('0.09') };
    expect(signalId({ ...FACTS, candle: corrected })).toBe(signalId(FACTS));
    // Pinned: a ledger written by one version is read by the next.
    expect(signalId(FACTS)).toBe('pbacj5gacb1gkndg');
  });

  it('is 16 characters that an order id may hold', () => {
    for (let index = 0; index < 200; index += 1) {
      expect(signalId({ ...FACTS, bot: `bot-${index}` })).toMatch(/^[0-9a-v]{16}$/);
    }
  });

  it('differs by bot, strategy, symbol, interval and candle', () => {
    const ids = [
      signalId(FACTS),
      signalId({ ...FACTS, bot: 'other' }),
      signalId({ ...FACTS, strategy: 'other' }),
      signalId({ ...FACTS, candle: { ...CANDLE, symbol: 'ADABTC' } }),
      signalId({ ...FACTS, candle: { ...CANDLE, interval: MINUTE } }),
      signalId({ ...FACTS, candle: { ...CANDLE, openTime: CANDLE.openTime + 5 * MINUTE } }),
      // The parts do not run into each other.
      signalId({ ...FACTS, bot: 'momentum,', strategy: 'omentum' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a signal', () => {
  it('carries what was decided upon, at the close of its candle', () => {
    const trigger = {
      kind: 'trigger',
      changeRatio: ratio('0.04'),
      quoteVolume: money('25'),
      confidenceRatio: ratio('0.4'),
    } as const;
    expect(makeSignal({ bot: 'momentum', strategy: 'momentum', candle: CANDLE, trigger })).toEqual({
      signalId: signalId(FACTS),
      strategy: 'momentum',
      symbol: 'ETHBTC',
      side: 'BUY',
      price: CANDLE.close,
      changeRatio: ratio('0.04'),
      quoteVolume: money('25'),
      confidenceRatio: ratio('0.4'),
      candleOpenTime: 1_515_560_100_000,
      decidedTime: 1_515_560_400_000,
    });
  });
});
