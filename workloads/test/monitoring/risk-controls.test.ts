import { describe, expect, it } from '@jest/globals';
import { access, readFile } from 'node:fs/promises';
import { RISK_CODES } from '../../src/domain/risk/codes.ts';
import { metricCatalogue } from '../../src/process/metric-catalogue.ts';
import { alertsOf, readRuleFiles, ROOT } from './rule-files.ts';

const page = await readFile(new URL('docs/risk-controls.md', ROOT), 'utf8');
const named = (pattern: RegExp): readonly string[] => [
  ...new Set([...page.matchAll(pattern)].map(([, name]) => name ?? '')),
];

describe('docs/risk-controls.md', () => {
  it('names alerts of the rules, metrics of the catalogue and tests that are there', async () => {
    const alerts = new Set(alertsOf(await readRuleFiles()).map(({ alert }) => alert));
    const rules = named(/`(Trading[A-Z]\w+)`/g).filter((name) => name !== 'TradingBot');
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((name) => !alerts.has(name))).toEqual([]);
    const metrics = new Set([...metricCatalogue().values()].flat().map(({ name }) => name));
    const told = named(/`((?:trading|orders|exposure|circuit)_\w+)(?:\{\w+\})?`/g);
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((name) => !metrics.has(name))).toEqual([]);
    const tests = named(/`((?:src|test)\/[\w/-]+\.test\.ts)`/g);
    expect(tests.length).toBeGreaterThan(8);
    await Promise.all(tests.map((path) => access(new URL(`workloads/${path}`, ROOT))));
  });

  it('names every code by which a limit denies', () => {
    const denials = RISK_CODES.filter(
      ({ check, meaning }) => check !== 'verdict' && meaning.includes('risk.max'),
    );
    expect(denials.map(({ code }) => code).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
