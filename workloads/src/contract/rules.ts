/**
 * What fields of a TradingBot demand of each other. Each rule has one path that its problem names and one sentence that
 * the API reference prints; the CustomResourceDefinition's CEL rules are held against the same cases.
 */
import type { Ratio } from '../domain/money/amounts.ts';
import { greaterThan, parseDecimal } from '../domain/money/decimal.ts';
import { kindOf, STRATEGY_NAMES, type StrategyName } from '../domain/strategy/registry.ts';
import { MAX_LOOKBACK_CANDLES } from './api/strategy.ts';
import { MAX_SYMBOLS } from './api/universe.ts';
import { mustBe, type Problem, showValue } from './problem.ts';
import type { ResolvedLimits, RiskField } from './profiles.ts';
import { intervalOf, lookbacksOf, writtenStrategies } from './strategy-settings.ts';
import { durationOf, INTERVALS, percentToRatio } from './text-forms.ts';
import type { TradingBot } from './tradingbot.ts';

/** Names of the rules over what the file says: each has a counterpart in the CustomResourceDefinition. */
export type SpecRuleId =
  | 'live-confirm'
  | 'live-venue'
  | 'endpoints'
  | 'symbols'
  | 'deny'
  | 'not-denied'
  | 'something-to-watch'
  | 'strategy'
  | `strategy.${StrategyName}.${string}`
  | 'venue-peer'
  | 'external-peer'
  | 'notify-peer'
  | 'grafana';

/** A rule over what the file says. */
export interface SpecRule {
  readonly id: SpecRuleId;
  /** The field its problems name. */
  readonly path: string;
  /** The rule in a sentence, for the API reference. */
  readonly text: string;
  readonly check: (bot: TradingBot) => readonly Problem[];
  /** Of a field of a strategy: how it goes together with the interval. */
  readonly ofInterval?: {
    readonly strategy: StrategyName;
    readonly field: string;
    readonly must: 'multiple' | 'at-least';
  };
}

/** A rule over the limits in force, wherever they come from. */
export interface LimitRule {
  readonly field: RiskField;
  readonly text: string;
  /** What is allowed, when the limits break the rule. */
  readonly check: (limits: ResolvedLimits, bot: TradingBot) => string | undefined;
}

const problem = (path: string, was: unknown, allowed: string): readonly Problem[] => [
  { path, message: mustBe(was, allowed) },
];

/** The confirmation that live trading needs. */
const liveConfirmation = (bot: Pick<TradingBot, 'metadata' | 'spec'>): string =>
  `${bot.metadata.name}@${bot.spec.exchange.account}`;

function checkLiveConfirm({ metadata, spec }: TradingBot): readonly Problem[] {
  if (spec.mode === 'paper') {
    return spec.live === undefined ? [] : problem('spec.live', spec.live, 'absent in paper mode');
  }
  const wanted = liveConfirmation({ metadata, spec });
  if (spec.live?.confirm === wanted) return [];
  return problem(
    'spec.live.confirm',
    spec.live?.confirm,
    `"${wanted}" ("<bot name>@<account>") to trade live`,
  );
}

function checkEndpoints({ spec: { exchange } }: TradingBot): readonly Problem[] {
  const { endpoints, venue } = exchange;
  if (venue === 'replay' && endpoints !== undefined) {
    return problem('spec.exchange.endpoints', endpoints, 'absent for venue replay, which reads files');
  }
  if (venue !== 'simulator') return [];
  return (['rest', 'ws'] as const).flatMap((name) =>
    endpoints?.[name] === undefined
      ? problem(`spec.exchange.endpoints.${name}`, undefined, 'the address of the simulator')
      : [],
  );
}

/** Symbols and denied ones alike: priced in the quote asset, and named once. */
function checkSymbols(field: 'symbols' | 'deny', { spec: { universe } }: TradingBot): readonly Problem[] {
  return universe[field].flatMap((symbol, index, all) => {
    const path = `spec.universe.${field}[${index}]`;
    if (!symbol.endsWith(universe.quote) || symbol === universe.quote) {
      return problem(path, symbol, `a symbol that ends with the quote asset ${universe.quote}`);
    }
    return all.indexOf(symbol) < index ? problem(path, symbol, 'named only once') : [];
  });
}

const checkDenied = ({ spec: { universe } }: TradingBot): readonly Problem[] =>
  universe.symbols.flatMap((symbol, index) =>
    universe.deny.includes(symbol)
      ? problem(`spec.universe.symbols[${index}]`, symbol, 'absent from spec.universe.deny')
      : [],
  );

