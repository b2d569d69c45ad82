/**
 * The decision on an order that reduces risk. What protects against entering does not apply, the rate of orders included
 * (a venue's own limit is its adapter's to keep): only the state, and what is held.
 */
import { BrokenInvariantError } from '../invariant.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Price, Quantity } from '../money/amounts.ts';
import { atMost, formatDecimal, isPositive } from '../money/decimal.ts';
import { orderId, orderIdPrefix } from '../orders/client-id.ts';
import type { ExitReason, OrderIntent, OrderType } from '../orders/order.ts';
import type { Timestamp } from '../time.ts';
import type { BotState } from './bot-state.ts';
import { judge } from './checks/result.ts';
import { STATE_CODES } from './checks/state.ts';
import { outcomeOf, verdictIdOf } from './decide.ts';
import type { CheckResult, Verdict } from './verdict.ts';

export interface ExitInput {
  readonly bot: string;
  readonly account: string;
  readonly symbol: TradingSymbol;
  /** EXIT is automatic; FLATTEN is a person's command and is allowed while Halted. */
  readonly purpose: 'EXIT' | 'FLATTEN';
  readonly exitReason: ExitReason;
  /** What names the position: the order id of its entry. */
  readonly positionKey: string;
  /** How often it was tried before. */
  readonly attempt: number;
  /** Floored to the lot. */
  readonly quantity: Quantity;
  /** What may be sold: the position, in live not more than the free balance at the venue. */
  readonly held: Quantity;
  readonly type: OrderType;
  /** The collar; absent for MARKET only. */
  readonly limitPrice?: Price;
  readonly referencePrice: Price;
  readonly now: Timestamp;
  readonly state: BotState;
  readonly limitsHash: string;
}

const EXIT_STATES: readonly BotState[] = ['Running', 'ReduceOnly'];
const FLATTEN_STATES: readonly BotState[] = ['Running', 'ReduceOnly', 'Halted'];

function checkExitState({ state, purpose }: ExitInput): CheckResult {
  const allowed = purpose === 'EXIT' ? EXIT_STATES : FLATTEN_STATES;
  const compared = { check: 'state', value: state, limit: allowed.join(' or ') };
  return state === 'Running' || allowed.includes(state)
    ? { ...compared, passed: true }
    : judge(compared, false, STATE_CODES[state]);
}

function checkExitQuantity({ quantity, held }: ExitInput): CheckResult {
  const compared = {
    check: 'exit-quantity',
    value: formatDecimal(quantity),
    limit: `above 0, at most ${formatDecimal(held)}`,
  };
  if (!isPositive(quantity)) return judge(compared, false, 'EXIT_TOO_SMALL');
  return judge(compared, atMost(quantity, held), 'EXIT_TOO_LARGE');
}

function exitIntent(input: ExitInput, verdictId: string): OrderIntent {
  if (input.type !== 'MARKET' && input.limitPrice === undefined) {
    throw new BrokenInvariantError(
      'COLLAR_MISSING',
      `exit of ${input.symbol}: a ${input.type} order needs a price`,
    );
  }
  return {
    orderId: orderId({
      prefix: orderIdPrefix(input.account, input.bot),
      subject: input.positionKey,
      purpose: input.purpose,
      attempt: input.attempt,
    }),
    account: input.account,
    symbol: input.symbol,
    side: 'SELL',
    purpose: input.purpose,
    type: input.type,
    quantity: input.quantity,
    ...(input.limitPrice === undefined ? {} : { limitPrice: input.limitPrice }),
    referencePrice: input.referencePrice,
    verdictId,
    exitReason: input.exitReason,
    attempt: input.attempt,
    decidedTime: input.now,
  };
}

/**
 * Judge an exit.
 * @throws BrokenInvariantError COLLAR_MISSING when an order with a collar has none
 */
export function decideExitOrder(input: ExitInput): Verdict {
  const checks = [checkExitState(input), checkExitQuantity(input)];
  const decided = outcomeOf(checks);
  const verdictId = verdictIdOf([
    input.bot,
    input.account,
    input.purpose,
    input.symbol,
    input.positionKey,
    input.attempt,
    input.now,
    input.limitsHash,
  ]);
  return {
    verdictId,
    ...decided,
    symbol: input.symbol,
    subject: input.purpose,
    checks,
    limitsHash: input.limitsHash,
    time: input.now,
    ...(decided.outcome === 'DENY' ? {} : { order: exitIntent(input, verdictId) }),
  };
}
