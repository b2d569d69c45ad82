import { hasUsableSteps } from '../entry-plan.ts';
import { type EntryCheck, judge, missing } from './result.ts';

/** Known, with usable steps, and open for trading. */
export const checkInstrument: EntryCheck = ({ market }) => {
  const { instrument } = market;
  if (instrument === undefined) return missing('instrument', 'tradable', 'INSTRUMENT_MISSING');
  if (!hasUsableSteps(instrument)) {
    return judge(
      { check: 'instrument', value: 'tick or lot is 0', limit: 'tradable' },
      false,
      'INSTRUMENT_INVALID',
    );
  }
  return judge(
    { check: 'instrument', value: instrument.tradable ? 'tradable' : 'not tradable', limit: 'tradable' },
    instrument.tradable,
    'INSTRUMENT_NOT_TRADABLE',
  );
};
