import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fit, paint, PLAIN_SCREEN, widthOf } from './screen.ts';
import { type Column, indent, renderFacts, renderTable } from './table.ts';

const SEED = 20_180_116;
const COLUMNS: readonly Column[] = [
  { title: 'symbol' },
  { title: 'quantity', align: 'right' },
  { title: 'why', least: 6 },
  { title: 'since', optional: 1 },
];
const ROWS = [
  ['ADABTC', '1200', 'TAKE_PROFIT', '2018-01-16'],
  [{ text: 'XLMBTC', tone: 'good' as const }, '3', 'STOP', '2018-01-17'],
];

describe('a table', () => {
  it('aligns its columns under their titles and cuts nothing in a pipe', () => {
    expect(renderTable(COLUMNS, ROWS, PLAIN_SCREEN)).toEqual([
      'symbol  quantity  why          since',
      'ADABTC      1200  TAKE_PROFIT  2018-01-16',
      'XLMBTC         3  STOP         2018-01-17',
    ]);
  });

  it('leaves optional columns out and narrows those that allow it when room lacks', () => {
    expect(renderTable(COLUMNS, ROWS, { width: 28, colour: false })).toEqual([
      'symbol  quantity  why',
      'ADABTC      1200  TAKE_PROF…',
      'XLMBTC         3  STOP',
    ]);
  });

  it('colours cells without disturbing the columns', () => {
    const [, first, second] = renderTable(COLUMNS, ROWS, { width: 80, colour: true });
    expect(first).toBe('ADABTC      1200  TAKE_PROFIT  2018-01-16');
    expect(second).toBe('\u001b[32mXLMBTC\u001b[0m         3  STOP         2018-01-17');
  });

  it('never has a line wider than the screen when its columns can give way', () => {
    const columns: readonly Column[] = [
      { title: 'a', least: 3 },
      { title: 'b', least: 3 },
      { title: 'c', optional: 1 },
    ];
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), { maxLength: 3 })),
        fc.integer({ min: 8, max: 60 }),
        (rows, width) => {
          for (const line of renderTable(columns, rows, { width, colour: false })) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
      { seed: SEED },
    );
  });
});

describe('facts', () => {
  it('stand one a line with their values aligned', () => {
    expect(
      renderFacts(
        [
          ['id', 'a1'],
          ['outcome', { text: 'DENY', tone: 'bad' }],
        ],
        PLAIN_SCREEN,
      ),
    ).toEqual(['id       a1', 'outcome  DENY']);
  });
});

describe('a text', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too …'],
    ['x', 0, ''],
  ])('%s fits %d columns as %s', (text, width, expected) => {
    expect(fit(text, width)).toBe(expected);
  });

  it('keeps empty lines empty when it is indented', () => {
    expect(indent(['a', '', 'b'])).toEqual(['  a', '', '  b']);
  });

  it('is not coloured on a screen without colours', () => {
    expect(paint(PLAIN_SCREEN, 'bad', 'x')).toBe('x');
  });
});
