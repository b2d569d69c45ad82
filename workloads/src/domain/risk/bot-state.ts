/** The states of a bot, least strict first (trading-rules: states and breakers). */
export type BotState = 'Running' | 'ReduceOnly' | 'Halted' | 'Stopped';
