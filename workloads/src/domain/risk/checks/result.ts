import { type Money, type Ratio, formatPercent } from '../../money/amounts.ts';
import { formatDecimal } from '../../money/decimal.ts';
import type { EntryInput, Quality } from '../entry-input.ts';
import type { RiskCode } from '../codes.ts';
import type { EntryPlan } from '../entry-plan.ts';
import type { CheckResult } from '../verdict.ts';

/** One named comparison. Undefined when what it needs was found missing by an earlier check, which then failed. */
export type EntryCheck = (input: EntryInput, plan: EntryPlan | undefined) => CheckResult | undefined;

/** What a check compares, as text. */
export interface Compared {
  readonly check: string;
  readonly value: string;
  readonly limit: string;
}

/** The result of a comparison: `code` says why it failed when `passed` is false. */
export const judge = (compared: Compared, passed: boolean, code: RiskCode): CheckResult =>
  passed ? { ...compared, passed } : { ...compared, passed, code };

/** An input is absent: denied, whatever the limit. */
export const missing = (check: string, limit: string, code: RiskCode): CheckResult => ({
  check,
  passed: false,
  value: 'missing',
  limit,
  code,
});

/** A modelled input counts, and the verdict says so. */
export const qualified = (text: string, quality: Quality): string =>
  quality === 'modelled' ? `${text} (modelled)` : text;

export const percent = (value: Ratio): string => formatPercent(value);
export const amount = (value: Money): string => formatDecimal(value);
export const instant = (at: number): string => new Date(at).toISOString();
