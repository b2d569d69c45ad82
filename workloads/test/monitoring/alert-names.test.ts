/** What people are told at once and what Prometheus tells them later must bear one name. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type AlertName, ALERTS } from '../../src/events/alert-registry.ts';
import { type AlertRule, alertsOf, readRuleFiles, ROOT } from './rule-files.ts';

/** Critical, and nothing a service could say of itself in time: why. */
const SEEN_FROM_OUTSIDE: Readonly<Record<string, string>> = {
  TradingServiceDown: 'a service that is gone tells nothing',
  TradingServiceAbsent: 'as above',
  TradingBusDisconnected: 'the stream is what it is cut off from',
  TradingRedisMemoryHigh: 'of the server under the stream',
  TradingRedisNotPersisting: 'as above',
  TradingPendingStuck: 'the group whose event it is stands still',
  TradingStageStalled: 'a stage that stands still tells nothing',
  TradingNoVerdictsWhileSignals: 'nobody judged, so nobody told',
  TradingReconciliationStale: 'a time without an event; its cause is told as TradingReconciliationBreaks',
  TradingOrderRejectRateCritical: 'a rate over 15 minutes',
  TradingExposureBreached: 'a standing over two minutes; entries beyond the limit are denied',
  TradingDrawdownBreached: 'the breaker that it trips is told, as TradingCircuitBreakerOpen',
  TradingPipelineLatencyBudgetBurnFast: 'a rate over an hour',
  TradingPipelineLatencyBudgetBurnMedium: 'a rate over six hours',
  TradingAlertsUndelivered: 'the way to people is what is broken',
  TradingOperatorAbsent: 'of the operator, which raises events of Kubernetes',
  TradingOperatorNoLeader: 'as above',
  TradingOperatorCutOff: 'as above',
  TradingBotReconcileStuck: 'as above',
};

const names = Object.keys(ALERTS) as readonly AlertName[];
let rules: readonly AlertRule[];

beforeAll(async () => {
  rules = alertsOf(await readRuleFiles());
});

describe('an alert on the stream', () => {
  it('has the name and the severity of a rule, unless it is only for information', () => {
    for (const name of names.filter((one) => ALERTS[one] !== 'INFO')) {
      const severity = rules.find(({ alert }) => alert === name)?.labels['severity'];
      expect({ name, severity }).toEqual({ name, severity: ALERTS[name].toLowerCase() });
    }
  });

  it('is not the name of a rule when it is only for information', () => {
    const taken = new Set(rules.map(({ alert }) => alert));
    expect(names.filter((name) => ALERTS[name] === 'INFO' && taken.has(name))).toEqual([]);
  });

  it('is made in one place, and each of the registry is raised by a service', async () => {
    const folder = new URL('workloads/src/services/', ROOT);
    const files = (await readdir(folder, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );
    const texts = await Promise.all(
      files.map(async (file) => [file, await readFile(new URL(file, folder), 'utf8')] as const),
    );
    expect(texts.filter(([, text]) => text.includes("type: 'alert'")).map(([file]) => file)).toEqual([
      'alert-event.ts',
    ]);
    const raised = texts.map(([, text]) => text).join('\n');
    expect(names.filter((name) => !raised.includes(`'${name}'`))).toEqual([]);
  });
});

describe('a critical rule', () => {
  it('is told on the stream at once, or says why it can only be seen from outside', () => {
    const untold = rules
      .filter(({ labels, alert }) => labels['severity'] === 'critical' && !(alert in ALERTS))
      .map(({ alert }) => alert);
    expect(untold.sort()).toEqual(Object.keys(SEEN_FROM_OUTSIDE).sort());
  });
});