function checkUniverse({ spec: { universe, exchange } }: TradingBot): readonly Problem[] {
  const { symbols, topMovers } = universe;
  if (topMovers === undefined) {
    return symbols.length > 0
      ? []
      : problem('spec.universe.symbols', symbols, 'at least one symbol, or use topMovers');
  }
  if (exchange.venue === 'replay') {
    return problem(
      'spec.universe.topMovers',
      topMovers,
      'absent for venue replay, whose files hold fixed symbols',
    );
  }
  const room = MAX_SYMBOLS - symbols.length;
  if (topMovers.count <= room) return [];
  return problem(
    'spec.universe.topMovers.count',
    topMovers.count,
    `at most ${room}: a bot watches ${MAX_SYMBOLS} symbols`,
  );
}

function checkStrategy(bot: TradingBot): readonly Problem[] {
  const written = writtenStrategies(bot);
  if (written.length === 1) return [];
  const names = STRATEGY_NAMES.join(', ');
  if (written.length > 1) {
    const message = `was ${written.map(({ name }) => name).join(' and ')}; must be exactly one of ${names}`;
    return [{ path: 'spec.strategy', message }];
  }
  return problem('spec.strategy', bot.spec.strategy, `exactly one of ${names}`);
}

/** A field of a strategy against its interval; nothing when the bot has another strategy or leaves the field out. */
function checkInterval(
  bot: TradingBot,
  { strategy, field, must }: NonNullable<SpecRule['ofInterval']>,
): readonly Problem[] {
  const written = writtenStrategies(bot).find(({ name }) => name === strategy);
  const text = written?.fields[field];
  if (written === undefined || text === undefined) return [];
  const interval = intervalOf(written);
  const candles = durationOf(text) / INTERVALS[interval];
  const isMultiple = Number.isInteger(candles) && candles <= MAX_LOOKBACK_CANDLES;
  if (must === 'multiple' ? isMultiple : candles >= 1) return [];
  const allowed =
    must === 'multiple'
      ? `a whole multiple of interval (${interval}), at most ${MAX_LOOKBACK_CANDLES} of them`
      : `at least one interval (${interval})`;
  return problem(`${written.path}.${field}`, text, allowed);
}

/** The rules of a strategy's fields, made from what it says of its parameters. */
function intervalRules(strategy: StrategyName): readonly SpecRule[] {
  const rule = (field: string, must: 'multiple' | 'at-least', text: string): SpecRule => {
    const ofInterval = { strategy, field, must };
    return {
      id: `strategy.${strategy}.${field}`,
      path: `spec.strategy.${strategy}.${field}`,
      text,
      check: (bot) => checkInterval(bot, ofInterval),
      ofInterval,
    };
  };
  const text = `A whole multiple of \`interval\`, at most ${MAX_LOOKBACK_CANDLES} of them.`;
  return [
    ...lookbacksOf(kindOf(strategy).parameters).map((field) => rule(field, 'multiple', text)),
    rule('maxHolding', 'at-least', 'At least one `interval`.'),
  ];
}

function checkPeers(
  field: 'venue' | 'external' | 'notify',
  { spec: { network } }: TradingBot,
): readonly Problem[] {
  return network[field].flatMap((peer, index) => {
    const bySelector = peer.podSelector !== undefined || peer.namespaceSelector !== undefined;
    if (bySelector !== (peer.cidr !== undefined)) return [];
    const path = `spec.network.${field}[${index}]`;
    return problem(path, peer, 'either a cidr or a podSelector and/or namespaceSelector');
  });
}

const checkGrafana = ({ spec: { monitoring } }: TradingBot): readonly Problem[] =>
  monitoring.grafana.enabled && !monitoring.prometheus.enabled
    ? problem('spec.monitoring.grafana.enabled', true, 'false without monitoring.prometheus.enabled')
    : [];

const checkVenue = ({ spec }: TradingBot): readonly Problem[] =>
  spec.mode === 'live' && spec.exchange.venue !== 'mexc'
    ? problem('spec.exchange.venue', spec.exchange.venue, 'mexc in live mode')
    : [];

