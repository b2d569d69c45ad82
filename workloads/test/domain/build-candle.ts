import type { Candle } from '../../src/domain/market/candle.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import { MINUTE } from '../../src/domain/time.ts';

/** What a test wants to be special about a candle; amounts as texts. */
export interface CandleTexts {
  readonly symbol?: string;
  readonly interval?: number;
  readonly openTime?: number;
  readonly open?: string;
  readonly high?: string;
  readonly low?: string;
  readonly close?: string;
  readonly volume?: string;
  readonly quoteVolume?: string;
}

/** A sound one-minute candle at `close` (100), but for what is named. */
export function buildCandle(texts: CandleTexts = {}): Candle {
  const { close = '100' } = texts;
  const sound = { symbol: 'BTCUSDT', interval: MINUTE, openTime: 0, volume: '1', quoteVolume: '100' };
  const all = { ...sound, open: close, high: close, low: close, close, ...texts };
  return {
    symbol: all.symbol,
    interval: all.interval,
    openTime: all.openTime,
    open: price(all.open),
    high: price(all.high),
    low: price(all.low),
    close: price(all.close),
    volume: quantity(all.volume),
    quoteVolume: money(all.quoteVolume),
  };
}
