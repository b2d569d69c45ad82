import { klineChannel } from '../../src/adapters/mexc/wire/channels.ts';
import type { PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { MINUTE } from '../../src/domain/time.ts';
import type { MarketUpdate } from '../../src/ports/venue.ts';
import { START } from './harness.ts';

export type KlineFrame = Extract<PushFrame, { readonly kind: 'kline' }>;

/** The frame of a window after `part` of 10 trades. */
export function kline(symbol: string, minute: number, part = 10): KlineFrame {
  const windowStart = START / 1_000 + 60 * minute;
  return {
    kind: 'kline',
    channel: klineChannel(symbol, 'Min1'),
    symbol,
    time: (windowStart + 5 * part) * 1_000,
    body: {
      interval: 'Min1',
      windowStart,
      openingPrice: '100',
      closingPrice: String(100 + part),
      highestPrice: String(100 + part),
      lowestPrice: '99',
      volume: String(part),
      amount: String(100 * part),
      windowEnd: windowStart + 60,
    },
  };
}

/** REST's row of a finished window. */
export const row = (minute: number, part = 10) => {
  const openTime = START + minute * MINUTE;
  return [
    openTime,
    '100',
    String(100 + part),
    '99',
    String(100 + part),
    String(part),
    openTime + MINUTE,
    '1000',
  ];
};

export const minuteOf = (openTime: number): number => (openTime - START) / MINUTE;

/** One word for an update: "live 3", "STALE", "tick 105". */
export function word(update: MarketUpdate): string {
  if (update.kind === 'candle') return `${update.origin} ${minuteOf(update.candle.openTime)}`;
  return update.kind === 'feed' ? update.status : `tick ${formatDecimal(update.price)}`;
}
