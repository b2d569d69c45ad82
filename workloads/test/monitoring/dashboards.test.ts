/** The dashboards, against the metrics of the code and against a real Prometheus that knows a story of trouble. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BOARDS, grafanaDashboard, type Panel } from '../../../cdk8s/src/dashboards/index.ts';
import { metricCatalogue } from '../../src/process/metric-catalogue.ts';
import type { TestPrometheus } from '../support/prometheus.ts';
import { knownSeries, TARGET_LABELS } from './known-metrics.ts';
import { selectorsIn } from './promql.ts';
import { alertsOf, readRuleFiles, recordsOf } from './rule-files.ts';
import {
  type AnsweredPanel,
  answerPanels,
  filled,
  startToldPrometheus,
  storyTime,
  TOLD_BOT,
} from './story/told-prometheus.ts';

const time = storyTime(Math.floor(Date.now() / 1_000));
const panels: readonly Panel[] = BOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
const queries = panels.flatMap((panel) =>
  panel.queries.map(({ expr }) => ({ panel: panel.title, expr: filled(expr, time, TOLD_BOT) })),
);

let prometheus: TestPrometheus;
let answered: readonly AnsweredPanel[];

beforeAll(async () => {
  prometheus = await startToldPrometheus(time);
  await prometheus.until<{ readonly resultType: string }>('query?query=vector(1)', () => true);
  answered = await answerPanels(prometheus.url, time);
});
afterAll(() => (prometheus as TestPrometheus | undefined)?.stop());

describe('the dashboards', () => {
  it('are told apart by uid and title, and every panel by its title within its dashboard', () => {
    expect(new Set(BOARDS.map(({ uid }) => uid)).size).toBe(BOARDS.length);
    expect(new Set(BOARDS.map(({ title }) => title)).size).toBe(BOARDS.length);
    for (const { rows } of BOARDS) {
      const titles = rows.flatMap((row) => row.panels.map(({ title }) => title));
      expect(new Set(titles).size).toBe(titles.length);
    }
  });

  it('say of each panel what it shows and in which unit, and let nobody edit them in place', () => {
    for (const { title, description, unit, queries: own } of panels) {
      expect({ title, isDescribed: description.length > 10, unit }).toMatchObject({ isDescribed: true });
      expect(own.every(({ legend }) => legend !== '')).toBe(true);
    }
    for (const board of BOARDS) {
      const model = grafanaDashboard(board);
      expect(model).toMatchObject({ uid: board.uid, editable: false, timezone: 'utc' });
      const all = model.panels ?? [];
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      for (const { datasource } of all.filter(({ type }) => type !== 'row') as readonly {
        datasource?: { uid?: string };
      }[]) {
        expect(datasource?.uid).toBe('${datasource}');
      }
    }
  });

  it('lay no panel over another and none beyond the grid', () => {
    for (const board of BOARDS) {
      const spots = (grafanaDashboard(board).panels ?? []).map(({ gridPos }) => gridPos!);
      for (const [index, a] of spots.entries()) {
        expect(a.x + a.w).toBeLessThanOrEqual(24);
        const covered = spots
          .slice(index + 1)
          .filter((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h);
        expect(covered).toEqual([]);
      }
    }
  });

  it('use no fixed window of time, so that every zoom shows the truth', () => {
    for (const { expr } of panels.flatMap((panel) => panel.queries)) {
      for (const [, window] of expr.matchAll(/\[([^\]]*)\]/g)) {
        expect(['$__rate_interval', '$__range']).toContain(window);
      }
    }
  });

  it('read metrics that the code exports, by labels they have', async () => {
    const known = await knownSeries();
    const wrong = queries.flatMap(({ panel, expr }) =>
      selectorsIn(expr).flatMap(({ metric, labels }) => {
        const own = known.get(metric);
        if (own === undefined) return [`${panel} reads ${metric}, which nothing exports`];
        return labels
          .filter((label) => !own.includes(label) && !TARGET_LABELS.includes(label))
          .map((label) => `${panel} reads ${metric} by ${label}, which it does not have`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('and the rules leave out no metric that a service exports', async () => {
    const files = await readRuleFiles();
    const expressions = [...queries, ...alertsOf(files), ...recordsOf(files)].map(({ expr }) => expr);
    const read = new Set(
      expressions.flatMap((expr) =>
        selectorsIn(expr).map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, '')),
      ),
    );
    const shown = new Set([...metricCatalogue().values()].flatMap((own) => own.map(({ name }) => name)));
    expect([...shown].filter((name) => !read.has(name))).toEqual([]);
  });

  it('get data for every query from a Prometheus that has seen a bot trade and get into trouble', () => {
    const empty = answered.flatMap(({ board, panel, answers }) =>
      answers
        .filter(({ series }) => !series.some(({ values }) => values.some(([, value]) => value !== 'NaN')))
        .map(({ expr }) => `${board.title}, ${panel.title}: ${expr}`),
    );
    expect(empty).toEqual([]);
  });
});
