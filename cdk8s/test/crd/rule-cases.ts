/** For every rule between fields: what just passes and what just fails. */
import type { SpecRuleId } from '@claire/workloads/contract';
import type { Changes } from '../support/bots.ts';

export interface RuleCase {
  readonly rule: SpecRuleId | 'amounts' | `risk.${string}`;
  readonly passes: Changes;
  readonly fails: Changes;
}

const LIVE = { mode: 'live', live: { confirm: 'momentum@main' } };
const symbols = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `C${i}USDT`);
const momentum = (fields: Readonly<Record<string, string>>): Changes =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`strategy.momentum.${name}`, value]));
/** The least bot on breakout instead. */
const breakout = (fields: Readonly<Record<string, string>>): Changes => ({
  'strategy.momentum': undefined,
  'strategy.breakout': fields,
});
const EURO = {
  'universe.quote': 'EUR',
  'universe.symbols': ['BTCEUR'],
  'risk.capital': '1000',
  'risk.maxOrderNotional': '100',
  'strategy.momentum.minQuoteVolume': '1',
};

export const RULE_CASES: readonly RuleCase[] = [
  { rule: 'live-confirm', passes: LIVE, fails: { mode: 'live' } },
  {
    rule: 'live-confirm',
    passes: { ...LIVE, live: { confirm: 'momentum@b' }, 'exchange.account': 'b' },
    fails: { ...LIVE, 'exchange.account': 'b' },
  },
  { rule: 'live-confirm', passes: {}, fails: { live: { confirm: 'momentum@main' } } },
  { rule: 'live-venue', passes: LIVE, fails: { ...LIVE, 'exchange.venue': 'replay' } },
  {
    rule: 'endpoints',
    passes: { 'exchange.venue': 'simulator', 'exchange.endpoints': { rest: 'http://a', ws: 'ws://a' } },
    fails: { 'exchange.venue': 'simulator', 'exchange.endpoints': { rest: 'http://a' } },
  },
  {
    rule: 'endpoints',
    passes: { 'exchange.venue': 'replay' },
    fails: { 'exchange.venue': 'replay', 'exchange.endpoints': {} },
  },
  { rule: 'endpoints', passes: { 'exchange.endpoints': {} }, fails: { 'exchange.venue': 'simulator' } },
  {
    rule: 'symbols',
    passes: { 'universe.symbols': ['XUSDT'] },
    fails: { 'universe.symbols': ['USDT'] },
  },
  {
    rule: 'symbols',
    passes: { 'universe.symbols': symbols(200) },
    fails: { 'universe.symbols': symbols(201) },
  },
  {
    rule: 'symbols',
    passes: { 'universe.symbols': ['AUSDT', 'BUSDT'] },
    fails: { 'universe.symbols': ['AUSDT', 'AUSDT'] },
  },
  { rule: 'deny', passes: { 'universe.deny': ['AUSDT'] }, fails: { 'universe.deny': ['ABTC'] } },
  { rule: 'deny', passes: { 'universe.deny': symbols(500) }, fails: { 'universe.deny': symbols(501) } },
  {
    rule: 'not-denied',
    passes: { 'universe.deny': ['XBTCUSDT'] },
    fails: { 'universe.deny': ['BTCUSDT'] },
  },
  {
    rule: 'something-to-watch',
    passes: { 'universe.symbols': [], 'universe.topMovers': { count: 1 } },
    fails: { 'universe.symbols': [] },
  },
  {
    rule: 'something-to-watch',
    passes: { 'universe.symbols': symbols(150), 'universe.topMovers': { count: 50 } },
    fails: { 'universe.symbols': symbols(150), 'universe.topMovers': { count: 51 } },
  },
  {
    rule: 'something-to-watch',
    passes: { 'universe.topMovers': { count: 1 } },
    fails: { 'exchange.venue': 'replay', 'universe.topMovers': { count: 1 } },
  },
  { rule: 'strategy', passes: breakout({}), fails: { 'strategy.momentum': undefined } },
  {
    rule: 'strategy',
    passes: breakout({ takeProfit: '10%' }),
    fails: { 'strategy.momentum': {}, 'strategy.breakout': {} },
  },
  {
    rule: 'strategy.momentum.lookback',
    passes: momentum({ interval: '5m', lookback: '5m' }),
    fails: momentum({ interval: '5m', lookback: '14m' }),
  },
  {
    rule: 'strategy.momentum.lookback',
    passes: momentum({ lookback: '1000m' }),
    fails: momentum({ lookback: '1001m' }),
  },
  {
    rule: 'strategy.momentum.lookback',
    passes: momentum({ lookback: '60000ms' }),
    fails: momentum({ lookback: '60001ms' }),
  },
  {
    rule: 'strategy.momentum.maxHolding',
    passes: momentum({ interval: '5m', maxHolding: '5m' }),
    fails: momentum({ interval: '5m', maxHolding: '299999ms' }),
  },
  {
    rule: 'strategy.breakout.entryLookback',
    passes: breakout({ interval: '15m', entryLookback: '250h' }),
    fails: breakout({ interval: '15m', entryLookback: '250h15m' }),
  },
  {
    rule: 'strategy.breakout.exitLookback',
    passes: breakout({ interval: '5m', exitLookback: '5m' }),
    fails: breakout({ interval: '5m', exitLookback: '6m' }),
  },
  {
    rule: 'strategy.breakout.maxHolding',
    passes: breakout({ interval: '5m', maxHolding: '5m' }),
    fails: breakout({ interval: '5m', maxHolding: '4m' }),
  },
  {
    rule: 'venue-peer',
    passes: { 'network.venue': [{ cidr: '10.0.0.0/8' }] },
    fails: { 'network.venue': [{ cidr: '10.0.0.0/8', podSelector: { matchLabels: { a: 'b' } } }] },
  },
  {
    rule: 'external-peer',
    passes: {
      'network.external': [
        { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: { matchLabels: {} } },
      ],
    },
    fails: { 'network.external': [{ ports: [1] }] },
  },
  {
    rule: 'notify-peer',
    passes: { 'network.notify': [{ cidr: '10.0.0.7/32', ports: [8443] }] },
    fails: { 'network.notify': [{ ports: [443] }] },
  },
  {
    rule: 'grafana',
    passes: { 'monitoring.grafana.enabled': true },
    fails: { 'monitoring.grafana.enabled': true, 'monitoring.prometheus.enabled': false },
  },
  {
    rule: 'risk.stopLoss',
    passes: { 'risk.stopLoss': '4.999999%' },
    fails: { 'risk.stopLoss': '5.0%' },
  },
  {
    rule: 'risk.stopLoss',
    passes: { 'risk.maxDailyDrawdown': '1.6%', 'risk.profile': 'conservative' },
    fails: { 'risk.maxDailyDrawdown': '1.50%', 'risk.profile': 'conservative' },
  },
  {
    rule: 'risk.maxPosition',
    passes: { 'risk.maxPosition': '25%', 'risk.maxExposure': '25.000%' },
    fails: { 'risk.maxPosition': '25%', 'risk.maxExposure': '24.999999%' },
  },
  {
    rule: 'risk.maxOrderNotional',
    passes: {
      'risk.capital': '123456789012.123456789012',
      'risk.maxOrderNotional': '123456789012.123456789012',
    },
    fails: {
      'risk.capital': '123456789012.123456789012',
      'risk.maxOrderNotional': '123456789012.123456789013',
    },
  },
  {
    rule: 'risk.maxOrderNotional',
    passes: { 'risk.maxOrderNotional': '10000.000' },
    fails: { 'risk.maxOrderNotional': '10000.000000000001' },
  },
  {
    rule: 'risk.maxOrderNotional',
    passes: { 'risk.capital': '5' },
    fails: { ...EURO, 'risk.capital': '99' },
  },
  {
    rule: 'risk.maxOrdersPerMinute',
    passes: { 'risk.maxOrdersPerMinute': 5 },
    fails: { 'risk.maxOrdersPerMinute': 4 },
  },
  {
    rule: 'risk.maxEntriesPerDay',
    passes: { 'risk.profile': 'aggressive', 'risk.maxEntriesPerDay': 20 },
    fails: { 'risk.profile': 'aggressive', 'risk.maxEntriesPerDay': 19 },
  },
  {
    rule: 'risk.priceWindow',
    passes: { ...momentum({ interval: '15m', lookback: '15m' }), 'risk.priceWindow': '15m' },
    fails: { ...momentum({ interval: '15m', lookback: '15m' }), 'risk.priceWindow': '14m' },
  },
  {
    rule: 'risk.priceWindow',
    passes: { ...breakout({ interval: '15m' }), 'risk.priceWindow': '15m' },
    fails: { ...breakout({ interval: '15m' }), 'risk.priceWindow': '14m' },
  },
  { rule: 'amounts', passes: EURO, fails: { ...EURO, 'risk.capital': undefined } },
  { rule: 'amounts', passes: EURO, fails: { ...EURO, 'risk.maxOrderNotional': undefined } },
  { rule: 'amounts', passes: EURO, fails: { ...EURO, 'strategy.momentum.minQuoteVolume': undefined } },
  {
    rule: 'amounts',
    passes: { ...EURO, ...breakout({}) },
    fails: { ...EURO, ...breakout({}), 'risk.capital': undefined },
  },
  {
    rule: 'amounts',
    passes: { ...EURO, 'universe.topMovers': { count: 1, minQuoteVolume: '0' } },
    fails: { ...EURO, 'universe.topMovers': { count: 1 } },
  },
];
