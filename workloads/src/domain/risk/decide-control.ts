/**
 * What a call of the control API leads to (trading-rules: states and breakers): one pure function of what is asked, who
 * asks and what is latched. Tightening is always carried out; loosening takes a person, and is refused while the cause
 * of a latch persists.
 */
import { MINUTE, type Duration, type Timestamp } from '../time.ts';
import type { BotState } from './bot-state.ts';
import { type Demand, type DemandState, effectiveState, stricter } from './demands.ts';

export const CONTROL_ACTIONS = ['halt', 'reduce-only', 'resume', 'flatten', 'hold', 'release'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** Why a call is refused. */
export type ControlRefusal =
  'PERSON_REQUIRED' | 'CAUSE_PERSISTS' | 'STATE_STOPPED' | 'OPERATION_CONFLICT' | 'LEDGER_AWAY';

/** The source of the demand of the control API. */
export const CONTROL_SOURCE = 'control';
/** The source of the spec's demand. */
export const SPEC_SOURCE = 'spec';
/** Who is no person: may tighten, may never loosen. */
export const OPERATOR_ACTOR = 'operator';
/** How long entries are held for an update unless the hold is renewed or released. */
export const HOLD_TTL: Duration = MINUTE;

export interface ControlQuestion {
  readonly action: ControlAction;
  readonly actor: string;
  readonly reason: string;
  readonly now: Timestamp;
  /** What is latched in the ledger. */
  readonly latched: readonly Demand[];
  /** What the spec demands now, latched or not; undefined when it demands nothing, or is not known here. */
  readonly spec: Demand | undefined;
  /** Causes that pass by themselves, by what they are. */
  readonly causes: readonly string[];
  /** Whether a person's command to be flat is being carried out. */
  readonly flattening: boolean;
  /** Why the cause of a latch is still there, by source. */
  readonly persisting: ReadonlyMap<string, string>;
}

export type ControlDecision =
  | {
      readonly result: 'done';
      readonly message: string;
      /** To be latched as the demand of the control API. */
      readonly latch?: { readonly state: DemandState; readonly reason: string };
      /** Sources of the demands to be cleared. */
      readonly clear: readonly string[];
      /** Until when entries are held; `release` ends the hold. Absent: as it is. */
      readonly hold?: { readonly until: Timestamp } | 'release';
      /** Leave the command to sell everything. */
      readonly flatten: boolean;
      /** The effective state once this is carried out. */
      readonly state: BotState;
    }
  | {
      readonly result: 'refused';
      readonly code: ControlRefusal;
      readonly message: string;
      readonly state: BotState;
    };

type Done = Extract<ControlDecision, { result: 'done' }>;

/** What a command to sell everything, and a cause that passes, demand. */
const REDUCE_ONLY: Pick<Demand, 'state'> = { state: 'ReduceOnly' };

const demandsOf = (question: ControlQuestion): readonly Pick<Demand, 'state'>[] => [
  ...question.latched,
  ...(question.spec === undefined ? [] : [question.spec]),
  ...(question.flattening || question.causes.length > 0 ? [REDUCE_ONLY] : []),
];

const done = (question: ControlQuestion, change: Partial<Done> & Pick<Done, 'message'>): Done => ({
  result: 'done',
  clear: [],
  flatten: false,
  state: effectiveState(demandsOf(question)),
  ...change,
});

const refused = (question: ControlQuestion, code: ControlRefusal, message: string): ControlDecision => ({
  result: 'refused',
  code,
  message,
  state: effectiveState(demandsOf(question)),
});

/** Decide on one call. */
export function decideControl(question: ControlQuestion): ControlDecision {
  switch (question.action) {
    case 'halt':
      return tighten(question, 'Halted');
    case 'reduce-only':
      return tighten(question, 'ReduceOnly');
    case 'resume':
      return resume(question);
    case 'flatten':
      return flatten(question);
    case 'hold':
      return done(question, {
        hold: { until: question.now + HOLD_TTL },
        message: `entries are held for ${HOLD_TTL / 1000} s: hold again to renew, release to end it`,
      });
    case 'release':
      return done(question, { hold: 'release', message: 'entries are not held any more' });
  }
}

function tighten(question: ControlQuestion, state: DemandState): ControlDecision {
  const { latched, actor, reason } = question;
  const held = latched.find(({ source }) => source === CONTROL_SOURCE);
  const own = held === undefined ? state : stricter<DemandState>(held.state, state);
  const after = effectiveState([...demandsOf(question), { state }]);
  const message =
    own === state
      ? `${state} is latched until a person resumes`
      : `${own} was latched before and stays until a person resumes`;
  return done(question, { latch: { state, reason: `${actor}: ${reason}` }, state: after, message });
}

function resume(question: ControlQuestion): ControlDecision {
  const { latched, actor, persisting, spec } = question;
  if (actor.toLowerCase() === OPERATOR_ACTOR) {
    return refused(question, 'PERSON_REQUIRED', `only a person may resume: was ${actor}; resume by name`);
  }
  const causes = latched.flatMap(({ source }) => {
    const why = persisting.get(source);
    return why === undefined ? [] : [`${source}: ${why}`];
  });
  if (causes.length > 0) {
    return refused(
      question,
      'CAUSE_PERSISTS',
      `nothing was cleared, the cause persists: ${causes.join('; ')}`,
    );
  }
  // A halt that the spec still demands is not a person's to clear here.
  const stays = (demand: Demand): boolean =>
    demand.source === SPEC_SOURCE && spec !== undefined && spec.state !== 'ReduceOnly';
  const clear = latched.filter((demand) => !stays(demand)).map(({ source }) => source);
  const after = effectiveState(demandsOf({ ...question, latched: latched.filter(stays) }));
  const cleared = clear.length === 0 ? 'nothing was latched' : `cleared ${clear.join(', ')}`;
  return done(question, { clear, state: after, message: `${cleared}${whatHolds(question, after)}` });
}

function whatHolds({ spec, flattening, causes }: ControlQuestion, after: BotState): string {
  if (after === 'Running') return '; entries are allowed';
  const holders = [
    ...(spec === undefined ? [] : [`spec.state is ${spec.state}: change it there`]),
    ...causes.map((cause) => `${cause} (clears by itself)`),
    ...(flattening ? ['positions are being sold by command'] : []),
  ];
  return `; the bot stays ${after}${holders.length === 0 ? '' : `: ${holders.join('; ')}`}`;
}

function flatten(question: ControlQuestion): ControlDecision {
  if (effectiveState(demandsOf(question)) === 'Stopped') {
    return refused(question, 'STATE_STOPPED', 'a stopped bot sends nothing: set spec.state to Halted first');
  }
  const state = effectiveState([...demandsOf(question), REDUCE_ONLY]);
  return done(question, {
    flatten: true,
    state,
    message: 'every position is to be sold with bounded orders; entries wait until all are',
  });
}
