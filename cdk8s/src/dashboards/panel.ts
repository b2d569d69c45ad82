/** A panel as data, and what Grafana makes of it. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** One line, or one family of lines, of a panel. */
export interface Query {
  /** PromQL over `$namespace` and `$bot`; windows are `$__rate_interval` or `$__range`. */
  readonly expr: string;
  /** Legend: words and `{{label}}`. */
  readonly legend: string;
}

interface PanelBase {
  readonly title: string;
  /** What it shows and how to read it: shown at the panel's corner. */
  readonly description: string;
  /** Unit of Grafana (`s`, `ms`, `percentunit`, `short`, `ops`, `dateTimeAsIso`, `none`). */
  readonly unit: string;
  readonly queries: readonly Query[];
}
/** One value, coloured from a bound on. */
export interface ValuePanel extends PanelBase {
  readonly kind: 'value';
  /** From here on it is coloured as a warning; never, when absent. */
  readonly warnFrom?: number;
  /** From here on it is coloured as a fault; never, when absent. */
  readonly badFrom?: number;
  /** Words for values. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly isBad: boolean }>>;
}
/** Lines over time. */
export interface LinesPanel extends PanelBase {
  readonly kind: 'lines';
  /** Lines lie on each other (parts of a whole). */
  readonly isStacked?: boolean;
}
export type Panel = ValuePanel | LinesPanel;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Width of a dashboard in Grafana's grid. */
const GRID_WIDTH = 24;
const VALUE_SIZE = { width: 4, height: 4 };
const LINES_SIZE = { width: 12, height: 8 };
const GOOD = 'green';
const WARNING = 'orange';
const BAD = 'red';
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

const target = ({ expr, legend }: Query, index: number, kind: Panel['kind']): prometheus.DataqueryBuilder => {
  const query = new prometheus.DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr)
    .legendFormat(legend)
    .format(prometheus.PromQueryFormat.TimeSeries);
  return kind === 'value' ? query.instant() : query.range();
};

const thresholds = ({ warnFrom, badFrom }: ValuePanel): dashboard.ThresholdsConfigBuilder =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([
      { value: null, color: GOOD },
      ...(warnFrom === undefined ? [] : [{ value: warnFrom, color: WARNING }]),
      ...(badFrom === undefined ? [] : [{ value: badFrom, color: BAD }]),
    ]);

const mappings = ({ words = {} }: ValuePanel): dashboard.ValueMapping[] =>
  Object.entries(words).map(([value, { text, isBad }], index) => ({
    type: dashboard.MappingType.ValueToText,
    options: { [value]: { text, color: isBad ? BAD : GOOD, index } },
  }));

function valuePanel(panel: ValuePanel): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .span(VALUE_SIZE.width)
    .height(VALUE_SIZE.height)
    .colorMode(common.BigValueColorMode.Background)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholds(panel))
    .mappings(mappings(panel))
    .noValue('no data');
}

function linesPanel({ isStacked = false }: LinesPanel): timeseries.PanelBuilder {
  const mode = isStacked ? common.StackingMode.Normal : common.StackingMode.None;
  return new timeseries.PanelBuilder()
    .span(LINES_SIZE.width)
    .height(LINES_SIZE.height)
    .lineWidth(1)
    .fillOpacity(isStacked ? 30 : 5)
    .showPoints(common.VisibilityMode.Auto)
    .stacking(new common.StackingConfigBuilder().mode(mode))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
}

const sizeOf = ({ kind }: Panel): typeof VALUE_SIZE => (kind === 'value' ? VALUE_SIZE : LINES_SIZE);

/** Where each panel of a row lies: from left to right, line by line. */
export function placed(
  panels: readonly Panel[],
  top: number,
): { readonly spots: readonly dashboard.GridPos[]; readonly bottom: number } {
  let [x, y, lineHeight] = [0, top, 0];
  const spots = panels.map((panel) => {
    const { width: w, height: h } = sizeOf(panel);
    if (x + w > GRID_WIDTH) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const spot = { x, y, w, h };
    [x, lineHeight] = [x + w, Math.max(lineHeight, h)];
    return spot;
  });
  return { spots, bottom: y + lineHeight };
}

/** The panel for Grafana, at its place. */
export function grafanaPanel(
  panel: Panel,
  id: number,
  spot: dashboard.GridPos,
): stat.PanelBuilder | timeseries.PanelBuilder {
  const builder = panel.kind === 'value' ? valuePanel(panel) : linesPanel(panel);
  return builder
    .id(id)
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(DATASOURCE)
    .targets(panel.queries.map((query, index) => target(query, index, panel.kind)))
    .gridPos(spot);
}
