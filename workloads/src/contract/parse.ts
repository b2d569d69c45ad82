/**
 * From a TradingBot as it is written to what it means: wire schema, then rules, then domain types. Pure; what is wrong
 * comes back as values.
 */
import { money, type Money, quantity } from '../domain/money/amounts.ts';
import type { OrderType } from '../domain/orders/order.ts';
import type { RiskLimits } from '../domain/risk/limits.ts';
import type { BotSettings, NotifySettings, UniverseSettings } from './bot-settings.ts';
import type { Problem } from './problem.ts';
import {
  missingAmounts,
  resolveAmounts,
  resolveLimits,
  type RiskValues,
  strategyAmounts,
} from './profiles.ts';
import { checkLimits, checkSpec } from './rules.ts';
import { exitSettings, strategySettings, writtenStrategies } from './strategy-settings.ts';
import { durationOf, percentToRatio } from './text-forms.ts';
import { type TradingBot, tradingBot } from './tradingbot.ts';
import { wireProblems } from './wire-problems.ts';

/** A TradingBot that holds: as written (defaults filled in) and as meant. */
export interface ParsedBot {
  readonly wire: TradingBot;
  readonly settings: BotSettings;
}

export type ParseResult<Value> =
  | { readonly ok: true; readonly value: Value }
  /** Never empty; one problem for each cause. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

const ORDER_TYPES = {
  LimitIoc: 'LIMIT_IOC',
  Limit: 'LIMIT',
  Market: 'MARKET',
} as const satisfies Readonly<Record<TradingBot['spec']['execution']['orderType'], OrderType>>;

function toRiskLimits(values: RiskValues): RiskLimits {
  return {
    capital: money(values.capital),
    maxDailyDrawdownRatio: percentToRatio(values.maxDailyDrawdown),
    onBreaker: values.onBreaker,
    maxExposureRatio: percentToRatio(values.maxExposure),
    maxPositionRatio: percentToRatio(values.maxPosition),
    maxOpenPositions: values.maxOpenPositions,
    maxSlippageRatio: percentToRatio(values.maxSlippage),
    maxPriceMoveRatio: percentToRatio(values.maxPriceMove),
    priceWindow: durationOf(values.priceWindow),
    maxSpreadMultiple: values.maxSpreadMultiple,
    maxVolatilityMultiple: values.maxVolatilityMultiple,
    maxDataAge: durationOf(values.maxDataAge),
    maxClockSkew: durationOf(values.maxClockSkew),
    maxOrderNotional: money(values.maxOrderNotional),
    ...(values.maxOrderQuantity === undefined ? {} : { maxOrderQuantity: quantity(values.maxOrderQuantity) }),
    maxOrdersPerSecond: values.maxOrdersPerSecond,
    maxOrdersPerMinute: values.maxOrdersPerMinute,
    maxOrderToTradeRatio: values.maxOrderToTradeRatio,
    maxEntriesPerDay: values.maxEntriesPerDay,
    maxTradesPerHour: values.maxTradesPerHour,
    maxConsecutiveLosses: values.maxConsecutiveLosses,
    lossCooldown: durationOf(values.lossCooldown),
    duplicateWindow: durationOf(values.duplicateWindow),
  };
}

function toUniverse(
  universe: TradingBot['spec']['universe'],
  topMoversQuoteVolume: Money | undefined,
): UniverseSettings {
  const { quote, symbols, topMovers, deny, maxSymbolsPerConnection } = universe;
  return {
    quote,
    symbols: symbols.toSorted(),
    ...(topMovers && topMoversQuoteVolume
      ? { topMovers: { count: topMovers.count, minQuoteVolume: topMoversQuoteVolume } }
      : {}),
    deny: deny.toSorted(),
    maxSymbolsPerConnection,
  };
}

const ALERT_LEVELS = {
  Info: 'INFO',
  Warning: 'WARNING',
  Critical: 'CRITICAL',
} as const satisfies Readonly<Record<string, NotifySettings['minLevel']>>;

function toNotify({ notify }: TradingBot['spec']['monitoring']): Pick<BotSettings, 'notify'> {
  if (notify === undefined) return {};
  return { notify: { format: notify.format, minLevel: ALERT_LEVELS[notify.minLevel] } };
}

/** A TradingBot that passed the wire schema, to its settings; or what breaks the rules. */
function settle(wire: TradingBot): ParseResult<ParsedBot> {
  const limits = resolveLimits(wire);
  const { topMoversQuoteVolume } = resolveAmounts(wire);
  const [strategy] = writtenStrategies(wire);
  const problems = [
    ...missingAmounts(wire),
    ...checkSpec(wire),
    ...(limits ? checkLimits(wire, limits) : []),
  ];
  if (problems.length > 0 || limits === undefined || strategy === undefined) {
    return { ok: false, problems };
  }
  const { metadata, spec } = wire;
  const settings: BotSettings = {
    name: metadata.name,
    namespace: metadata.namespace,
    mode: spec.mode,
    state: spec.state,
    exchange: {
      venue: spec.exchange.venue,
      market: spec.exchange.market,
      account: spec.exchange.account,
      endpoints: spec.exchange.endpoints ?? {},
    },
    universe: toUniverse(
      spec.universe,
      topMoversQuoteVolume === undefined ? undefined : money(topMoversQuoteVolume),
    ),
    strategy: strategySettings(strategy, strategyAmounts(wire, strategy)),
    exits: {
      stopLossRatio: percentToRatio(limits.values.stopLoss),
      ...exitSettings(strategy),
    },
    profile: spec.risk.profile,
    limits: toRiskLimits(limits.values),
    effectiveLimits: limits.effective,
    execution: {
      orderType: ORDER_TYPES[spec.execution.orderType],
      entryTimeout: durationOf(spec.execution.entryTimeout),
    },
    fills: {
      depthShareRatio: percentToRatio(spec.paper.depthShare),
      halfSpreadRatio: percentToRatio(spec.paper.halfSpread),
      takerFeeRatio: percentToRatio(spec.paper.takerFee),
      makerFeeRatio: percentToRatio(spec.paper.makerFee),
    },
    ...toNotify(spec.monitoring),
  };
  return { ok: true, value: { wire, settings } };
}

/** Read a TradingBot from a value, such as an object of the Kubernetes API or a document of a YAML file. Never throws. */
export function parseTradingBot(raw: unknown): ParseResult<ParsedBot> {
  const wire = tradingBot.safeParse(raw);
  return wire.success ? settle(wire.data) : { ok: false, problems: wireProblems(wire.error.issues, raw) };
}
