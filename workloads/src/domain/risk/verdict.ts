/**
 * What the risk manager says of one intent. Glossary:
 * *check* — one named comparison of a value with a limit; *verdict* — all checks in their fixed order and the outcome;
 * *trim* — approved with a smaller quantity.
 */
import type { OrderIntent } from '../orders/order.ts';
import type { Timestamp } from '../time.ts';
import type { RiskCode } from './codes.ts';

export interface CheckResult {
  /** The check's name, e.g. `exposure`. */
  readonly check: string;
  readonly passed: boolean;
  /** What was measured, as text: a decimal, a percentage, a state; `missing` when the input is absent. */
  readonly value: string;
  /** What it was held against, as text; `none` when no limit applies. */
  readonly limit: string;
  /** Why it failed; absent when it passed. */
  readonly code?: RiskCode;
  /** Set when the check made the quantity smaller. */
  readonly trimmedTo?: string;
}

export type VerdictOutcome = 'ALLOW' | 'TRIM' | 'DENY';

export interface Verdict {
  /** Deterministic: hash of what was judged. */
  readonly verdictId: string;
  readonly outcome: VerdictOutcome;
  /** `OK`, `TRIMMED` or the code of the first check that failed (registry: risk/codes.ts). */
  readonly code: string;
  readonly symbol: string;
  readonly subject: 'ENTRY' | 'EXIT' | 'FLATTEN';
  readonly signalId?: string;
  readonly checks: readonly CheckResult[];
  /** Version hash of the limits in force. */
  readonly limitsHash: string;
  readonly time: Timestamp;
  /** Absent when denied. */
  readonly order?: OrderIntent;
}
