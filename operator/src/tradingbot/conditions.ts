/** Conditions as the API conventions want them: all types always there, `lastTransitionTime` moves with `status` only. */
import { CONDITION_TYPES, type ConditionType } from '@claire/workloads/contract';
import type { Reason } from './reasons.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
}
export type Verdicts = Readonly<Record<ConditionType, Verdict>>;

export interface Condition extends Verdict {
  readonly type: ConditionType;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

const LONGEST = 4_000;

/** RFC 3339 without fractions, as metav1.Time is written. */
export const timeText = (now: number): string => new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z');

export function toConditions(
  verdicts: Verdicts,
  before: readonly Condition[],
  at: { readonly now: number; readonly generation: number },
): readonly Condition[] {
  return CONDITION_TYPES.map((type) => {
    const { status, reason, message } = verdicts[type];
    const old = before.find((condition) => condition.type === type);
    return {
      type,
      status,
      reason,
      message: message.slice(0, LONGEST),
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : timeText(at.now),
      observedGeneration: at.generation,
    };
  });
}
