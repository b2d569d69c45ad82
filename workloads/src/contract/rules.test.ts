import { describe, expect, it } from '@jest/globals';
import { bot, type Json } from '../../test/contract/bots.ts';
import { parseTradingBot } from './parse.ts';
import { LIMIT_RULES, SPEC_RULES } from './rules.ts';

type Changes = Readonly<Record<string, Json | undefined>>;

interface Case {
  readonly rule: string;
  readonly fails: Changes;
  readonly path: string;
  readonly message: string;
  /** Just inside: must hold. */
  readonly passes: Changes;
}

const LIVE = { mode: 'live', live: { confirm: 'momentum@main' } };
const symbols = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `C${i}USDT`);

const CASES: readonly Case[] = [
  {
    rule: 'live mode needs a confirmation',
    fails: { mode: 'live' },
    path: 'spec.live.confirm',
    message: 'is missing; must be "momentum@main" ("<bot name>@<account>") to trade live',
    passes: LIVE,
  },
  {
    rule: 'the confirmation names this bot and this account',
    fails: { ...LIVE, 'exchange.account': 'second' },
    path: 'spec.live.confirm',
    message: 'was "momentum@main"; must be "momentum@second" ("<bot name>@<account>") to trade live',
    passes: { mode: 'live', live: { confirm: 'momentum@second' }, 'exchange.account': 'second' },
  },
  {
    rule: 'paper mode refuses a confirmation',
    fails: { live: { confirm: 'momentum@main' } },
    path: 'spec.live',
    message: 'was a map; must be absent in paper mode',
    passes: {},
  },
  {
    rule: 'live mode trades on mexc only',
    fails: { ...LIVE, 'exchange.venue': 'replay' },
    path: 'spec.exchange.venue',
    message: 'was "replay"; must be mexc in live mode',
    passes: { ...LIVE, 'exchange.venue': 'mexc' },
  },
  {
    rule: 'a simulator needs both addresses',
    fails: { 'exchange.venue': 'simulator', 'exchange.endpoints': { rest: 'http://127.0.0.1:9000' } },
    path: 'spec.exchange.endpoints.ws',
    message: 'is missing; must be the address of the simulator',
    passes: {
      'exchange.venue': 'simulator',
      'exchange.endpoints': { rest: 'http://127.0.0.1:9000', ws: 'ws://127.0.0.1:9000/ws' },
    },
  },
  {
    rule: 'a replay has no addresses',
    fails: { 'exchange.venue': 'replay', 'exchange.endpoints': {} },
    path: 'spec.exchange.endpoints',
    message: 'was a map; must be absent for venue replay, which reads files',
    passes: { 'exchange.venue': 'replay' },
  },
  {
    rule: 'symbols end with the quote asset',
    fails: { 'universe.symbols': ['BTCUSDT', 'ETHBTC'] },
    path: 'spec.universe.symbols[1]',
    message: 'was "ETHBTC"; must be a symbol that ends with the quote asset USDT',
    passes: { 'universe.symbols': ['BTCUSDT', 'ETHUSDT'] },
  },
  {
    rule: 'the quote asset alone is no symbol',
    fails: { 'universe.symbols': ['USDT'] },
    path: 'spec.universe.symbols[0]',
    message: 'was "USDT"; must be a symbol that ends with the quote asset USDT',
    passes: { 'universe.symbols': ['XUSDT'] },
  },
  {
    rule: 'symbols are named once',
    fails: { 'universe.symbols': ['BTCUSDT', 'ETHUSDT', 'BTCUSDT'] },
    path: 'spec.universe.symbols[2]',
    message: 'was "BTCUSDT"; must be named only once',
    passes: { 'universe.symbols': ['BTCUSDT', 'ETHUSDT'] },
  },
  {
    rule: 'denied symbols end with the quote asset',
    fails: { 'universe.deny': ['ETHBTC'] },
    path: 'spec.universe.deny[0]',
    message: 'was "ETHBTC"; must be a symbol that ends with the quote asset USDT',
    passes: { 'universe.deny': ['ETHUSDT'] },
  },
  {
    rule: 'a symbol is not denied',
    fails: { 'universe.deny': ['BTCUSDT'] },
    path: 'spec.universe.symbols[0]',
    message: 'was "BTCUSDT"; must be absent from spec.universe.deny',
    passes: { 'universe.deny': ['XBTCUSDT'] },
  },
  {
    rule: 'there is something to watch',
    fails: { 'universe.symbols': [] },
    path: 'spec.universe.symbols',
    message: 'was an empty list; must be at least one symbol, or use topMovers',
    passes: { 'universe.symbols': [], 'universe.topMovers': { count: 1 } },
  },
  {
    rule: 'a replay has no top movers',
    fails: { 'exchange.venue': 'replay', 'universe.topMovers': { count: 1 } },
    path: 'spec.universe.topMovers',
    message: 'was a map; must be absent for venue replay, whose files hold fixed symbols',
    passes: { 'exchange.venue': 'mexc', 'universe.topMovers': { count: 1 } },
  },
  {
    rule: 'a bot watches at most 200 symbols',
    fails: { 'universe.symbols': symbols(150), 'universe.topMovers': { count: 51 } },
    path: 'spec.universe.topMovers.count',
    message: 'was 51; must be at most 50: a bot watches 200 symbols',
    passes: { 'universe.symbols': symbols(150), 'universe.topMovers': { count: 50 } },
  },
  {
    rule: 'the look-back is a multiple of the interval',
    fails: { 'strategy.momentum.interval': '5m', 'strategy.momentum.lookback': '14m' },
    path: 'spec.strategy.momentum.lookback',
    message: 'was "14m"; must be a whole multiple of interval (5m), at most 1000 of them',
    passes: { 'strategy.momentum.interval': '5m', 'strategy.momentum.lookback': '5m' },
  },
  {
    rule: 'the look-back is at most 1000 intervals',
    fails: { 'strategy.momentum.lookback': '1001m' },
    path: 'spec.strategy.momentum.lookback',
    message: 'was "1001m"; must be a whole multiple of interval (1m), at most 1000 of them',
    passes: { 'strategy.momentum.lookback': '1000m' },
  },
  {
    rule: 'a position is held for at least one interval',
    fails: { 'strategy.momentum.maxHolding': '4m', 'strategy.momentum.interval': '5m' },
    path: 'spec.strategy.momentum.maxHolding',
    message: 'was "4m"; must be at least one interval (5m)',
    passes: { 'strategy.momentum.maxHolding': '5m', 'strategy.momentum.interval': '5m' },
  },
  {
    rule: 'there is a strategy',
    fails: { strategy: {} },
    path: 'spec.strategy',
    message: 'was a map; must be exactly one of momentum, breakout',
    passes: { strategy: { breakout: {} } },
  },
  {
    rule: 'there is no more than one strategy',
    fails: { strategy: { momentum: {}, breakout: {} } },
    path: 'spec.strategy',
    message: 'was momentum and breakout; must be exactly one of momentum, breakout',
    passes: { strategy: { momentum: {} } },
  },
  ...(['entryLookback', 'exitLookback'] as const).map((field) => ({
    rule: `the ${field} is a multiple of the interval`,
    fails: { strategy: { breakout: { interval: '5m', [field]: '14m' } } },
    path: `spec.strategy.breakout.${field}`,
    message: 'was "14m"; must be a whole multiple of interval (5m), at most 1000 of them',
    passes: { strategy: { breakout: { interval: '5m', [field]: '5000m' } } },
  })),
  {
    rule: 'a position on a breakout is held for at least one interval',
    fails: { strategy: { breakout: { interval: '5m', maxHolding: '4m' } } },
    path: 'spec.strategy.breakout.maxHolding',
    message: 'was "4m"; must be at least one interval (5m)',
    passes: { strategy: { breakout: { interval: '5m' } } },
  },
  ...(['venue', 'external', 'notify'] as const).map((list) => ({
    rule: `a destination of network.${list} is addresses or pods`,
    fails: { [`network.${list}`]: [{ cidr: '10.0.0.0/8', podSelector: { matchLabels: { app: 'db' } } }] },
    path: `spec.network.${list}[0]`,
    message: 'was a map; must be either a cidr or a podSelector and/or namespaceSelector',
    passes: {
      [`network.${list}`]: [
        { cidr: '10.0.0.0/8' },
        { podSelector: { matchLabels: { app: 'db' } }, namespaceSelector: { matchLabels: { team: 'data' } } },
      ],
    },
  })),
  {
    rule: 'a destination is not empty',
    fails: { 'network.venue': [{ ports: [443] }] },
    path: 'spec.network.venue[0]',
    message: 'was a map; must be either a cidr or a podSelector and/or namespaceSelector',
    passes: { 'network.venue': [] },
  },
  {
    rule: 'Grafana needs Prometheus',
    fails: { 'monitoring.grafana.enabled': true, 'monitoring.prometheus.enabled': false },
    path: 'spec.monitoring.grafana.enabled',
    message: 'was true; must be false without monitoring.prometheus.enabled',
    passes: { 'monitoring.grafana.enabled': true },
  },
  {
    rule: 'the stop-loss is below the drawdown limit',
    fails: { 'risk.stopLoss': '7%', 'risk.maxDailyDrawdown': '7%' },
    path: 'spec.risk.stopLoss',
    message: 'was "7%"; must be below maxDailyDrawdown (7%)',
    passes: { 'risk.stopLoss': '6.999999%', 'risk.maxDailyDrawdown': '7%' },
  },
  {
    rule: 'the stop-loss of a profile is held against a drawdown limit of the spec',
    fails: { 'risk.profile': 'aggressive', 'risk.maxDailyDrawdown': '3%' },
    path: 'spec.risk.stopLoss',
    message: 'was "3%" (profile aggressive); must be below maxDailyDrawdown (3%)',
    passes: { 'risk.profile': 'aggressive', 'risk.maxDailyDrawdown': '3.000001%' },
  },
  {
    rule: 'a position is at most the exposure',
    fails: { 'risk.maxPosition': '10.000001%', 'risk.maxExposure': '10%' },
    path: 'spec.risk.maxPosition',
    message: 'was "10.000001%"; must be at most maxExposure (10%)',
    passes: { 'risk.maxPosition': '10%', 'risk.maxExposure': '10%' },
  },
  {
    rule: 'an order is at most the capital',
    fails: { 'risk.maxOrderNotional': '100.000000000001', 'risk.capital': '100' },
    path: 'spec.risk.maxOrderNotional',
    message: 'was "100.000000000001"; must be at most capital (100)',
    passes: { 'risk.maxOrderNotional': '100.000', 'risk.capital': '100' },
  },
  {
    rule: 'a minute takes at least what a second takes',
    fails: { 'risk.maxOrdersPerSecond': 6, 'risk.maxOrdersPerMinute': 5 },
    path: 'spec.risk.maxOrdersPerMinute',
    message: 'was 5; must be at least maxOrdersPerSecond (6)',
    passes: { 'risk.maxOrdersPerSecond': 6, 'risk.maxOrdersPerMinute': 6 },
  },
  {
    rule: 'a day takes at least what an hour takes',
    fails: { 'risk.maxEntriesPerDay': 9 },
    path: 'spec.risk.maxEntriesPerDay',
    message: 'was 9; must be at least maxTradesPerHour (10)',
    passes: { 'risk.maxEntriesPerDay': 10 },
  },
  {
    rule: 'the price window holds a candle',
    fails: {
      'risk.priceWindow': '14m',
      'strategy.momentum.interval': '15m',
      'strategy.momentum.lookback': '15m',
    },
    path: 'spec.risk.priceWindow',
    message: 'was "14m"; must be at least one interval (15m)',
    passes: {
      'risk.priceWindow': '15m',
      'strategy.momentum.interval': '15m',
      'strategy.momentum.lookback': '15m',
    },
  },
  {
    rule: 'amounts have no default outside dollars: capital',
    fails: btc({ 'risk.capital': undefined }),
    path: 'spec.risk.capital',
    message: 'is missing; must be an amount in BTC: only USDT and USDC have a default',
    passes: btc({}),
  },
  {
    rule: 'amounts have no default outside dollars: one order',
    fails: btc({ 'risk.maxOrderNotional': undefined }),
    path: 'spec.risk.maxOrderNotional',
    message: 'is missing; must be an amount in BTC: only USDT and USDC have a default',
    passes: btc({}),
  },
  {
    rule: 'amounts have no default outside dollars: traded volume',
    fails: btc({ 'strategy.momentum.minQuoteVolume': undefined }),
    path: 'spec.strategy.momentum.minQuoteVolume',
    message: 'is missing; must be an amount in BTC: only USDT and USDC have a default',
    passes: btc({ 'strategy.momentum.minQuoteVolume': '0' }),
  },
  {
    rule: 'amounts have no default outside dollars: volume of top movers',
    fails: btc({ 'universe.topMovers': { count: 1 } }),
    path: 'spec.universe.topMovers.minQuoteVolume',
    message: 'is missing; must be an amount in BTC: only USDT and USDC have a default',
    passes: btc({ 'universe.topMovers': { count: 1, minQuoteVolume: '5' } }),
  },
];

