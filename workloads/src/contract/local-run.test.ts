import { describe, expect, it } from '@jest/globals';
import { bot, type Json } from '../../test/contract/bots.ts';
import { locallyIgnoredFields } from './local-run.ts';
import { parseTradingBot } from './parse.ts';

function ignored(changes: Readonly<Record<string, Json>>): readonly string[] {
  const raw = bot(changes);
  const result = parseTradingBot(raw);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return locallyIgnoredFields(raw, result.value.settings);
}

describe('fields that a run on one machine does not use', () => {
  it('are none where only trading is described', () => {
    expect(
      ignored({ 'risk.profile': 'balanced', 'execution.entryTimeout': '5s', 'paper.takerFee': '0.1%' }),
    ).toEqual([]);
  });

  it('are what only a cluster has', () => {
    expect(
      ignored({
        storage: {},
        monitoring: { prometheus: {}, notify: { format: 'json', secretRef: { name: 'pager' } } },
        'execution.onDelete': 'Flatten',
        'exchange.credentialsSecretRef': { name: 'mexc' },
      }),
    ).toEqual([
      'spec.exchange.credentialsSecretRef',
      'spec.execution.onDelete',
      'spec.storage',
      'spec.monitoring.prometheus',
    ]);
  });

  it('are what a replay does not need of an exchange', () => {
    const changes = {
      'execution.entryTimeout': '5s',
      'exchange.account': 'main',
      monitoring: { notify: { format: 'json', secretRef: { name: 'pager' } } },
    };
    expect(ignored({ ...changes, 'exchange.venue': 'replay' })).toEqual([
      'spec.exchange.account',
      'spec.execution.entryTimeout',
      'spec.monitoring.notify',
    ]);
    expect(ignored({ ...changes, 'exchange.venue': 'mexc' })).toEqual([]);
  });

  it('are the fill model in live mode', () => {
    expect(ignored({ mode: 'live', live: { confirm: 'momentum@main' }, paper: {} })).toEqual(['spec.paper']);
  });
});
