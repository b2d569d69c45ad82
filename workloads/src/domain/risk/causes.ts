/**
 * Causes that pass by themselves (trading-rules: states and breakers): while one is there the bot is ReduceOnly. A cause
 * counts from the moment it is seen and clears only when it has not been seen for `CLEAR_AFTER`: what flickers holds.
 */
import { formatDuration, SECOND, type Duration, type Timestamp } from '../time.ts';

export const CAUSES = ['feed', 'spread', 'not-reconciled'] as const;
export type CauseName = (typeof CAUSES)[number];

/** How long a cause must be gone before it clears. */
export const CLEAR_AFTER: Duration = 10 * SECOND;

/** A cause in force. */
export interface Cause {
  readonly name: CauseName;
  readonly reason: string;
  readonly since: Timestamp;
  readonly lastSeen: Timestamp;
}

/** What is known at `now`; undefined where nothing is, which each entry's own check denies. */
export interface CauseQuestion {
  readonly now: Timestamp;
  /** Age of the newest data of any symbol: when even that is old, the channel is dead. */
  readonly feedAge: Duration | undefined;
  /** How old candles or ticks may be. */
  readonly maxFeedAge: Duration;
  /** Symbols whose spread is known, and those whose spread is wider than the limit. */
  readonly spreads: { readonly known: number; readonly wide: number };
  readonly reconciled: boolean | undefined;
}

/** Which causes are there now, and why. */
export function seenCauses(question: CauseQuestion): ReadonlyMap<CauseName, string> {
  const { feedAge, maxFeedAge, spreads, reconciled } = question;
  const seen = new Map<CauseName, string>();
  if (feedAge !== undefined && feedAge > maxFeedAge) {
    const limit = formatDuration(maxFeedAge);
    seen.set('feed', `no market data for ${formatDuration(feedAge)}, limit: ${limit}`);
  }
  // One symbol's spread is that symbol's check; most of them at once are the market's or the feed's.
  if (spreads.wide * 2 > spreads.known) {
    seen.set('spread', `the spread of ${spreads.wide} of ${spreads.known} symbols is wide`);
  }
  if (reconciled === false) seen.set('not-reconciled', 'ledger and venue do not agree, or were not compared');
  return seen;
}

/** What is in force after this look: new ones, those still seen, and those not gone for long enough. */
export function trackCauses(
  before: readonly Cause[],
  seen: ReadonlyMap<CauseName, string>,
  now: Timestamp,
): readonly Cause[] {
  return CAUSES.flatMap((name): readonly Cause[] => {
    const held = before.find((cause) => cause.name === name);
    const reason = seen.get(name);
    if (reason !== undefined) {
      const since = held?.since ?? now;
      return [{ name, reason: held?.reason ?? reason, since, lastSeen: now }];
    }
    return held !== undefined && now - held.lastSeen < CLEAR_AFTER ? [held] : [];
  });
}
