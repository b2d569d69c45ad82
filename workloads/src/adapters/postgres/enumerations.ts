/**
 * The enumerations that columns hold. Records, so that the compiler asks for a new member here; what a column holds is
 * checked against them when it is read.
 */
import type {
  ExitReason,
  Liquidity,
  OrderPurpose,
  OrderState,
  OrderType,
  Side,
} from '../../domain/orders/order.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { ControlAction } from '../../domain/risk/decide-control.ts';
import type { Verdict, VerdictOutcome } from '../../domain/risk/verdict.ts';
import type { StreamName } from '../../events/event.ts';
import type { Break, Command, ControlOperation, LatchedDemand } from '../../ports/ledger.ts';

type Members<Name extends string> = Readonly<Record<Name, true>>;

export const SIDES: Members<Side> = { BUY: true, SELL: true };
export const PURPOSES: Members<OrderPurpose> = { ENTRY: true, EXIT: true, FLATTEN: true };
export const ORDER_TYPES: Members<OrderType> = { LIMIT_IOC: true, LIMIT: true, MARKET: true };
export const EXIT_REASONS: Members<ExitReason> = {
  STOP_LOSS: true,
  STRATEGY_EXIT: true,
  TAKE_PROFIT: true,
  MAX_HOLDING: true,
  FLATTEN: true,
  BREAKER: true,
};
export const ORDER_STATES: Members<OrderState> = {
  NEW: true,
  APPROVED: true,
  SUBMITTING: true,
  WORKING: true,
  PARTIALLY_FILLED: true,
  CANCEL_PENDING: true,
  UNKNOWN: true,
  FILLED: true,
  CANCELED: true,
  PARTIALLY_CANCELED: true,
  REJECTED: true,
  EXPIRED: true,
};
export const LIQUIDITIES: Members<Liquidity> = { TAKER: true, MAKER: true };
export const OUTCOMES: Members<VerdictOutcome> = { ALLOW: true, TRIM: true, DENY: true };
export const SUBJECTS: Members<Verdict['subject']> = { ENTRY: true, EXIT: true, FLATTEN: true };
export const DEMANDED_STATES: Members<LatchedDemand['state']> = {
  ReduceOnly: true,
  Halted: true,
  Stopped: true,
};
export const BOT_STATES: Members<BotState> = { Running: true, ReduceOnly: true, Halted: true, Stopped: true };
export const CONTROL_ACTION_NAMES: Members<ControlAction> = {
  halt: true,
  'reduce-only': true,
  resume: true,
  flatten: true,
  hold: true,
  release: true,
};
export const CONTROL_RESULTS: Members<ControlOperation['result']> = { done: true, refused: true };
export const BREAK_KINDS: Members<Break['kind']> = {
  FOREIGN_ORDER: true,
  FOREIGN_WRITER: true,
  BALANCE_DEFICIT: true,
  ORDER_UNRESOLVED: true,
};
export const COMMAND_KINDS: Members<Command['kind']> = { FLATTEN: true };
export const STREAMS: Members<StreamName> = {
  market_data: true,
  signals: true,
  orders: true,
  order_results: true,
  alerts: true,
};
