/** A bot and a market made for tests that need to know what happens when. */
import { HOUR, MINUTE } from '../../src/domain/time.ts';
import { MIDNIGHT } from './sample-trade.ts';

export const HEADER = 'open_time,open,high,low,close,volume,quote_volume';
const INTERVAL = 5 * MINUTE;
const CANDLES_A_DAY = (24 * HOUR) / INTERVAL;

/** Trades XYZUSDT on 5-minute candles; nothing but a person's word or two days end a position. */
export const BOT = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata:
  name: made
spec:
  exchange: { venue: replay }
  universe: { quote: USDT, symbols: [XYZUSDT] }
  strategy:
    momentum: { interval: 5m, threshold: 3%, lookback: 15m, minQuoteVolume: '1000', takeProfit: 90%, maxHolding: 48h }
  risk: { stopLoss: 4%, maxDailyDrawdown: 20% }
`;

export const INSTRUMENTS = JSON.stringify({
  instruments: [
    {
      symbol: 'XYZUSDT',
      base: 'XYZ',
      quote: 'USDT',
      tickSize: '0.01',
      lotSize: '0.001',
      minQuantity: '0.001',
      minNotional: '5',
    },
  ],
});

const row = (index: number, open: number, close: number): string => {
  const high = Math.max(open, close);
  const low = Math.min(open, close);
  const prices = [open, high, low, close].map((price) => price.toFixed(2));
  return [MIDNIGHT + index * INTERVAL, ...prices, '1000', (1000 * close).toFixed(2)].join(',');
};

/** `count` quiet candles that swing by half a percent around `price`. */
export const quiet = (count: number, price: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const swing = (step: number): number => price * (step % 2 === 0 ? 1 : 1.005);
    return row(from + i, swing(i), swing(i + 1));
  });

/** A quiet day, a rise of five percent that is an entry, and another quiet day. */
export function dayWithEntry(): readonly string[] {
  const start = CANDLES_A_DAY + 12;
  const steps = [100, 101.5, 103.2, 105];
  const rise = steps.slice(1).map((close, i) => row(start + i, steps[i] ?? close, close));
  return [...quiet(start, 100), ...rise, ...quiet(CANDLES_A_DAY, 105, start + rise.length)];
}

export const csv = (rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;
