import { z } from 'zod';

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

const count = z.int().nonnegative();
const document = z.strictObject({
  candles: count,
  gaps: count,
  missing: count,
  late: count,
  refused: z.record(z.string(), count),
});

const NOTHING: ScreenerCounts = { candles: 0, gaps: 0, missing: 0, late: 0, refused: {} };

/** Reads the state document. @throws ZodError when it is not one of ours (the ledger is broken) */
export const readScreenerState = (stored: unknown): ScreenerCounts =>
  stored === undefined ? NOTHING : document.parse(stored);
