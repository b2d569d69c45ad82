/**
 * The settings each component receives: what it needs of a bot and nothing else. A schema reads them from JSON
 * (`z.decode`: decimals, percentages and durations become exact domain values) and writes them (`z.encode`), so that a
 * service in one process and the same service in a pod get the same object.
 */
import { z } from 'zod';
import { sha256 } from '../domain/journal/chain.ts';
import { candlesCovering } from '../domain/market/price-move.ts';
import { commonSettings, exitRuleSettings, makeStrategy } from '../domain/strategy/registry.ts';
import { candlesOf } from '../domain/strategy/strategy.ts';
import { DAY, type Duration } from '../domain/time.ts';
import type { BotSettings } from './bot-settings.ts';
import { durationCodec, moneyCodec, quantityCodec, ratioCodec } from './codecs.ts';
import { exitRuleCodecs, strategyCodecs } from './strategy-settings.ts';

const count = z.int('a whole number').min(0, 'a whole number of at least 0');
const symbols = z.array(z.string()).readonly();

/** Who the settings belong to. */
const bot = z.strictObject({ namespace: z.string(), name: z.string() });
const mode = z.enum(['paper', 'live']);
const botState = z.enum(['Running', 'ReduceOnly', 'Halted', 'Stopped']);
const venue = z.strictObject({
  name: z.enum(['mexc', 'simulator', 'replay']),
  market: z.enum(['spot']),
  endpoints: z.strictObject({ rest: z.string().exactOptional(), ws: z.string().exactOptional() }),
});

const fills = z.strictObject({
  depthShareRatio: ratioCodec,
  halfSpreadRatio: ratioCodec,
  takerFeeRatio: ratioCodec,
  makerFeeRatio: ratioCodec,
});

/** What a screener watches and how. */
export const screenerSettings = z.strictObject({
  bot,
  venue,
  quote: z.string(),
  symbols,
  topMovers: z.strictObject({ count, minQuoteVolume: moneyCodec, lookback: durationCodec }).exactOptional(),
  deny: symbols,
  maxSymbolsPerConnection: count,
  interval: durationCodec,
  /** Closed candles of each symbol that are delivered before the first live one: they fill every window. */
  warmupCandles: count,
  maxDataAge: durationCodec,
});

/** What alerts a person is told of, and how. Where to is a secret. */
const notify = z.strictObject({
  format: z.enum(['json', 'telegram']),
  minLevel: z.enum(['INFO', 'WARNING', 'CRITICAL']),
});

/** The screener that asks, in whose process alerts are sent from. */
export const restScreenerSettings = screenerSettings.extend({ notify: notify.exactOptional() });

/** The rule of entries: exactly one strategy is there. */
export const signalSettings = z.strictObject({ bot, ...strategyCodecs });

/** Every limit, as `domain/risk/limits.ts` has it. */
const riskLimits = z.strictObject({
  capital: moneyCodec,
  maxDailyDrawdownRatio: ratioCodec,
  onBreaker: z.enum(['ReduceOnly', 'Halt', 'Flatten']),
  maxExposureRatio: ratioCodec,
  maxPositionRatio: ratioCodec,
  maxOpenPositions: count,
  maxSlippageRatio: ratioCodec,
  maxPriceMoveRatio: ratioCodec,
  priceWindow: durationCodec,
  maxSpreadMultiple: count,
  maxVolatilityMultiple: count,
  maxDataAge: durationCodec,
  maxClockSkew: durationCodec,
  maxOrderNotional: moneyCodec,
  maxOrderQuantity: quantityCodec.exactOptional(),
  maxOrdersPerSecond: count,
  maxOrdersPerMinute: count,
  maxOrderToTradeRatio: count,
  maxEntriesPerDay: count,
  maxTradesPerHour: count,
  maxConsecutiveLosses: count,
  lossCooldown: durationCodec,
  duplicateWindow: durationCodec,
});

/** Every limit, the rule of exits, and what an approved order looks like. */
export const riskSettings = z.strictObject({
  bot,
  mode,
  quote: z.string(),
  state: botState,
  interval: durationCodec,
  limits: riskLimits,
  exits: z.strictObject({
    stopLossRatio: ratioCodec,
    takeProfitRatio: ratioCodec.exactOptional(),
    maxHolding: durationCodec.exactOptional(),
  }),
  /** The strategy's own exit; absent when it has none. */
  exitRule: z.strictObject(exitRuleCodecs).exactOptional(),
  orderType: z.enum(['LIMIT_IOC', 'LIMIT', 'MARKET']),
  entryTimeout: durationCodec,
  /** What a reservation adds for the fee where the instrument names none. */
  takerFeeRatio: ratioCodec,
  /** Closed candles of the past that fill every window. */
  warmupCandles: count,
  /** How long a symbol's next entry waits after its last. */
  cooldown: durationCodec,
  /** How spread and depth are modelled where the venue does not measure them. */
  model: fills.pick({ depthShareRatio: true, halfSpreadRatio: true }),
});

