import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { bot, type Json } from '../../test/contract/bots.ts';
import type { BotSettings } from './bot-settings.ts';
import { parseTradingBot } from './parse.ts';
import {
  componentSettings,
  executionSettings,
  riskSettings,
  screenerSettings,
  settingsHash,
  signalSettings,
} from './settings.ts';

type Changes = Readonly<Record<string, Json | undefined>>;

function settingsOf(changes: Changes = {}): BotSettings {
  const result = parseTradingBot(bot(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.settings;
}

describe('the settings of the components', () => {
  const full = settingsOf({
    'universe.topMovers': { count: 5 },
    'risk.maxOrderQuantity': '12.5',
    'risk.stopLoss': '1.25%',
  });
  const components = componentSettings(full);

  it('survive JSON exactly', () => {
    const throughJson = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): unknown =>
      z.decode(schema, JSON.parse(JSON.stringify(z.encode(schema, value))) as z.input<Schema>);
    expect(throughJson(screenerSettings, components.screener)).toEqual(components.screener);
    expect(throughJson(signalSettings, components.signal)).toEqual(components.signal);
    expect(throughJson(riskSettings, components.risk)).toEqual(components.risk);
    expect(throughJson(executionSettings, components.execution)).toEqual(components.execution);
  });

  it('are written as people write them', () => {
    expect(z.encode(riskSettings, components.risk)).toMatchObject({
      bot: { namespace: 'default', name: 'momentum' },
      interval: '1m',
      limits: { capital: '10000', maxOrderQuantity: '12.5', maxPositionRatio: '10%', lossCooldown: '1h' },
      exits: { stopLossRatio: '1.25%', takeProfitRatio: '4%', maxHolding: '4h' },
      orderType: 'LIMIT_IOC',
      entryTimeout: '5s',
      takerFeeRatio: '0.06%',
    });
  });

  it('give the screener what it watches and nothing of money', () => {
    expect(z.encode(screenerSettings, components.screener)).toEqual({
      bot: { namespace: 'default', name: 'momentum' },
      venue: { name: 'mexc', market: 'spot', endpoints: {} },
      quote: 'USDT',
      symbols: ['BTCUSDT'],
      topMovers: { count: 5, minQuoteVolume: '1000000', lookback: '15m' },
      deny: [],
      maxSymbolsPerConnection: 30,
      interval: '1m',
      warmupCandles: 1441,
      maxDataAge: '30s',
    });
  });

  it('refuse what is not theirs', () => {
    const encoded = z.encode(signalSettings, components.signal);
    expect(signalSettings.safeParse({ ...encoded, capital: '1' }).success).toBe(false);
    expect(
      signalSettings.safeParse({
        ...encoded,
        momentum: { ...(encoded.momentum as object), thresholdRatio: '3' },
      }).success,
    ).toBe(false);
  });
});

describe('the hash of the settings', () => {
  const hash = (changes: Changes = {}): string => settingsHash(settingsOf(changes));

  it('is a SHA-256 that is the same for the same meaning, however it is written', () => {
    expect(hash()).toMatch(/^[0-9a-f]{64}$/);
    expect(hash({ 'universe.symbols': ['BTCUSDT', 'ETHUSDT'] })).toBe(
      hash({ 'universe.symbols': ['ETHUSDT', 'BTCUSDT'] }),
    );
    expect(hash({ 'strategy.momentum': { maxHolding: '240m', threshold: '3.00%' } })).toBe(hash());
    expect(hash({ 'risk.capital': '10000.0' })).toBe(hash());
    expect(hash({ 'risk.profile': 'balanced', 'risk.maxPosition': '10%' })).toBe(hash());
  });

  it.each<[string, Changes]>([
    ['the threshold', { 'strategy.momentum': { threshold: '3.000001%' } }],
    ['the stop-loss', { 'risk.stopLoss': '2.1%' }],
    ['the take-profit', { 'strategy.momentum': { takeProfit: '5%' } }],
    ['the symbols', { 'universe.symbols': ['ETHUSDT'] }],
    ['the denied symbols', { 'universe.deny': ['ETHUSDT'] }],
    ['the capital', { 'risk.capital': '10000.01' }],
    ['the profile', { 'risk.profile': 'aggressive' }],
    ['the fees', { paper: { takerFee: '0.05%' } }],
    ['the order type', { 'execution.orderType': 'Market' }],
    ['the state', { state: 'ReduceOnly' }],
    ['the venue', { 'exchange.venue': 'replay' }],
  ])('changes with %s', (_, changes) => {
    expect(hash(changes)).not.toBe(hash());
  });

  it.each<[string, Changes]>([
    ['addresses', { 'exchange.endpoints': { rest: 'https://api.example' } }],
    ['connections', { 'universe.maxSymbolsPerConnection': 10 }],
    [
      'the cluster',
      { 'storage.postgres.size': '1Gi', 'updates.policy': 'Immediate', 'execution.onDelete': 'Flatten' },
    ],
  ])('does not change with %s', (_, changes) => {
    expect(hash(changes)).toBe(hash());
  });
});
