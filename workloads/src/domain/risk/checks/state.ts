/** Whether the bot may trade at all: judged before anything of the market is looked at. */
import type { BotState } from '../bot-state.ts';
import type { RiskCode } from '../codes.ts';
import { type EntryCheck, instant, judge, missing } from './result.ts';

/** Why a state that is not Running denies. */
export const STATE_CODES: Readonly<Record<Exclude<BotState, 'Running'>, RiskCode>> = {
  ReduceOnly: 'STATE_REDUCE_ONLY',
  Halted: 'STATE_HALTED',
  Stopped: 'STATE_STOPPED',
};

export const checkState: EntryCheck = ({ state }) => {
  if (state === undefined) return missing('state', 'Running', 'STATE_MISSING');
  const compared = { check: 'state', value: state, limit: 'Running' };
  return state === 'Running' ? { ...compared, passed: true } : judge(compared, false, STATE_CODES[state]);
};

/** While pods are replaced nothing is entered; a hold that nobody renews ends by itself. */
export const checkHold: EntryCheck = ({ heldUntil, now }) =>
  judge(
    { check: 'hold', value: heldUntil === undefined ? 'none' : `until ${instant(heldUntil)}`, limit: 'none' },
    heldUntil === undefined || now >= heldUntil,
    'UPDATE_HOLD',
  );

export const checkReconciled: EntryCheck = ({ reconciled }) => {
  if (reconciled === undefined) return missing('reconciled', 'true', 'RECONCILED_MISSING');
  return judge(
    { check: 'reconciled', value: String(reconciled), limit: 'true' },
    reconciled,
    'NOT_RECONCILED',
  );
};

/** A signal that arrives late (a restart, a lagging stream) opens nothing. */
export const checkSignalAge: EntryCheck = ({ signal, terms, now }) => {
  const validUntil = signal.decidedTime + terms.validFor;
  return judge(
    { check: 'signal-age', value: instant(now), limit: `before ${instant(validUntil)}` },
    now < validUntil,
    'SIGNAL_EXPIRED',
  );
};
