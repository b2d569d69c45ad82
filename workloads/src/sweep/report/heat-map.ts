import { escapeText } from '../../backtest/report/svg.ts';
import type { Axis, Combination } from '../grid.ts';
import { type Objective, OBJECTIVES, type Trial } from '../rank.ts';

/** The best value of each pair of values of two parameters, over all others. */
export interface HeatMap {
  readonly rows: Axis;
  readonly columns: Axis;
  /** By row, then by column; undefined where there is none. */
  readonly cells: readonly (readonly (number | undefined)[])[];
}

const ONE_ROW: Axis = { path: '', values: [''] };

/** A map for each pair of parameters; of a single parameter one with a single row. */
export function heatMapsOf(
  axes: readonly Axis[],
  trials: readonly Trial[],
  objective: Objective,
): readonly HeatMap[] {
  const [only] = axes;
  if (axes.length === 1 && only !== undefined) {
    return [{ rows: ONE_ROW, columns: only, cells: cellsOf([undefined, 0], axes, trials, objective) }];
  }
  return axes.flatMap((rows, i) =>
    axes.slice(i + 1).map((columns, j) => ({
      rows,
      columns,
      cells: cellsOf([i, i + 1 + j], axes, trials, objective),
    })),
  );
}

/** The values of an axis, or the one row of a map without rows. */
const valuesOf = (axes: readonly Axis[], axis: number | undefined): readonly string[] =>
  (axis === undefined ? ONE_ROW : axes[axis])?.values ?? [];

/** Where a set lies on an axis. */
const placeOf = (values: readonly string[], combination: Combination, axis: number | undefined): number =>
  axis === undefined ? 0 : values.indexOf(combination[axis] ?? '');

function cellsOf(
  [row, column]: readonly [number | undefined, number],
  axes: readonly Axis[],
  trials: readonly Trial[],
  objective: Objective,
): (number | undefined)[][] {
  const [rowValues, columnValues] = [valuesOf(axes, row), valuesOf(axes, column)];
  const cells: (number | undefined)[][] = rowValues.map(() => columnValues.map(() => undefined));
  for (const { combination, run } of trials) {
    const value = OBJECTIVES[objective](run);
    const line = cells[placeOf(rowValues, combination, row)];
    if (value === null || line === undefined) continue;
    const place = placeOf(columnValues, combination, column);
    line[place] = Math.max(line[place] ?? -Infinity, value);
  }
  return cells;
}

/** What the map is of. */
export const titleOf = ({ rows, columns }: HeatMap): string =>
  rows.path === '' ? columns.path : `${rows.path} (down) by ${columns.path} (across)`;

/** How strong a value is against the strongest, from −1 to 1. */
export function strengthOf(value: number, map: HeatMap): number {
  const most = Math.max(...map.cells.flat().map((cell) => Math.abs(cell ?? 0)), 1e-12);
  return value / most;
}

const CELL_HEIGHT = 30;
const WIDTH = 960;
const LEFT = 110;
const TOP = 24;

/** The map as SVG: green earns, red loses, the stronger the colour the more. */
export function heatMapSvg(map: HeatMap, format: (value: number) => string): string {
  const { rows, columns, cells } = map;
  const width = (WIDTH - LEFT) / Math.max(1, columns.values.length);
  const height = TOP + rows.values.length * CELL_HEIGHT + 4;
  const heads = columns.values.map(
    (value, c) =>
      `<text class="tick middle" x="${(LEFT + (c + 0.5) * width).toFixed(1)}" y="16">${escapeText(value)}</text>`,
  );
  const lines = rows.values.map((name, r) => {
    const y = TOP + r * CELL_HEIGHT;
    const boxes = columns.values.map((_, c) => {
      const value = cells[r]?.[c];
      const x = (LEFT + c * width).toFixed(1);
      const shade = value === undefined ? 0 : strengthOf(value, map);
      const text = value === undefined ? 'N/A' : format(value);
      const tone = shade >= 0 ? 'gain' : 'loss';
      return (
        `<rect class="bar ${tone}" style="opacity:${Math.max(0.06, Math.abs(shade) * 0.7).toFixed(2)}" x="${x}" y="${y}" width="${(width - 2).toFixed(1)}" height="${CELL_HEIGHT - 2}"/>` +
        `<text class="cell middle" x="${(LEFT + (c + 0.5) * width).toFixed(1)}" y="${y + 18}">${escapeText(text)}</text>`
      );
    });
    return `<text class="tick end" x="${LEFT - 8}" y="${y + 18}">${escapeText(name)}</text>${boxes.join('')}`;
  });
  const title = titleOf(map);
  return `<h3>${escapeText(title)}</h3><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">${heads.join('')}${lines.join('')}</svg>`;
}