/** Where orders go, and the model of fills where they go nowhere. */
export const executionSettings = z.strictObject({
  bot,
  mode,
  venue,
  account: z.string(),
  quote: z.string(),
  state: botState,
  /** Opens the account of a new ledger. */
  capital: moneyCodec,
  /** Of the candles that the model of fills follows, and how many of the past it needs. */
  interval: durationCodec,
  warmupCandles: count,
  entryTimeout: durationCodec,
  fills,
});

export type ScreenerSettings = Readonly<z.output<typeof screenerSettings>>;
export type RestScreenerSettings = Readonly<z.output<typeof restScreenerSettings>>;
export type SignalSettings = Readonly<z.output<typeof signalSettings>>;
export type RiskSettings = Readonly<z.output<typeof riskSettings>>;
export type ExecutionServiceSettings = Readonly<z.output<typeof executionSettings>>;

export interface ComponentSettings {
  readonly screener: ScreenerSettings;
  readonly 'screener-rest': RestScreenerSettings;
  readonly signal: SignalSettings;
  readonly risk: RiskSettings;
  readonly execution: ExecutionServiceSettings;
}

/** What each component of a bot receives. */
export function componentSettings(settings: BotSettings): ComponentSettings {
  const { mode, state, universe, strategy, exits, limits, fills, exchange } = settings;
  const bot = { namespace: settings.namespace, name: settings.name };
  const venue = { name: exchange.venue, market: exchange.market, endpoints: exchange.endpoints };
  const { orderType, entryTimeout } = settings.execution;
  const { interval, cooldown } = commonSettings(strategy);
  const exitRule = exitRuleSettings(strategy);
  const { topMovers, ...watched } = universe;
  const { takerFeeRatio, depthShareRatio, halfSpreadRatio } = fills;
  const screener: ScreenerSettings = {
    bot,
    venue,
    ...watched,
    ...(topMovers === undefined ? {} : { topMovers: { ...topMovers, lookback: strategyWindow(strategy) } }),
    interval,
    warmupCandles: warmupCandles(settings),
    maxDataAge: limits.maxDataAge,
  };
  return {
    screener,
    'screener-rest': { ...screener, ...(settings.notify === undefined ? {} : { notify: settings.notify }) },
    signal: { bot, ...strategy },
    risk: {
      bot,
      mode,
      quote: universe.quote,
      state,
      interval,
      limits,
      exits,
      ...(exitRule === undefined ? {} : { exitRule }),
      orderType,
      entryTimeout,
      takerFeeRatio,
      warmupCandles: warmupCandles(settings),
      cooldown,
      model: { depthShareRatio, halfSpreadRatio },
    },
    execution: {
      bot,
      mode,
      venue,
      account: exchange.account,
      quote: universe.quote,
      state,
      capital: limits.capital,
      interval,
      warmupCandles: warmupCandles(settings),
      entryTimeout,
      fills,
    },
  };
}

/** How far back its entries look: top movers are ranked by the change over as long. */
function strategyWindow(strategy: BotSettings['strategy']): Duration {
  const { warmupCandles: candles, interval } = makeStrategy(strategy);
  return (candles - 1) * interval;
}

/** Closed candles that fill every window: the strategy's, the figures over 24 h, and the window of price moves. */
function warmupCandles({ strategy, limits }: BotSettings): number {
  const rules = makeStrategy(strategy);
  const { interval } = rules;
  return Math.max(
    candlesOf(rules),
    candlesCovering(DAY, interval),
    candlesCovering(limits.priceWindow, interval),
  );
}

/** JSON with sorted keys: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * SHA-256 over everything that decides: what is watched, entered, limited, exited, and how fills are modelled. Where data
 * comes from (addresses, connections) is left out. A replay with another hash is another replay.
 */
export function settingsHash(settings: BotSettings): string {
  const { screener, signal, risk, execution } = componentSettings(settings);
  const { venue, symbols, topMovers, deny } = z.encode(screenerSettings, screener);
  const { fills } = z.encode(executionSettings, execution);
  return sha256(
    canonicalJson({
      venue: venue.name,
      market: venue.market,
      universe: { symbols, topMovers, deny },
      signal: z.encode(signalSettings, signal),
      risk: z.encode(riskSettings, risk),
      fills,
    }),
  );
}
