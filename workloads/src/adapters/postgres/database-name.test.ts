import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { databaseName } from './database-name.ts';

describe('the database of a bot', () => {
  it('is named after the bot and its mode', () => {
    expect(databaseName({ bot: 'momentum-1', mode: 'paper' })).toBe('claire_momentum-1_paper');
  });

  it('tells two bots apart whose names had to be changed', () => {
    const long = 'x'.repeat(80);
    const names = ['a/b', 'a.b', 'A-b', 'a-b', `${long}1`, `${long}2`].map((bot) =>
      databaseName({ bot, mode: 'paper' }),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toMatch(/^claire_a_b_paper_[0-9a-f]{8}$/);
  });

  it('never has more characters than PostgreSQL keeps, and only plain ones', () => {
    const any = fc.record({
      bot: fc.string({ unit: 'grapheme', maxLength: 100 }),
      mode: fc.constantFrom('paper', 'live'),
    });
    fc.assert(
      fc.property(any, (identity) => {
        expect(databaseName(identity)).toMatch(/^claire_[a-z0-9_-]{1,56}$/);
      }),
      { seed: 20260728 },
    );
  });
});
