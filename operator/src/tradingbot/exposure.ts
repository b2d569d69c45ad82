/** What is known of a bot's positions and orders, from what risk and execution answered. Pure. */
import type { ControlState } from '@claire/workloads/contract';

/** What a component answered when it was asked, or why it could not be. */
export type ControlAnswer =
  { readonly ok: true; readonly state: ControlState } | { readonly ok: false; readonly why: string };

export interface ControlAnswers {
  readonly risk: ControlAnswer;
  readonly execution: ControlAnswer;
}

export type Exposure =
  | { readonly kind: 'flat' }
  | { readonly kind: 'open'; readonly openPositions: number; readonly workingOrders: number }
  | { readonly kind: 'unknown'; readonly why: string };

/** An answer older than this says nothing. */
export const FRESHNESS = 30_000;

export const NOT_ASKED: ControlAnswer = { ok: false, why: 'no pod of it runs' };

/** The answers of both components that are fresh. */
export function freshStates(answers: ControlAnswers, now: number): readonly ControlState[] {
  return [answers.risk, answers.execution].flatMap((answer) =>
    answer.ok && Math.abs(now - answer.state.time) <= FRESHNESS ? [answer.state] : [],
  );
}

/**
 * Flat only when a fresh answer says so and none contradicts it. A component that does not know (its ledger is away), or
 * whose answer is old, is not flat.
 */
export function exposureOf(answers: ControlAnswers, now: number): Exposure {
  const states = freshStates(answers, now);
  if (states.length === 0) {
    const why = [answers.risk, answers.execution].map((answer) =>
      answer.ok ? 'its answer is old' : answer.why,
    );
    return { kind: 'unknown', why: `risk: ${why[0] ?? ''}; execution: ${why[1] ?? ''}` };
  }
  const positions = states.map(({ openPositions }) => openPositions);
  const orders = states.map(({ workingOrders }) => workingOrders);
  const openPositions = Math.max(0, ...positions.map((count) => count ?? 0));
  const workingOrders = Math.max(0, ...orders.map((count) => count ?? 0));
  if (openPositions > 0 || workingOrders > 0) return { kind: 'open', openPositions, workingOrders };
  if (positions.every((count) => count === null) || orders.every((count) => count === null)) {
    return { kind: 'unknown', why: 'the bot does not know its positions (its ledger is away)' };
  }
  return { kind: 'flat' };
}

export const describeExposure = (exposure: Exposure): string =>
  exposure.kind === 'open'
    ? `open positions: ${exposure.openPositions}, working orders: ${exposure.workingOrders}`
    : exposure.kind === 'unknown'
      ? `exposure unknown: ${exposure.why}`
      : 'flat';

const STRICTNESS = { Running: 0, ReduceOnly: 1, Halted: 2, Stopped: 3 } as const;
export type BotState = keyof typeof STRICTNESS;

export const isAtLeast = (state: BotState, wanted: BotState): boolean =>
  STRICTNESS[state] >= STRICTNESS[wanted];

/** The strictest state that a fresh answer tells; undefined when there is none. */
export function effectiveState(answers: ControlAnswers, now: number): BotState | undefined {
  return freshStates(answers, now)
    .map(({ effectiveState: state }) => state)
    .toSorted((a, b) => STRICTNESS[b] - STRICTNESS[a])[0];
}
