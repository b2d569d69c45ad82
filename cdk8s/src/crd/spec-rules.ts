/**
 * What fields of a TradingBot demand of each other, in CEL: the counterpart of `contract/rules.ts`, rule for rule. A test
 * judges the same cases by both, on a real API server.
 */
import {
  amountsOf,
  DEFAULTS,
  DOLLAR_AMOUNTS,
  DOLLAR_QUOTES,
  INTERVALS,
  kindOf,
  LIMIT_RULES,
  MAX_LOOKBACK_CANDLES,
  MAX_SYMBOLS,
  PROFILES,
  SPEC_RULES,
  type SpecRule,
  type SpecRuleId,
  STRATEGY_NAMES,
} from '@claire/workloads/contract';
import { amountAtMost, literal, lookUp, milliseconds, orElse, percent } from './cel.ts';
import type { CelRule } from './structural-schema.ts';

/** A rule with the path of the node that is its `self`; the empty path is the whole object. */
interface PlacedRule {
  readonly at: string;
  readonly rule: string;
  readonly fieldPath?: string;
}

const interval = (field: string): string => lookUp(INTERVALS, field);
const pricedInQuote = (list: string): string =>
  `self.${list}.all(s, s.endsWith(self.quote) && s != self.quote)`;
const onePeer = 'has(self.cidr) != (has(self.podSelector) || has(self.namespaceSelector))';

const SPEC: Readonly<Record<Exclude<SpecRuleId, `strategy.${string}`>, PlacedRule>> = {
  'live-confirm': {
    at: '',
    rule: "self.spec.mode == 'live' ? (has(self.spec.live) && self.spec.live.confirm == self.metadata.name + '@' + self.spec.exchange.account) : !has(self.spec.live)",
    fieldPath: '.spec.live',
  },
  'live-venue': {
    at: 'spec',
    rule: "self.mode != 'live' || self.exchange.venue == 'mexc'",
    fieldPath: '.exchange.venue',
  },
  endpoints: {
    at: 'spec.exchange',
    rule: "self.venue == 'replay' ? !has(self.endpoints) : (self.venue != 'simulator' || (has(self.endpoints) && has(self.endpoints.rest) && has(self.endpoints.ws)))",
    fieldPath: '.endpoints',
  },
  symbols: { at: 'spec.universe', rule: pricedInQuote('symbols'), fieldPath: '.symbols' },
  deny: { at: 'spec.universe', rule: pricedInQuote('deny'), fieldPath: '.deny' },
  'not-denied': {
    at: 'spec.universe',
    rule: '!self.symbols.exists(s, s in self.deny)',
    fieldPath: '.symbols',
  },
  'something-to-watch': {
    at: 'spec',
    rule: `has(self.universe.topMovers) ? (self.exchange.venue != 'replay' && self.universe.topMovers.count + size(self.universe.symbols) <= ${MAX_SYMBOLS}) : size(self.universe.symbols) > 0`,
    fieldPath: '.universe',
  },
  strategy: {
    at: 'spec.strategy',
    rule: `[${STRATEGY_NAMES.map((name) => `has(self.${name})`).join(', ')}].filter(there, there).size() == 1`,
  },
  'venue-peer': { at: 'spec.network.venue[]', rule: onePeer },
  'external-peer': { at: 'spec.network.external[]', rule: onePeer },
  'notify-peer': { at: 'spec.network.notify[]', rule: onePeer },
  grafana: {
    at: 'spec.monitoring',
    rule: '!self.grafana.enabled || self.prometheus.enabled',
    fieldPath: '.grafana.enabled',
  },
};

/** A field of a strategy against its interval. One that has no default may be left out. */
function placeOfInterval({ strategy, field, must }: NonNullable<SpecRule['ofInterval']>): PlacedRule {
  const [time, candle] = [milliseconds(`self.${field}`), interval('self.interval')];
  const holds =
    must === 'multiple'
      ? `${time} % ${candle} == 0 && ${time} / ${candle} <= ${MAX_LOOKBACK_CANDLES}`
      : `${time} >= ${candle}`;
  const isOptional = field === 'maxHolding' && kindOf(strategy).exits.maxHolding === undefined;
  const rule = isOptional ? `!has(self.${field}) || ${holds}` : holds;
  return { at: `spec.strategy.${strategy}`, rule, fieldPath: `.${field}` };
}

type ProfileField = keyof (typeof PROFILES)['balanced'];
type DefaultField = keyof typeof DEFAULTS;

