import type { ControlAction } from '../../domain/risk/decide-control.ts';
import type { JournalDraft } from '../../domain/journal/chain.ts';
import type { Timestamp } from '../../domain/time.ts';

/** How a call was met: carried out or refused now, known from before, or refused for its id. */
export type ControlAnswer = 'new' | 'repeated' | 'conflict' | 'written-late';

export interface ControlFactsOfCall {
  readonly operationId: string;
  readonly action: ControlAction;
  readonly actor: string;
  readonly reason: string;
  readonly answer: ControlAnswer;
  readonly result: string;
  readonly code?: string | undefined;
  readonly message: string;
  readonly state: string;
}

/** Every call of the control API, repeated ones too: who asked what and why, and what came of it. */
export const operationEntry = (call: ControlFactsOfCall, eventTime: Timestamp): JournalDraft => {
  const { code, ...facts } = call;
  return { kind: 'operation', eventTime, facts: { ...facts, ...(code === undefined ? {} : { code }) } };
};
