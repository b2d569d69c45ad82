/** A dashboard as data, and Grafana's JSON of it. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { grafanaPanel, placed, type Row } from './panel.ts';

export interface Board {
  /** Stable: links and bookmarks go by it. Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Of one bot (variables `$namespace`, `$bot`) or of the operator (`$namespace` of bots alone). */
  readonly scope: 'bot' | 'operator';
  readonly rows: readonly Row[];
}

/** The labels by which every query of a bot's dashboard chooses its series. */
export const BOT = 'namespace="$namespace", bot="$bot"';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const TAG = 'claire';
const SCHEMA_REFRESH = '15s';
const ROW_HEIGHT = 1;

const variable = (name: string, label: string, query: string): dashboard.QueryVariableBuilder =>
  new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}` })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);

const VARIABLES: Readonly<Record<Board['scope'], () => readonly dashboard.QueryVariableBuilder[]>> = {
  bot: () => [
    variable('namespace', 'Namespace', 'label_values(trading_process_info, namespace)'),
    variable('bot', 'Bot', 'label_values(trading_process_info{namespace="$namespace"}, bot)'),
  ],
  operator: () => [],
};

/**
 * The JSON model of a dashboard, as Grafana imports it and reads it from files. The classic model: the library recommends
 * its successor, which only Grafana 12 and newer read.
 */
/* eslint-disable @typescript-eslint/no-deprecated -- Grafana before 12 reads only this model */
export function grafanaDashboard({ uid, title, description, scope, rows }: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('utc')
    .readonly()
    .refresh(SCHEMA_REFRESH)
    .time({ from: 'now-3h', to: 'now' })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder('Claire')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(
      new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    );
  for (const each of VARIABLES[scope]()) builder.withVariable(each);
  let [id, top] = [1, 0];
  for (const row of rows) {
    builder.withRow(
      new dashboard.RowBuilder(row.title).id(id).gridPos({ x: 0, y: top, w: 24, h: ROW_HEIGHT }),
    );
    id += 1;
    const { spots, bottom } = placed(row.panels, top + ROW_HEIGHT);
    spots.forEach((spot, index) => {
      const panel = row.panels[index];
      if (panel !== undefined) builder.withPanel(grafanaPanel(panel, id + index, spot));
    });
    [id, top] = [id + row.panels.length, bottom];
  }
  return builder.build();
}
