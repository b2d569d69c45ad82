/**
 * The limits in force: what the spec says, else what its profile says, else the default. Position, exposure, drawdown
 * and stop-loss of the three profiles are the original system's; the rest is chosen here, each with its reason.
 */
import { compare, parseDecimal } from '../domain/money/decimal.ts';
import { formatDuration, MINUTE } from '../domain/time.ts';
import { risk as riskSchema } from './api/risk.ts';
import { mustBe, type Problem } from './problem.ts';
import { amountsOf, intervalOf, type WrittenStrategy, writtenStrategies } from './strategy-settings.ts';
import { INTERVALS } from './text-forms.ts';
import type { TradingBot } from './tradingbot.ts';

type RiskSpec = TradingBot['spec']['risk'];
export type ProfileName = RiskSpec['profile'];
/** A limit of `spec.risk`. */
export type RiskField = Exclude<keyof RiskSpec, 'profile'>;
export type LimitSource = 'spec' | 'profile' | 'default';

/** All limits in their wire form, none missing but `maxOrderQuantity`, which means "no such limit". */
export type RiskValues = Required<Omit<RiskSpec, 'profile' | 'maxOrderQuantity'>> &
  Pick<RiskSpec, 'maxOrderQuantity'>;

/** Every limit, in the order of the API reference. */
export const RISK_FIELDS: readonly RiskField[] = Object.keys(riskSchema.shape).filter(
  (name): name is RiskField => name !== 'profile',
);

/** One limit in force, as `status.effectiveLimits` and `claire validate` show it. */
export interface EffectiveLimit {
  readonly field: RiskField;
  readonly value: string;
  readonly source: LimitSource;
}

export interface ResolvedLimits {
  readonly values: RiskValues;
  /** In the order of the API reference. */
  readonly effective: readonly EffectiveLimit[];
}

type AmountField = 'capital' | 'maxOrderNotional';

type GovernedField =
  | 'maxPosition'
  | 'maxExposure'
  | 'maxDailyDrawdown'
  | 'stopLoss'
  | 'maxOpenPositions'
  | 'maxSlippage'
  | 'maxTradesPerHour'
  | 'maxEntriesPerDay'
  | 'maxConsecutiveLosses'
  | 'lossCooldown';

/**
 * What a profile governs. `maxOpenPositions`: more than full positions would fill the exposure, since entries are scaled
 * by confidence. `maxEntriesPerDay` is about 80 % of a whole day at `maxTradesPerHour`: who trades at that rate all day
 * has run away.
 */
export const PROFILES: Readonly<Record<ProfileName, Pick<RiskValues, GovernedField>>> = {
  conservative: {
    maxPosition: '5%',
    maxExposure: '20%',
    maxDailyDrawdown: '3%',
    stopLoss: '1.5%',
    maxOpenPositions: 5,
    maxSlippage: '0.5%',
    maxTradesPerHour: 5,
    maxEntriesPerDay: 100,
    maxConsecutiveLosses: 3,
    lossCooldown: '4h',
  },
  balanced: {
    maxPosition: '10%',
    maxExposure: '30%',
    maxDailyDrawdown: '5%',
    stopLoss: '2%',
    maxOpenPositions: 10,
    maxSlippage: '1%',
    maxTradesPerHour: 10,
    maxEntriesPerDay: 200,
    maxConsecutiveLosses: 5,
    lossCooldown: '1h',
  },
  aggressive: {
    maxPosition: '15%',
    maxExposure: '50%',
    maxDailyDrawdown: '8%',
    stopLoss: '3%',
    maxOpenPositions: 15,
    maxSlippage: '2%',
    maxTradesPerHour: 20,
    maxEntriesPerDay: 400,
    maxConsecutiveLosses: 8,
    lossCooldown: '30m',
  },
};

/** What no profile governs, because it is not a matter of taste for risk. */
export const DEFAULTS: Readonly<
  Omit<RiskValues, GovernedField | AmountField | 'maxOrderQuantity' | 'priceWindow'>
> = {
  onBreaker: 'ReduceOnly',
  // The original's market-anomaly layer: a move of 10 % in 5 minutes, a spread of 5 times the average.
  maxPriceMove: '10%',
  maxSpreadMultiple: 5,
  // Momentum enters on candles that stand out; twenty deviations is a flash crash or a wrong price.
  maxVolatilityMultiple: 20,
  maxDataAge: '30s',
  maxClockSkew: '1s',
  maxOrdersPerSecond: 5,
  maxOrdersPerMinute: 60,
  maxOrderToTradeRatio: 20,
  duplicateWindow: '1m',
};

