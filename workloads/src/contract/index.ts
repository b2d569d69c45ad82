/** The contract: the TradingBot API and what pods and operator agree on. The one folder other workspaces may import. */
export type {
  BotSettings,
  ExchangeSettings,
  ExecutionSettings,
  NotifySettings,
  TradingMode,
  UniverseSettings,
  VenueName,
} from './bot-settings.ts';
export { type ParsedBot, type ParseResult, parseTradingBot } from './parse.ts';
export { formatProblem, type Problem } from './problem.ts';
export {
  DEFAULT_PRICE_WINDOW,
  DEFAULTS,
  DOLLAR_AMOUNTS,
  DOLLAR_QUOTES,
  type EffectiveLimit,
  type LimitSource,
  type ProfileName,
  PROFILES,
  resolveLimits,
  type RiskField,
} from './profiles.ts';
export { checkDistinct, type ReadBot, readTradingBots } from './read.ts';
export { LIMIT_RULES, SPEC_RULES, type SpecRule, type SpecRuleId } from './rules.ts';
export {
  CONDITION_TYPES,
  type ConditionType,
  type TradingBotStatus,
  tradingBotStatus,
  tradingBotStatusJsonSchema,
} from './status.ts';
export { durationOf, INTERVALS, percentToRatio } from './text-forms.ts';
export { MAX_LOOKBACK_CANDLES } from './api/strategy.ts';
export { MAX_SYMBOLS } from './api/universe.ts';
export { amountsOf } from './strategy-settings.ts';
export { kindOf, STRATEGY_NAMES, type StrategyName } from '../domain/strategy/registry.ts';
export { API_VERSION, KIND, type TradingBot, tradingBot, tradingBotJsonSchema } from './tradingbot.ts';
export {
  COMPONENTS,
  type ComponentName,
  type Connection,
  CONNECTIONS,
  mayConnect,
  type Outsider,
} from './connections.ts';
export {
  CONTROL_PATHS,
  CONTROL_TOKEN_HEADER,
  type ControlAction,
  controlAction,
  type ControlLimits,
  controlLimits,
  type ControlOutcome,
  controlOutcome,
  type ControlRequest,
  controlRequest,
  type ControlState,
  controlState,
} from './control-api.ts';
export { CONFIG_FILE, HOT_CONFIG_FILE, SECRET_FILES, SECRETS_FOLDER } from './file-names.ts';
export { type BotIdentity, ledgerIdentity } from './ledger-identity.ts';
export { PORTS } from './ports.ts';
export { LOG_LEVELS, PROCESSES, type ProcessName } from './process-schema.ts';
export {
  parseProcessSettings,
  type ProcessConnections,
  type ProcessFiles,
  type ProcessPorts,
  processPorts,
  type ProcessSettings,
  processSettings,
  type ProcessSettingsOf,
  processUser,
  type ServerAddress,
  type ServerTls,
  type SettingsFile,
  type SettingsText,
} from './process-settings.ts';
export {
  type ComponentSettings,
  componentSettings,
  type ExecutionServiceSettings,
  executionSettings,
  type RestScreenerSettings,
  restScreenerSettings,
  type RiskSettings,
  riskSettings,
  type ScreenerSettings,
  screenerSettings,
  settingsHash,
  type SignalSettings,
  signalSettings,
} from './settings.ts';
export { botKey, deadLetterKey, streamKey } from './streams.ts';
export { type PasswordHashes, redisAclFile, redisPasswordHash } from './redis-acl.ts';
export {
  type RightsStream,
  STREAM_READER,
  STREAM_RIGHTS,
  type StreamRights,
  type StreamUser,
  streamUserName,
} from './stream-rights.ts';
