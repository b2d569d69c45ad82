import type { Duration, Timestamp } from '../time.ts';
import type { SignalRejection } from './signal.ts';

/** What a symbol's next entry depends on besides the market. */
export interface EntryGateInput {
  /** Close time of the candle decided on. */
  readonly now: Timestamp;
  /** Fill time of the symbol's last entry; undefined before the first. */
  readonly lastEntryTime: Timestamp | undefined;
  /** The symbol has a position or an entry that may still become one. */
  readonly positionOpen: boolean;
  readonly cooldown: Duration;
}

/** Whether an entry may be wished for at all: undefined when it may. One position a symbol, no adding. */
export function entryGate(
  input: EntryGateInput,
): Extract<SignalRejection, 'COOLDOWN' | 'POSITION_OPEN'> | undefined {
  if (input.positionOpen) return 'POSITION_OPEN';
  const { lastEntryTime } = input;
  if (lastEntryTime !== undefined && input.now - lastEntryTime < input.cooldown) return 'COOLDOWN';
  return undefined;
}
