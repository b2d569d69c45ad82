import { z } from 'zod';
import type { SignalRejection } from '../../domain/strategy/signal.ts';

/** What the signal engine counted over the whole life of the ledger. */
export interface SignalCounts {
  readonly signals: number;
  /** Candles that made no signal, by reason. */
  readonly rejected: Readonly<Partial<Record<SignalRejection, number>>>;
}

const document = z.strictObject({
  signals: z.int().nonnegative(),
  rejected: z.partialRecord(
    z.enum(['WARMUP', 'GAP', 'BACKFILL', 'BELOW_THRESHOLD', 'LOW_VOLUME', 'COOLDOWN', 'POSITION_OPEN']),
    z.int().nonnegative(),
  ),
});

/** Reads the state document. @throws ZodError when it is not one of ours (the ledger is broken) */
export const readSignalState = (stored: unknown): SignalCounts =>
  stored === undefined ? { signals: 0, rejected: {} } : document.parse(stored);
