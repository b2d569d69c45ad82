import { z } from 'zod';
import type { TradingSymbol } from '../../domain/market/candle.ts';

/** What the screener counted over the whole life of the ledger. */
export interface ScreenerCounts {
  /** Live candles published. */
  readonly candles: number;
  readonly gaps: number;
  /** Candles missing in those gaps. */
  readonly missing: number;
  /** Live candles that came after a later one: published as corrections. */
  readonly late: number;
  /** Not published, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What the screener knows besides the ledger's tables. */
export interface ScreenerState {
  readonly counts: ScreenerCounts;
  /** The top movers that were watched last. */
  readonly movers: readonly TradingSymbol[];
}

const count = z.int().nonnegative();
const document = z.strictObject({
  candles: count,
  gaps: count,
  missing: count,
  late: count,
  refused: z.record(z.string(), count),
  movers: z.array(z.string()).default([]),
});

const NOTHING: ScreenerCounts = { candles: 0, gaps: 0, missing: 0, late: 0, refused: {} };

/** Reads the state document. @throws ZodError when it is not one of ours (the ledger is broken) */
export function readScreenerState(stored: unknown): ScreenerState {
  if (stored === undefined) return { counts: NOTHING, movers: [] };
  const { movers, ...counts } = document.parse(stored);
  return { counts, movers };
}

export const writeScreenerState = ({ counts, movers }: ScreenerState): unknown => ({ ...counts, movers });
