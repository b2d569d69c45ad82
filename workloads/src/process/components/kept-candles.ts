/** What of the past a screener has to ask the venue for, when the ledger keeps the rest from an earlier life. */
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';

export interface KeptCandlesDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly interval: Duration;
  /** How many of the latest closed candles are needed. */
  readonly wanted: number;
}

/** Asked for in any case: the last of an earlier life may have ended before the venue confirmed them. */
const AGAIN = 10;

/**
 * How many of the latest closed candles reach back to the oldest one that is missing. A window that nobody traded counts
 * as missing: the venue is asked rather than taken for silent.
 */
export function candlesToAsk(
  kept: ReadonlySet<Timestamp>,
  {
    wanted,
    interval,
    now,
  }: { readonly wanted: number; readonly interval: Duration; readonly now: Timestamp },
): number {
  const end = Math.floor(now / interval) * interval;
  for (let count = wanted; count > AGAIN; count -= 1) {
    if (!kept.has(end - count * interval)) return count;
  }
  return Math.min(wanted, AGAIN);
}

/** How many candles a symbol's warm-up asks the venue for. */
export const keptCandles =
  ({ ledger, clock, interval, wanted }: KeptCandlesDeps) =>
  async (symbol: TradingSymbol): Promise<number> => {
    const now = clock.now();
    const range = { symbol, interval, from: now - (wanted + 1) * interval, to: now, limit: wanted + 1 };
    const candles = await ledger.transaction((tx) => tx.candles(range));
    const kept = new Set(candles.map(({ openTime }) => openTime));
    return candlesToAsk(kept, { wanted, interval, now });
  };
