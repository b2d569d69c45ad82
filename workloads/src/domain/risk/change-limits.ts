/** Whether limits may change while the bot runs, and what changes. */
import { formatPercent, type Money } from '../money/amounts.ts';
import { type Decimal, formatDecimal, greaterThan } from '../money/decimal.ts';
import { formatDuration } from '../time.ts';
import type { RiskLimits } from './limits.ts';

/** `BELOW_EXPOSURE`: the new value does not hold what is at stake now. `NEEDS_RESTART`: windows are built from it. */
export type LimitsRefusal = 'BELOW_EXPOSURE' | 'EXPOSURE_MISSING' | 'NEEDS_RESTART';

export interface LimitChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export type LimitsDecision =
  | { readonly applied: true; readonly changes: readonly LimitChange[] }
  | {
      readonly applied: false;
      readonly code: LimitsRefusal;
      readonly reason: string;
      readonly changes: readonly LimitChange[];
    };

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === 'object' && value !== null && 'units' in value && 'scale' in value;

const DURATIONS: ReadonlySet<keyof RiskLimits> = new Set<keyof RiskLimits>([
  'priceWindow',
  'maxDataAge',
  'maxClockSkew',
  'lossCooldown',
  'duplicateWindow',
]);

/** The field of the TradingBot API that a limit comes from. */
export const fieldOf = (name: string): string => name.replace(/Ratio$/, '');

/** One limit as people read it. `maxOrderToTradeRatio` is a count; every other `…Ratio` is a percentage. */
export function limitText(name: keyof RiskLimits, value: RiskLimits[keyof RiskLimits]): string {
  if (value === undefined) return 'none';
  if (isDecimal(value)) return formatDecimal(value);
  if (typeof value === 'bigint') return formatPercent(value);
  if (typeof value === 'number' && DURATIONS.has(name)) return formatDuration(value);
  return String(value);
}

/** Every limit by the name of its field, as people read it. */
export function limitTexts(limits: RiskLimits): readonly { readonly name: string; readonly value: string }[] {
  const names = Object.keys(limits) as (keyof RiskLimits)[];
  return names.map((name) => ({ name: nameOf(name), value: limitText(name, limits[name]) }));
}

const nameOf = (name: keyof RiskLimits): string => (name === 'maxOrderToTradeRatio' ? name : fieldOf(name));

function changesOf(current: RiskLimits, next: RiskLimits): readonly LimitChange[] {
  const names = [...new Set([...Object.keys(current), ...Object.keys(next)])] as (keyof RiskLimits)[];
  return names.sort().flatMap((name) => {
    const [from, to] = [limitText(name, current[name]), limitText(name, next[name])];
    return from === to ? [] : [{ name: nameOf(name), from, to }];
  });
}

/**
 * Decide on new limits. `exposed` is what is at stake: positions at their marks and working entries at their worst;
 * undefined while a position has no price (a lower capital is refused then).
 */
export function decideLimits(
  current: RiskLimits,
  next: RiskLimits,
  exposed: Money | undefined,
): LimitsDecision {
  const changes = changesOf(current, next);
  const refused = (code: LimitsRefusal, reason: string): LimitsDecision => ({
    applied: false,
    code,
    reason,
    changes,
  });
  if (current.priceWindow !== next.priceWindow) {
    const [was, wanted] = [formatDuration(current.priceWindow), formatDuration(next.priceWindow)];
    return refused(
      'NEEDS_RESTART',
      `priceWindow cannot change while the bot runs: is ${was}, was asked to be ${wanted}; restart risk to apply it`,
    );
  }
  if (!greaterThan(current.capital, next.capital)) return { applied: true, changes };
  const capital = formatDecimal(next.capital);
  if (exposed === undefined) {
    return refused('EXPOSURE_MISSING', `capital cannot fall to ${capital} while a position has no price`);
  }
  if (greaterThan(exposed, next.capital)) {
    return refused(
      'BELOW_EXPOSURE',
      `capital cannot fall to ${capital}: ${formatDecimal(exposed)} is at stake now; wait until it is less, or flatten`,
    );
  }
  return { applied: true, changes };
}