/** The least window of `maxPriceMove`; one candle interval where that is longer. */
export const DEFAULT_PRICE_WINDOW = 5 * MINUTE;

/** Absolute amounts have a default only in these quote assets, whose unit is a dollar. */
export const DOLLAR_QUOTES: readonly string[] = ['USDT', 'USDC'];

/** Defaults of absolute amounts where the quote is a dollar. `maxOrderNotional` is never above the capital. */
export const DOLLAR_AMOUNTS = {
  capital: '10000',
  maxOrderNotional: '1000',
  topMoversQuoteVolume: '1000000',
} as const;

/** The smaller of two amounts, or the only one. */
const smaller = (a: string, b = a): string => (compare(parseDecimal(a), parseDecimal(b)) <= 0 ? a : b);

/** The absolute amounts of a bot, those of its strategy apart. */
export interface Amounts {
  readonly capital: string;
  readonly maxOrderNotional: string;
  /** Of `universe.topMovers`, where there are any. */
  readonly topMoversQuoteVolume: string;
}

const isDollar = ({ spec }: TradingBot): boolean => DOLLAR_QUOTES.includes(spec.universe.quote);

/** The amounts of a strategy in force, by field; those without a value have none in a quote that is no dollar. */
export function strategyAmounts(
  bot: TradingBot,
  { parameters, fields }: WrittenStrategy,
): Record<string, string> {
  const amounts = amountsOf(parameters).flatMap(({ field, dollars }) => {
    const value = fields[field] ?? (isDollar(bot) ? dollars : undefined);
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(amounts);
}

/** The amounts in force; those without a value in the spec have none in a quote that is no dollar. */
export function resolveAmounts(bot: TradingBot): Partial<Amounts> {
  const { risk, universe } = bot.spec;
  const preset: Partial<Amounts> = isDollar(bot)
    ? { ...DOLLAR_AMOUNTS, maxOrderNotional: smaller(DOLLAR_AMOUNTS.maxOrderNotional, risk.capital) }
    : {};
  const spec: Partial<Record<keyof Amounts, string | undefined>> = {
    capital: risk.capital,
    maxOrderNotional: risk.maxOrderNotional,
    topMoversQuoteVolume: universe.topMovers?.minQuoteVolume,
  };
  return {
    ...preset,
    ...Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
  };
}

/** One problem for each absolute amount that the quote asset has no default for. */
export function missingAmounts(bot: TradingBot): readonly Problem[] {
  const amounts = resolveAmounts(bot);
  const ofStrategy = writtenStrategies(bot).flatMap((strategy) => {
    const known = strategyAmounts(bot, strategy);
    return amountsOf(strategy.parameters).map(
      ({ field }) => [`${strategy.path}.${field}`, known[field]] as const,
    );
  });
  const missing = [
    ['spec.risk.capital', amounts.capital] as const,
    ['spec.risk.maxOrderNotional', amounts.maxOrderNotional] as const,
    ...ofStrategy,
    [
      'spec.universe.topMovers.minQuoteVolume',
      bot.spec.universe.topMovers ? amounts.topMoversQuoteVolume : '0',
    ] as const,
  ];
  const reason = `an amount in ${bot.spec.universe.quote}: only ${DOLLAR_QUOTES.join(' and ')} have a default`;
  return missing.flatMap(([path, value]) =>
    value === undefined ? [{ path, message: mustBe(undefined, reason) }] : [],
  );
}

/** The limits in force. Undefined when an absolute amount is missing: `missingAmounts` says which. */
export function resolveLimits(bot: TradingBot): ResolvedLimits | undefined {
  const { profile, ...spec } = bot.spec.risk;
  const { capital, maxOrderNotional } = resolveAmounts(bot);
  if (capital === undefined || maxOrderNotional === undefined) return undefined;
  const intervals = writtenStrategies(bot).map((strategy) => INTERVALS[intervalOf(strategy)]);
  const window = Math.max(DEFAULT_PRICE_WINDOW, ...intervals);
  const values: RiskValues = {
    ...DEFAULTS,
    priceWindow: formatDuration(window),
    ...PROFILES[profile],
    ...spec,
    capital,
    maxOrderNotional,
  };
  const source = (field: RiskField): LimitSource => {
    if (spec[field] !== undefined) return 'spec';
    return field in PROFILES[profile] ? 'profile' : 'default';
  };
  const effective = RISK_FIELDS.map((field) => ({
    field,
    value: String(values[field] ?? 'none'),
    source: source(field),
  }));
  return { values, effective };
}
