import { type Screen, type Tone, fit, paint, widthOf, wrap } from './screen.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** The least width it may be narrowed to when room lacks; absent: never narrowed. */
  readonly least?: number;
  /** Left out when room lacks; the highest number goes first. Absent: always shown. */
  readonly optional?: number;
}

/** A cell: its text, or its text with a tone. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const GAP = '  ';
const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

interface Laid {
  readonly column: Column;
  readonly index: number;
  width: number;
}

const totalOf = (laid: readonly Laid[], width: (column: Laid) => number): number =>
  laid.reduce((sum, column) => sum + width(column), 0) + GAP.length * Math.max(0, laid.length - 1);

const leastOf = (laid: Laid): number => Math.min(laid.width, laid.column.least ?? laid.width);

/** Which columns are shown, and how wide. */
function layOut(columns: readonly Column[], rows: readonly (readonly Cell[])[], room: number): Laid[] {
  let laid: Laid[] = columns.map((column, index) => ({
    column,
    index,
    width: Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[index] ?? '')))),
  }));
  while (totalOf(laid, leastOf) > room) {
    const optional = laid.filter((one) => one.column.optional !== undefined);
    if (optional.length === 0) break;
    const last = Math.max(...optional.map((one) => one.column.optional ?? 0));
    laid = laid.filter((one) => one.column.optional !== last);
  }
  let excess = totalOf(laid, (one) => one.width) - room;
  for (const one of laid) {
    if (excess <= 0) break;
    const given = Math.min(excess, one.width - leastOf(one));
    one.width -= given;
    excess -= given;
  }
  return laid;
}

function renderCell(cell: Cell, laid: Laid, screen: Screen): string {
  const text = fit(textOf(cell), laid.width);
  const blanks = ' '.repeat(laid.width - widthOf(text));
  const painted = typeof cell === 'string' ? text : paint(screen, cell.tone, text);
  return laid.column.align === 'right' ? `${blanks}${painted}` : `${painted}${blanks}`;
}

/**
 * A table of aligned columns under their titles. On a narrow screen optional columns are left out first, then the
 * columns that allow it are narrowed; on a screen without width nothing is lost.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): string[] {
  const laid = layOut(columns, rows, screen.width);
  const titles = laid.map((one) => renderCell({ text: one.column.title, tone: 'dim' }, one, screen));
  const lines = rows.map((row) => laid.map((one) => renderCell(row[one.index] ?? '', one, screen)).join(GAP));
  return [titles.join(GAP), ...lines].map((line) => line.trimEnd());
}

/** Named facts, one below the other, values aligned; a long value goes on under itself. */
export function renderFacts(facts: readonly (readonly [string, Cell])[], screen: Screen): string[] {
  const room = Math.max(0, ...facts.map(([title]) => widthOf(title)));
  return facts.flatMap(([title, cell]) => {
    const lines = wrap(textOf(cell), screen.width - room - GAP.length);
    return lines.map((line, index) => {
      const name = index === 0 ? title : '';
      const painted = typeof cell === 'string' ? line : paint(screen, cell.tone, line);
      return `${paint(screen, 'dim', name)}${' '.repeat(room - widthOf(name))}${GAP}${painted}`;
    });
  });
}

/** The same lines further right. */
export const indent = (lines: readonly string[], by = 2): string[] =>
  lines.map((line) => (line === '' ? line : `${' '.repeat(by)}${line}`));

/** A screen that is `by` columns narrower, for lines that will be indented. */
export const narrower = (screen: Screen, by = 2): Screen => ({
  ...screen,
  width: Math.max(20, screen.width - by),
});