/** A complete bot in bitcoin, with changes. */
function btc(changes: Changes): Changes {
  return {
    'universe.quote': 'BTC',
    'universe.symbols': ['ETHBTC'],
    'strategy.momentum.minQuoteVolume': '20',
    'risk.capital': '1',
    'risk.maxOrderNotional': '0.1',
    ...changes,
  };
}

describe('the rules across fields', () => {
  it.each(CASES)('$rule: broken, it is the one problem', ({ fails, path, message }) => {
    expect(parseTradingBot(bot(fails))).toEqual({ ok: false, problems: [{ path, message }] });
  });

  it.each(CASES)('$rule: at the boundary it holds', ({ passes }) => {
    expect(parseTradingBot(bot(passes))).toMatchObject({ ok: true });
  });

  it('are all tried here', () => {
    const paths = new Set(CASES.map(({ path }) => path.replace(/\[\d+\]$/, '')));
    const ruled = [
      ...SPEC_RULES.map(({ path }) => path),
      ...LIMIT_RULES.map(({ field }) => `spec.risk.${field}`),
    ].filter((path) => path !== 'spec.universe' && path !== 'spec.exchange.endpoints');
    expect(ruled.filter((path) => !paths.has(path))).toEqual([]);
  });

  it('report every broken rule at once', () => {
    const result = parseTradingBot(bot({ mode: 'live', 'risk.stopLoss': '9%', 'universe.symbols': [] }));
    expect(result).toMatchObject({
      problems: [
        { path: 'spec.live.confirm' },
        { path: 'spec.universe.symbols' },
        { path: 'spec.risk.stopLoss' },
      ],
    });
  });
});
