import type { FillSettings } from '../domain/fills/fill-settings.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Money } from '../domain/money/amounts.ts';
import type { OrderType } from '../domain/orders/order.ts';
import type { BotState } from '../domain/risk/bot-state.ts';
import type { ExitSettings, RiskLimits } from '../domain/risk/limits.ts';
import type { StrategySettings } from '../domain/strategy/registry.ts';
import type { Duration } from '../domain/time.ts';
import type { EffectiveLimit, ProfileName } from './profiles.ts';
import type { TradingBot } from './tradingbot.ts';

export type TradingMode = TradingBot['spec']['mode'];
export type VenueName = TradingBot['spec']['exchange']['venue'];

/** What a TradingBot means, in domain types: everything that trading needs and nothing of the cluster. */
export interface BotSettings {
  readonly name: string;
  readonly namespace: string;
  readonly mode: TradingMode;
  /** The state the spec demands. */
  readonly state: BotState;
  readonly exchange: ExchangeSettings;
  readonly universe: UniverseSettings;
  readonly strategy: StrategySettings;
  readonly exits: ExitSettings;
  readonly profile: ProfileName;
  readonly limits: RiskLimits;
  /** The limits as people read them, each with its source. */
  readonly effectiveLimits: readonly EffectiveLimit[];
  readonly execution: ExecutionSettings;
  /** The model of paper trading. */
  readonly fills: FillSettings;
  /** Absent: nobody is told of alerts. */
  readonly notify?: NotifySettings;
}

export interface NotifySettings {
  readonly format: 'json' | 'telegram';
  /** The least level that is sent. */
  readonly minLevel: 'INFO' | 'WARNING' | 'CRITICAL';
}

export interface ExchangeSettings {
  readonly venue: VenueName;
  readonly market: 'spot';
  /** The user's name for the account. */
  readonly account: string;
  readonly endpoints: { readonly rest?: string; readonly ws?: string };
}

export interface UniverseSettings {
  readonly quote: string;
  /** Alphabetical: the order in which symbols are handled at the same close time. */
  readonly symbols: readonly TradingSymbol[];
  readonly topMovers?: { readonly count: number; readonly minQuoteVolume: Money };
  readonly deny: readonly TradingSymbol[];
  readonly maxSymbolsPerConnection: number;
}

export interface ExecutionSettings {
  /** Of entries. */
  readonly orderType: OrderType;
  /** How long an entry may be sent after its decision; a replay takes one interval instead. */
  readonly entryTimeout: Duration;
}
