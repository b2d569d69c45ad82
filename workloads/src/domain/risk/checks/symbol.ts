/** Whether this symbol may be entered now: one position a symbol, no adding, a pause after each entry. */
import type { Account } from '../../account/account.ts';
import type { EntryInput } from '../entry-input.ts';
import { type EntryCheck, instant, judge, missing } from './result.ts';

function held(book: Account, input: EntryInput): string {
  const { symbol } = input.signal;
  if (book.positions.has(symbol)) return 'position open';
  const { buys, sells } = input.money.reserved;
  return buys.has(symbol) || sells.has(symbol) ? 'order working' : 'flat';
}

/** Dust counts as flat. */
export const checkPositionOpen: EntryCheck = (input) => {
  const { book } = input.money;
  if (book === undefined) return missing('position-open', 'flat', 'ACCOUNT_MISSING');
  const value = held(book, input);
  return judge({ check: 'position-open', value, limit: 'flat' }, value === 'flat', 'POSITION_OPEN');
};

export const checkCooldown: EntryCheck = ({ cooldownUntil, now }) => {
  const limit = cooldownUntil === undefined ? 'none' : `from ${instant(cooldownUntil)}`;
  return judge(
    { check: 'cooldown', value: instant(now), limit },
    cooldownUntil === undefined || now >= cooldownUntil,
    'COOLDOWN',
  );
};