/** A limit in force: the spec's, else the profile's. */
function governed(field: ProfileField): string {
  const byProfile = Object.fromEntries(
    Object.entries(PROFILES).map(([name, values]) => [name, values[field]]),
  );
  return orElse(`self.risk.${field}`, lookUp(byProfile, 'self.risk.profile'));
}

/** A limit in force: the spec's, else the default. */
function preset(field: DefaultField): string {
  const value = DEFAULTS[field];
  return orElse(`self.risk.${field}`, typeof value === 'number' ? String(value) : literal(value));
}

const capital = orElse('self.risk.capital', literal(DOLLAR_AMOUNTS.capital));
/** The rule holds of the strategy that is there. */
const ofStrategy = (rule: (strategy: string) => string): string =>
  STRATEGY_NAMES.map((name) => `(!has(self.strategy.${name}) || ${rule(`self.strategy.${name}`)})`).join(
    ' && ',
  );

/** By the field that `LIMIT_RULES` names; `self` is the spec, where the profile's values can be looked up. */
const LIMITS: Readonly<Record<string, string>> = {
  stopLoss: `${percent(governed('stopLoss'))} < ${percent(governed('maxDailyDrawdown'))}`,
  maxPosition: `${percent(governed('maxPosition'))} <= ${percent(governed('maxExposure'))}`,
  // The default is never above the capital.
  maxOrderNotional: `!has(self.risk.maxOrderNotional) || ${amountAtMost('self.risk.maxOrderNotional', capital)}`,
  maxOrdersPerMinute: `${preset('maxOrdersPerMinute')} >= ${preset('maxOrdersPerSecond')}`,
  maxEntriesPerDay: `${governed('maxEntriesPerDay')} >= ${governed('maxTradesPerHour')}`,
  // The default is at least one interval.
  priceWindow: `!has(self.risk.priceWindow) || (${ofStrategy((strategy) => `${milliseconds('self.risk.priceWindow')} >= ${interval(`${strategy}.interval`)}`)})`,
};

/** The amounts of strategies, as paths below `spec`. */
const STRATEGY_AMOUNTS = STRATEGY_NAMES.flatMap((name) =>
  amountsOf(kindOf(name).parameters).map(({ field }) => ({
    owner: `self.strategy.${name}`,
    path: `strategy.${name}.${field}`,
  })),
);
const strategyAmounts = STRATEGY_AMOUNTS.map(({ owner, path }) => `(!has(${owner}) || has(self.${path}))`);

/** Amounts that only a dollar has a default for. */
const AMOUNTS: CelRule = {
  rule: `self.universe.quote in [${DOLLAR_QUOTES.map(literal).join(', ')}] || (has(self.risk.capital) && has(self.risk.maxOrderNotional) && ${strategyAmounts.join(' && ')} && (!has(self.universe.topMovers) || has(self.universe.topMovers.minQuoteVolume)))`,
  message: `Only ${DOLLAR_QUOTES.join(' and ')} have default amounts: give risk.capital, risk.maxOrderNotional, ${STRATEGY_AMOUNTS.map(({ path }) => path).join(', ')} and, with topMovers, its minQuoteVolume.`,
};

/** A rule whose text is the same here and in the reference; `LIMIT_RULES` without a counterpart is a defect. */
function limitRule(field: string, text: string): CelRule {
  const rule = LIMITS[field];
  if (rule === undefined) throw new Error(`the limit rule of ${field} has no counterpart in CEL`);
  const message = `risk.${field}: ${text} Left out, the profile's or the default counts.`;
  return { rule, message, fieldPath: '.risk' };
}

function placeOf(id: SpecRuleId): PlacedRule {
  const place = (SPEC as Readonly<Partial<Record<SpecRuleId, PlacedRule>>>)[id];
  if (place === undefined) throw new Error(`the rule ${id} has no counterpart in CEL`);
  return place;
}

/** Every rule over the spec, by the path of its `self`. */
export function specRules(): readonly (readonly [string, CelRule])[] {
  const spec = SPEC_RULES.map(({ id, text, ofInterval }): readonly [string, CelRule] => {
    const { at, rule, fieldPath } = ofInterval === undefined ? placeOf(id) : placeOfInterval(ofInterval);
    return [at, { rule, message: text, ...(fieldPath === undefined ? {} : { fieldPath }) }];
  });
  const limits = LIMIT_RULES.map(({ field, text }): readonly [string, CelRule] => [
    'spec',
    limitRule(field, text),
  ]);
  return [...spec, ...limits, ['spec', AMOUNTS]];
}
