import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { price } from '../money/amounts.ts';
import { MINUTE } from '../time.ts';
import { chooseMovers, MoverBoard, type WatchedMover } from './movers.ts';

const RULES = { count: 5, lookback: 15 * MINUTE, step: MINUTE };
const everything = () => true;
/** Symbols of one letter. */
const each = (symbols: string): readonly string[] => symbols.split('');

/** Prices of each symbol, one a minute from minute 0. */
function boardOf(prices: Readonly<Record<string, readonly string[]>>): MoverBoard {
  const board = new MoverBoard(RULES);
  for (const [symbol, texts] of Object.entries(prices)) {
    for (const [minute, text] of texts.entries()) board.note(symbol, price(text), minute * MINUTE);
  }
  return board;
}

describe('the ranking of movers', () => {
  it('has gainers and losers by the size of their change, equal ones by name', () => {
    const board = boardOf({
      UP: ['100', '103'],
      DOWN: ['100', '96'],
      B: ['100', '101'],
      A: ['10', '10.1'],
      STILL: ['5', '5'],
    });
    expect(board.ranking(MINUTE, everything)).toEqual(['DOWN', 'UP', 'A', 'B']);
  });

  it('leaves out what is not eligible', () => {
    const board = boardOf({ UP: ['100', '103'], DOWN: ['100', '96'] });
    expect(board.ranking(MINUTE, (symbol) => symbol !== 'DOWN')).toEqual(['UP']);
  });

  it('measures from the price that was valid one look-back ago, however long before it was heard', () => {
    const board = boardOf({ OLD: ['50', '100'], NEW: ['100'] });
    board.note('OLD', price('101'), 40 * MINUTE);
    board.note('NEW', price('102'), 40 * MINUTE);
    expect(board.ranking(40 * MINUTE, everything)).toEqual(['NEW', 'OLD']);
    expect(board.ranking(40 * MINUTE + RULES.lookback, everything)).toEqual([]);
  });

  it('measures over what it has heard of, and takes no price that is older than the newest', () => {
    const board = new MoverBoard(RULES);
    board.note('X', price('100'), 5 * MINUTE);
    board.note('X', price('200'), 5 * MINUTE + 1);
    board.note('X', price('1'), 4 * MINUTE);
    expect(board.ranking(5 * MINUTE, everything)).toEqual(['X']);
  });

  it('measures a look-back of one step from its beginning, not from its end', () => {
    const board = new MoverBoard({ count: 1, lookback: MINUTE, step: MINUTE });
    board.note('X', price('100'), 5 * MINUTE + 1);
    board.note('X', price('110'), 6 * MINUTE - 1);
    board.note('X', price('110'), 6 * MINUTE + 1);
    expect(board.ranking(6 * MINUTE + 1, everything)).toEqual(['X']);
  });
});

const names = (movers: readonly WatchedMover[]): readonly string[] => movers.map(({ symbol }) => symbol);
const watched = (symbols: string, since: number): readonly WatchedMover[] =>
  each(symbols).map((symbol) => ({ symbol, since }));

describe('the choice of movers', () => {
  const later = RULES.lookback;

  it('takes the best where nothing is watched', () => {
    expect(names(chooseMovers(each('ABCDEFG'), [], RULES, 0))).toEqual(each('ABCDE'));
  });

  it('keeps one whose rank is just outside', () => {
    expect(names(chooseMovers(each('ABCDEF'), watched('ABCDF', 0), RULES, later))).toEqual(each('ABCDF'));
  });

  it('lets the first ranks push out the weakest', () => {
    expect(names(chooseMovers(each('XABCDFGH'), watched('ABCDF', 0), RULES, later))).toEqual(each('XABCD'));
  });

  it('keeps one that came for a whole look-back, whatever its rank', () => {
    expect(names(chooseMovers(each('ABCDE'), watched('VWXYZ', 1), RULES, later))).toEqual(each('VWXYZ'));
    expect(names(chooseMovers(each('ABCDE'), watched('VWXYZ', 0), RULES, later))).toEqual(each('ABCDE'));
  });

  it('never watches more than told, and never exchanges more than `count` in a look-back', () => {
    const rankings = fc.array(fc.shuffledSubarray(each('ABCDEFGHIJKLMNOP').slice()), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(rankings, fc.integer({ min: 1, max: 8 }), (rounds, count) => {
        let movers: readonly WatchedMover[] = [];
        const arrivals: number[] = [];
        for (const [minute, ranking] of rounds.entries()) {
          const now = minute * MINUTE;
          const next = chooseMovers(ranking, movers, { ...RULES, count }, now);
          const before = names(movers);
          arrivals.push(...names(next).flatMap((name) => (before.includes(name) ? [] : [now])));
          movers = next;
          expect(new Set(names(movers)).size).toBe(movers.length);
          expect(movers.length).toBeLessThanOrEqual(count);
          const recent = arrivals.filter((at) => now - at < RULES.lookback);
          expect(recent.length).toBeLessThanOrEqual(count);
        }
      }),
    );
  });
});
