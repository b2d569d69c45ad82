/** Every panel of every dashboard with its data, as one page: what Grafana would draw, without Grafana. */
import type { Series } from '../workloads/test/support/prometheus.ts';
import type { Answered, AnsweredPanel } from '../workloads/test/monitoring/story/told-prometheus.ts';

const WIDTH = 560;
const HEIGHT = 170;
const COLORS = ['#2563eb', '#16a34a', '#ea580c', '#9333ea', '#0891b2', '#ca8a04', '#db2777', '#475569'];
/** Lines of a panel that are drawn; the rest is counted. */
const MOST_LINES = 12;

/** A line that ended longer ago has no value now, and one that pauses for longer is not drawn across the pause. */
const FRESH_SECONDS = 60;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const nameOf = (legend: string, { metric }: Series): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');

const linesOf = (answers: readonly Answered[]): readonly Line[] =>
  answers.flatMap(({ legend, series }) =>
    series.map((one) => ({
      name: nameOf(legend, one),
      points: one.values
        .map(([moment, value]) => [moment, Number(value)] as const)
        .filter(([, value]) => Number.isFinite(value)),
    })),
  );

type Show = (value: number) => string;
const rounded: Show = (value) => {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  return `${Number(value.toPrecision(3))}`;
};
const UNITS: Readonly<Record<string, Show>> = {
  s: (value) => `${rounded(value)} s`,
  ms: (value) => `${rounded(value)} ms`,
  bytes: (value) => `${rounded(value)}B`,
  ops: (value) => `${rounded(value)}/s`,
  dateTimeAsIso: (value) => new Date(value).toISOString().slice(0, 19),
  percentunit: (value) => `${rounded(value * 100)} %`,
};
const showFor = (unit: string): Show => UNITS[unit] ?? rounded;

/** From the lowest to the highest value of all lines, 0 included. */
function rangeOf(lines: readonly Line[]): readonly [number, number] {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return low === high ? [low, low + 1] : [low, high];
}

function chart(lines: readonly Line[], show: Show, [from, to]: readonly [number, number]): string {
  const [low, high] = rangeOf(lines);
  const x = (moment: number): string => (((moment - from) / (to - from)) * WIDTH).toFixed(1);
  const y = (value: number): string => (HEIGHT - ((value - low) / (high - low)) * HEIGHT).toFixed(1);
  const paths = lines.slice(0, MOST_LINES).map(({ points }, index) => {
    const path = points.map(([moment, value], at) => {
      const before = points[at - 1]?.[0] ?? Number.NEGATIVE_INFINITY;
      // A point between two pauses is drawn as well.
      return moment - before > FRESH_SECONDS ? `M${x(moment)} ${y(value)}h1` : `L${x(moment)} ${y(value)}`;
    });
    return `<path d="${path.join('')}" stroke="${COLORS[index % COLORS.length] ?? ''}"/>`;
  });
  return `<div class="axis"><span>${show(high)}</span><span>${show(low)}</span></div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">${paths.join('')}</svg>`;
}

function legend(lines: readonly Line[], show: Show, to: number): string {
  const items = lines.slice(0, MOST_LINES).map(({ name, points }, index) => {
    const [moment = 0, value] = points.at(-1) ?? [];
    const last = to - moment < FRESH_SECONDS ? value : undefined;
    const color = COLORS[index % COLORS.length] ?? '';
    return `<li><i style="background:${color}"></i>${escaped(name)} <b>${last === undefined ? '–' : show(last)}</b></li>`;
  });
  const more = lines.length - items.length;
  return `<ul>${items.join('')}${more > 0 ? `<li>and ${more} more</li>` : ''}</ul>`;
}

function panelHtml({ panel, answers }: AnsweredPanel, time: readonly [number, number]): string {
  const lines = linesOf(answers).filter(({ points }) => points.length > 0);
  const show = showFor(panel.unit);
  const body =
    lines.length === 0
      ? '<p class="none">no data</p>'
      : `${chart(lines, show, time)}${legend(lines, show, time[1])}`;
  const asked = answers.map(({ expr }) => `<code>${escaped(expr)}</code>`).join('');
  return `<section class="${panel.kind}"><h3>${escaped(panel.title)}</h3><p>${escaped(panel.description)}</p>
${body}<details><summary>Queries</summary>${asked}</details></section>`;
}

const STYLE = `body{font:14px/1.4 system-ui,sans-serif;margin:0 auto;max-width:1240px;padding:16px;color:#0f172a}
h1{font-size:22px}h2{font-size:18px;margin:28px 0 4px}h4{margin:14px 0 6px;color:#475569}
.row{display:grid;grid-template-columns:repeat(auto-fill,minmax(380px,1fr));gap:12px}
section{border:1px solid #cbd5e1;border-radius:6px;padding:10px;position:relative}
section h3{font-size:14px;margin:0}section p{margin:2px 0 8px;color:#475569;font-size:12px}
svg{width:100%;height:120px;background:#f8fafc;border-bottom:1px solid #cbd5e1}
path{fill:none;stroke-width:1.5;vector-effect:non-scaling-stroke}
.axis{display:flex;flex-direction:column;justify-content:space-between;height:120px;position:absolute;pointer-events:none;font-size:11px;color:#475569;padding:0 3px}
ul{list-style:none;padding:0;margin:6px 0;font-size:12px;display:flex;flex-wrap:wrap;gap:2px 12px}
i{display:inline-block;width:9px;height:9px;margin-right:4px}.none{color:#b91c1c}
code{display:block;font-size:11px;overflow-wrap:anywhere;margin:4px 0}summary{font-size:11px;color:#475569}
@media print{section{break-inside:avoid}details{display:none}}`;

/** @param time first and last moment shown, seconds since 1970 */
export function renderGallery(
  panels: readonly AnsweredPanel[],
  source: string,
  time: readonly [number, number],
): string {
  const boards = [...new Set(panels.map(({ board }) => board))].map((board) => {
    const own = panels.filter((panel) => panel.board === board);
    const rows = [...new Set(own.map(({ row }) => row))].map((row) => {
      const cells = own.filter((panel) => panel.row === row).map((panel) => panelHtml(panel, time));
      return `<h4>${escaped(row)}</h4><div class="row">${cells.join('\n')}</div>`;
    });
    return `<h2 id="${board.uid}">${escaped(board.title)}</h2><p>${escaped(board.description)}</p>${rows.join('\n')}`;
  });
  const [from, to] = time.map((moment) => new Date(moment * 1_000).toISOString().slice(0, 16));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Dashboards of Claire</title><style>${STYLE}</style>
<h1>Dashboards of Claire</h1><p>${escaped(source)}, ${from ?? ''} to ${to ?? ''} (UTC). Drawn without Grafana: each panel shows what its queries return.</p>
${boards.join('\n')}</html>\n`;
}
