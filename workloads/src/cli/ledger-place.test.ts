import { describe, expect, it } from '@jest/globals';
import { parseLedgerPlace, shownPlace, witnessPath } from './ledger-place.ts';

const HERE = '/home/me';
const BOT = { bot: 'momentum', mode: 'paper' };
const SERVER = 'postgres://me:pw-1@db.example:6432/trading';

describe('the place of ledgers', () => {
  it.each([
    ['build/ledger', 'build/ledger', '/home/me/build/ledger.journal-witness/momentum-paper.jsonl'],
    ['/srv/ledger', '/srv/ledger', '/srv/ledger.journal-witness/momentum-paper.jsonl'],
    ['../ledger', '/home/ledger', '/home/ledger.journal-witness/momentum-paper.jsonl'],
    [
      SERVER,
      'postgres://db.example:6432/trading',
      '/home/me/build/journal-witness/db.example_6432_trading/momentum-paper.jsonl',
    ],
    [
      'postgresql://localhost',
      'postgresql://localhost',
      '/home/me/build/journal-witness/localhost_5432/momentum-paper.jsonl',
    ],
  ])('%s is shown as %s and witnessed in %s', (text, shown, witness) => {
    const place = parseLedgerPlace(text, HERE);
    expect(shownPlace(place, HERE)).toBe(shown);
    expect(witnessPath(place, BOT, HERE)).toBe(witness);
  });

  it('never shows a password', () => {
    const place = parseLedgerPlace(SERVER, HERE);
    expect(`${shownPlace(place, HERE)} ${witnessPath(place, BOT, HERE)}`).not.toContain('pw-1');
  });

  it.each(['mysql://h/d', 'http://h', 'postgres://:::'])('is refused when it is none: %s', (text) => {
    expect(() => parseLedgerPlace(text, HERE)).toThrow(expect.objectContaining({ exitCode: 64 }));
  });
});