export const SPEC_RULES: readonly SpecRule[] = [
  {
    id: 'live-confirm',
    path: 'spec.live.confirm',
    text: 'Live mode needs `"<bot name>@<account>"`; paper mode refuses `live`.',
    check: checkLiveConfirm,
  },
  {
    id: 'live-venue',
    path: 'spec.exchange.venue',
    text: 'Live mode trades on `mexc` only.',
    check: checkVenue,
  },
  {
    id: 'endpoints',
    path: 'spec.exchange.endpoints',
    text: 'A simulator needs `rest` and `ws`; a replay has no endpoints.',
    check: checkEndpoints,
  },
  {
    id: 'symbols',
    path: 'spec.universe.symbols',
    text: 'Every symbol ends with the quote asset and is named once.',
    check: (bot) => checkSymbols('symbols', bot),
  },
  {
    id: 'deny',
    path: 'spec.universe.deny',
    text: 'Every denied symbol ends with the quote asset and is named once.',
    check: (bot) => checkSymbols('deny', bot),
  },
  { id: 'not-denied', path: 'spec.universe.symbols', text: 'No symbol is denied.', check: checkDenied },
  {
    id: 'something-to-watch',
    path: 'spec.universe',
    text: `At least one symbol or \`topMovers\`; no \`topMovers\` in a replay; together at most ${MAX_SYMBOLS} symbols.`,
    check: checkUniverse,
  },
  {
    id: 'strategy',
    path: 'spec.strategy',
    text: `Exactly one of ${STRATEGY_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
    check: checkStrategy,
  },
  ...STRATEGY_NAMES.flatMap(intervalRules),
  {
    id: 'venue-peer',
    path: 'spec.network.venue',
    text: 'A destination is either a `cidr` or selectors.',
    check: (bot) => checkPeers('venue', bot),
  },
  {
    id: 'external-peer',
    path: 'spec.network.external',
    text: 'A destination is either a `cidr` or selectors.',
    check: (bot) => checkPeers('external', bot),
  },
  {
    id: 'notify-peer',
    path: 'spec.network.notify',
    text: 'A destination is either a `cidr` or selectors.',
    check: (bot) => checkPeers('notify', bot),
  },
  {
    id: 'grafana',
    path: 'spec.monitoring.grafana.enabled',
    text: 'Grafana needs Prometheus.',
    check: checkGrafana,
  },
];

const percent = (
  limits: ResolvedLimits,
  field: 'stopLoss' | 'maxDailyDrawdown' | 'maxPosition' | 'maxExposure',
): Ratio => percentToRatio(limits.values[field]);

export const LIMIT_RULES: readonly LimitRule[] = [
  {
    field: 'stopLoss',
    text: 'Below `maxDailyDrawdown`.',
    check: (limits) =>
      percent(limits, 'stopLoss') < percent(limits, 'maxDailyDrawdown')
        ? undefined
        : `below maxDailyDrawdown (${limits.values.maxDailyDrawdown})`,
  },
  {
    field: 'maxPosition',
    text: 'At most `maxExposure`.',
    check: (limits) =>
      percent(limits, 'maxPosition') <= percent(limits, 'maxExposure')
        ? undefined
        : `at most maxExposure (${limits.values.maxExposure})`,
  },
  {
    field: 'maxOrderNotional',
    text: 'At most `capital`.',
    check: ({ values }) =>
      greaterThan(parseDecimal(values.maxOrderNotional), parseDecimal(values.capital))
        ? `at most capital (${values.capital})`
        : undefined,
  },
  {
    field: 'maxOrdersPerMinute',
    text: 'At least `maxOrdersPerSecond`.',
    check: ({ values }) =>
      values.maxOrdersPerMinute < values.maxOrdersPerSecond
        ? `at least maxOrdersPerSecond (${values.maxOrdersPerSecond})`
        : undefined,
  },
  {
    field: 'maxEntriesPerDay',
    text: 'At least `maxTradesPerHour`.',
    check: ({ values }) =>
      values.maxEntriesPerDay < values.maxTradesPerHour
        ? `at least maxTradesPerHour (${values.maxTradesPerHour})`
        : undefined,
  },
  {
    field: 'priceWindow',
    text: 'At least one candle `interval` of the strategy.',
    check: ({ values }, bot) =>
      writtenStrategies(bot)
        .map(intervalOf)
        .filter((interval) => durationOf(values.priceWindow) < INTERVALS[interval])
        .map((interval) => `at least one interval (${interval})`)[0],
  },
];

/** What the file breaks by itself. */
export const checkSpec = (bot: TradingBot): readonly Problem[] =>
  SPEC_RULES.flatMap((rule) => rule.check(bot));

/** What the limits in force break. A value that is not the file's own is shown with where it comes from. */
export function checkLimits(bot: TradingBot, limits: ResolvedLimits): readonly Problem[] {
  return LIMIT_RULES.flatMap(({ field, check }) => {
    const allowed = check(limits, bot);
    if (allowed === undefined) return [];
    const source = limits.effective.find((limit) => limit.field === field)?.source;
    const origin = { spec: '', profile: ` (profile ${bot.spec.risk.profile})`, default: ' (default)' }[
      source ?? 'spec'
    ];
    const message = `was ${showValue(limits.values[field])}${origin}; must be ${allowed}`;
    return [{ path: `spec.risk.${field}`, message }];
  });
}
