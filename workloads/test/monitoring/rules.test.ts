import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { knownSeries, TARGET_LABELS } from './known-metrics.ts';
import { selectorsIn } from './promql.ts';
import {
  type AlertRule,
  alertsOf,
  readRuleFiles,
  readTestCases,
  recordsOf,
  ROOT,
  type RuleFile,
  type TestCase,
} from './rule-files.ts';

let files: readonly RuleFile[];
let alerts: readonly AlertRule[];
let cases: readonly TestCase[];

const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: ROOT, encoding: 'utf8' });
  return { status, told: `${stdout}${stderr}` };
};
const paths = (folder: string): readonly string[] =>
  files.map(({ file }) => `prometheus-rules/${folder}${file}`);

beforeAll(async () => {
  [files, cases] = [await readRuleFiles(), await readTestCases()];
  alerts = alertsOf(files);
});

describe('the rules', () => {
  it('are what promtool allows, its lint included', () => {
    const { status, told } = promtool('check', 'rules', '--lint=all', '--lint-fatal', ...paths(''));
    expect({ status, told }).toMatchObject({ status: 0 });
  });

  it('fire when they should, and only then', () => {
    const { status, told } = promtool('test', 'rules', ...paths('tests/'));
    expect({ status, told }).toMatchObject({ status: 0 });
  });

  it('say which Prometheus evaluates them', () => {
    for (const { file, text, groups } of files) {
      expect(text).toMatch(/^# .*Evaluated by the (bot's own|cluster's) Prometheus/);
      const prefix = file === 'operator.yaml' ? 'cluster-' : 'bot-';
      for (const { name } of groups) expect(name.startsWith(prefix)).toBe(true);
    }
  });

  it('read metrics that the code exports, by labels they have', async () => {
    const known = new Map(await knownSeries());
    for (const { record } of recordsOf(files)) known.set(record, ['namespace', 'bot']);
    const wrong: string[] = [];
    for (const { expr, ...rule } of [...alerts, ...recordsOf(files)]) {
      const name = 'alert' in rule ? rule.alert : rule.record;
      for (const { metric, labels } of selectorsIn(expr)) {
        const own = known.get(metric);
        if (own === undefined) wrong.push(`${name} reads ${metric}, which nothing exports`);
        const strange = labels.filter(
          (label) => own !== undefined && ![...own, ...TARGET_LABELS].includes(label),
        );
        wrong.push(...strange.map((label) => `${name} asks ${metric} for a label ${label}`));
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('every alert', () => {
  it('says how bad it is, what it is and what to do, in the words of a runbook', async () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning', 'info', 'none']).toContain(labels['severity']);
      const { summary, description, runbook_url: runbook = '' } = annotations;
      expect([summary, description]).toEqual([expect.any(String), expect.any(String)]);
      expect(summary).not.toContain('{{');
      const [path = '', anchor] = runbook.split('#');
      expect(anchor).toBe(alert.toLowerCase());
      const page = await readFile(new URL(path, ROOT), 'utf8');
      const part = page.split(/^## /m).find((section) => section.startsWith(`${alert}\n`)) ?? '';
      for (const heading of ['Meaning', 'Impact', 'Diagnosis', 'Actions']) {
        expect(part).toContain(`**${heading}.**`);
      }
    }
  });

  it('has a name of its own', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    expect(alerts.length).toBeGreaterThan(30);
  });

  it('is tested to fire, not to fire yet, and not to fire where it must not', () => {
    const kindOf = ({ name, alert_rule_test: tests }: TestCase): readonly string[] => {
      const isFiring = tests.some(({ exp_alerts: expected = [] }) => expected.length > 0);
      const kind = / (fires|does not fire yet|must not fire)$/.exec(name)?.[1] ?? '';
      expect(isFiring).toBe(kind === 'fires');
      return tests.map(({ alertname }) => `${alertname} ${kind}`);
    };
    const tested = new Set(cases.flatMap(kindOf));
    const wanted = alerts
      .filter(({ alert }) => alert !== 'Watchdog')
      .flatMap(({ alert }) =>
        ['fires', 'does not fire yet', 'must not fire'].map((kind) => `${alert} ${kind}`),
      );
    expect(wanted.filter((which) => !tested.has(which))).toEqual([]);
    expect(tested.has('Watchdog fires')).toBe(true);
  });
});

describe('the example for Alertmanager', () => {
  it('names alerts that there are', async () => {
    const text = await readFile(new URL('prometheus-rules/alertmanager/example.yaml', ROOT), 'utf8');
    const named = [...text.matchAll(/alertname=~?"([^"]+)"/g)].flatMap(([, names = '']) => names.split('|'));
    const known = new Set(alerts.map(({ alert }) => alert));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('what reads the rules', () => {
  it('notices an expression that does not parse', () => {
    expect(() => selectorsIn('rate(a_total[5m]')).toThrow(/does not parse/);
  });

  it('finds the metrics and labels of an expression', () => {
    expect(selectorsIn('sum by (x) (rate(a_total{l="1",m=~"b"}[5m])) / b')).toEqual([
      { metric: 'a_total', labels: ['l', 'm'] },
      { metric: 'b', labels: [] },
    ]);
  });
});
