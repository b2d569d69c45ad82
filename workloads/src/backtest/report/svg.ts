/** Small charts as SVG text: no library, no script, so that a report is one file that also prints. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** A CSS class: `main`, `second`, `loss`. */
  readonly tone: string;
  /** Fill down to the lowest value shown. */
  readonly isArea?: boolean;
}

export interface Mark extends Point {
  readonly tone: string;
  readonly title: string;
  readonly shape: 'up' | 'down';
}

export interface ChartRequest {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly marks?: readonly Mark[];
  /** Stretches of x behind everything, such as when a breaker was latched. */
  readonly bands?: readonly { readonly from: number; readonly to: number }[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
}

const WIDTH = 960;
const HEIGHT = 260;
const LEFT = 86;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
const TICKS = 5;

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xs: readonly [number, number];
  readonly ys: readonly [number, number];
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - Math.abs(low || 1) * 0.01, high + Math.abs(high || 1) * 0.01] : [low, high];
}

function scaleOf({ lines, marks = [] }: ChartRequest): Scale {
  const points = [...lines.flatMap((line) => line.points), ...marks];
  const xs = rangeOf(points.map(({ x }) => x));
  const ys = rangeOf(points.map(({ y }) => y));
  return {
    xs,
    ys,
    x: (value) => LEFT + ((value - xs[0]) / (xs[1] - xs[0])) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - ((value - ys[0]) / (ys[1] - ys[0])) * (HEIGHT - TOP - BOTTOM),
  };
}

const at = (value: number): string => value.toFixed(1);

function gridOf({ formatX, formatY }: ChartRequest, scale: Scale): string {
  const parts: string[] = [];
  for (let i = 0; i <= TICKS; i += 1) {
    const [x, y] = [
      scale.xs[0] + ((scale.xs[1] - scale.xs[0]) * i) / TICKS,
      scale.ys[0] + ((scale.ys[1] - scale.ys[0]) * i) / TICKS,
    ];
    parts.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(scale.y(y))}" y2="${at(scale.y(y))}"/>`,
    );
    parts.push(
      `<text class="tick end" x="${LEFT - 6}" y="${at(scale.y(y) + 4)}">${escapeText(formatY(y))}</text>`,
    );
    const anchor = i === 0 ? 'start' : i === TICKS ? 'end' : 'middle';
    parts.push(
      `<text class="tick ${anchor}" x="${at(scale.x(x))}" y="${HEIGHT - 8}">${escapeText(formatX(x))}</text>`,
    );
  }
  return parts.join('');
}

function lineOf({ points, tone, isArea, name }: Line, scale: Scale): string {
  if (points.length === 0) return '';
  const path = points
    .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${at(scale.x(x))} ${at(scale.y(y))}`)
    .join('');
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  const floor = at(scale.y(isArea === true ? Math.max(scale.ys[0], Math.min(0, scale.ys[1])) : scale.ys[0]));
  const area =
    isArea === true
      ? `<path class="area ${tone}" d="${path}L${at(scale.x(last.x))} ${floor}L${at(scale.x(first.x))} ${floor}Z"/>`
      : '';
  return `${area}<path class="line ${tone}" d="${path}"><title>${escapeText(name)}</title></path>`;
}

function markOf({ x, y, tone, title, shape }: Mark, scale: Scale): string {
  const [cx, cy] = [scale.x(x), scale.y(y)];
  const tip = shape === 'up' ? -5 : 5;
  return `<path class="mark ${tone}" d="M${at(cx)} ${at(cy + tip)}L${at(cx - 4)} ${at(cy - tip)}L${at(cx + 4)} ${at(cy - tip)}Z"><title>${escapeText(title)}</title></path>`;
}

/** A chart of lines over one x axis, with a legend where there are several. */
export function chart(request: ChartRequest): string {
  const scale = scaleOf(request);
  const bands = (request.bands ?? []).map(
    ({ from, to }) =>
      `<rect class="band" x="${at(scale.x(from))}" width="${at(Math.max(1, scale.x(to) - scale.x(from)))}" y="${TOP}" height="${HEIGHT - TOP - BOTTOM}"/>`,
  );
  const legend =
    request.lines.length < 2
      ? ''
      : `<p class="legend">${request.lines.map(({ name, tone }) => `<span class="key ${tone}"></span>${escapeText(name)}`).join(' ')}</p>`;
  return `${legend}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(request.title)}">${bands.join('')}${gridOf(request, scale)}${request.lines.map((line) => lineOf(line, scale)).join('')}${(request.marks ?? []).map((mark) => markOf(mark, scale)).join('')}</svg>`;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly tone: string;
}

/** Upright bars, such as a histogram. */
export function bars(title: string, values: readonly Bar[]): string {
  const most = Math.max(1, ...values.map(({ value }) => value));
  const width = (WIDTH - LEFT - RIGHT) / Math.max(1, values.length);
  const drawn = values.map(({ label, value, tone }, i) => {
    const height = (value / most) * (HEIGHT - TOP - BOTTOM);
    const x = LEFT + i * width;
    const shown = i % Math.ceil(values.length / 12) === 0 ? escapeText(label) : '';
    return `<rect class="bar ${tone}" x="${at(x + 1)}" y="${at(HEIGHT - BOTTOM - height)}" width="${at(Math.max(1, width - 2))}" height="${at(height)}"><title>${escapeText(label)}: ${value}</title></rect><text class="tick middle" x="${at(x + width / 2)}" y="${HEIGHT - 8}">${shown}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(title)}"><text class="tick end" x="${LEFT - 6}" y="${TOP + 10}">${most}</text>${drawn.join('')}</svg>`;
}
