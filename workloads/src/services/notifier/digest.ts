/** What is to be told in the next message: a few alerts in full, the rest by their number. Pure. */
import type { AlertEvent, AlertLevel } from '../../events/event.ts';

export interface Tally {
  readonly level: AlertLevel;
  readonly code: string;
  readonly count: number;
}

export interface Digest {
  /** Told in full: the gravest, among equals the earliest. */
  readonly alerts: readonly AlertEvent[];
  /** What is not told in full, the gravest first. */
  readonly more: readonly Tally[];
  /** Alerts may have been lost on their way here. */
  readonly mayBeIncomplete: boolean;
}

export const NOTHING: Digest = { alerts: [], more: [], mayBeIncomplete: false };

/** Alerts of one message that are told in full. */
export const MOST_IN_FULL = 5;
/** Codes that are counted apart; the rest is counted together, so that a digest stays small whatever comes. */
export const MOST_CODES = 20;
export const OTHER_CODES = 'OTHER';

const GRAVITY: Readonly<Record<AlertLevel, number>> = { INFO: 0, WARNING: 1, CRITICAL: 2 };

/** Whether a level is at least another. */
export const isAtLeast = (level: AlertLevel, least: AlertLevel): boolean => GRAVITY[level] >= GRAVITY[least];

const gravestFirst = (a: { readonly level: AlertLevel }, b: { readonly level: AlertLevel }): number =>
  GRAVITY[b.level] - GRAVITY[a.level];

function count(more: readonly Tally[], { level, code: own }: AlertEvent): readonly Tally[] {
  const isKnown = more.some((tally) => tally.level === level && tally.code === own);
  const code = isKnown || more.length < MOST_CODES ? own : OTHER_CODES;
  const known = more.find((tally) => tally.level === level && tally.code === code);
  if (known === undefined) return [...more, { level, code, count: 1 }].sort(gravestFirst);
  return more.map((tally) => (tally === known ? { ...tally, count: tally.count + 1 } : tally));
}

/** The digest with one more alert in it. */
export function addAlert(digest: Digest, alert: AlertEvent): Digest {
  const alerts = [...digest.alerts, alert].sort(gravestFirst);
  const displaced = alerts[MOST_IN_FULL];
  if (displaced === undefined) return { ...digest, alerts };
  return { ...digest, alerts: alerts.slice(0, MOST_IN_FULL), more: count(digest.more, displaced) };
}

/** How many alerts are not told in full. */
export const countMore = ({ more }: Digest): number => more.reduce((sum, tally) => sum + tally.count, 0);

export const alertsIn = (digest: Digest): number => digest.alerts.length + countMore(digest);

export const isNothing = (digest: Digest): boolean => alertsIn(digest) === 0 && !digest.mayBeIncomplete;
