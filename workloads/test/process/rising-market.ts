import { MINUTE } from '../../src/domain/time.ts';

/** The simulator moves the times to the present. */
const START = Date.UTC(2026, 0, 5);
/** Candles that come while a test runs. */
const LIVE = 60;

/** Rises by a little every minute, with a swing: each close is an entry once the last one's cooldown is over. CSV. */
export function risingMarket(history: number): string {
  const rows = ['open_time,open,high,low,close,volume,quote_volume'];
  let open = 100;
  for (let index = 0; index < history + LIVE; index += 1) {
    const close = open * (1.0006 + (index % 2 === 0 ? 0.0008 : -0.0008));
    const prices = [open, Math.max(open, close), Math.min(open, close), close];
    const texts = prices.map((price) => price.toFixed(4));
    rows.push([START + index * MINUTE, ...texts, '100000', (100_000 * close).toFixed(2)].join(','));
    open = close;
  }
  return `${rows.join('\n')}\n`;
}
