/**
 * Automatic exits (trading-rules §4): when to leave, at what price at worst, and how much. Level-triggered: the caller
 * asks again on every closed candle until the position is flat.
 */
import type { Position } from '../account/account.ts';
import { isDust } from '../account/dust.ts';
import type { CandleSeries } from '../market/candle-series.ts';
import type { Instrument } from '../market/instrument.ts';
import { type Price, type Quantity, type Ratio, asQuantity, asRatio, notional } from '../money/amounts.ts';
import { compareChange } from '../money/change.ts';
import { isPositive, maximum, minimum, toStep } from '../money/decimal.ts';
import { collarPrice } from '../orders/collar.ts';
import type { ExitReason } from '../orders/order.ts';
import type { ExitRule } from '../strategy/strategy.ts';
import type { Timestamp } from '../time.ts';
import type { ExitSettings } from './limits.ts';

type Held = Pick<Position, 'quantity' | 'totalCost' | 'entryTime'>;

export interface ExitQuestion {
  readonly position: Held;
  readonly close: Price;
  readonly closeTime: Timestamp;
  readonly settings: ExitSettings;
  /** A demand to be flat that no price can answer: a person's, or a breaker's with `onBreaker: Flatten`. */
  readonly flatten?: 'FLATTEN' | 'BREAKER' | undefined;
  /** The strategy wants it left, on this close or since an earlier one. */
  readonly leaving?: boolean | undefined;
}

/** Whether the price change since entry is at or below `change` (-1, 0) or above it (1), against the average entry. */
const changeSinceEntry = (position: Held, price: Price, change: Ratio): -1 | 0 | 1 =>
  compareChange(notional(price, position.quantity), position.totalCost, change);

const stopped = (position: Held, price: Price, settings: ExitSettings): boolean =>
  changeSinceEntry(position, price, asRatio(0n - settings.stopLossRatio)) <= 0;

const gained = (position: Held, price: Price, { takeProfitRatio }: ExitSettings): boolean =>
  takeProfitRatio !== undefined && changeSinceEntry(position, price, takeProfitRatio) >= 0;

/**
 * Why a position must be left on this close, undefined when it may stay: a demand to be flat, then stop-loss, then
 * take-profit, then the strategy's own exit, then the maximum holding time. close / averageEntry is compared as close ×
 * quantity against total cost, so that the average need not be rounded.
 */
export function decideExit(question: ExitQuestion): ExitReason | undefined {
  const { position, close, settings } = question;
  if (!isPositive(position.quantity)) return undefined;
  if (question.flatten) return question.flatten;
  if (stopped(position, close, settings)) return 'STOP_LOSS';
  if (gained(position, close, settings)) return 'TAKE_PROFIT';
  if (question.leaving === true) return 'STRATEGY_EXIT';
  const { maxHolding } = settings;
  const isOver = maxHolding !== undefined && question.closeTime - position.entryTime >= maxHolding;
  return isOver ? 'MAX_HOLDING' : undefined;
}

/**
 * Whether the strategy wants a position left from this close on: its rule says so on a candle that closed after the entry.
 * Who asks remembers a yes until the position is flat, so that an exit that found no buyer is not given up.
 */
export const wantsToLeave = (question: {
  readonly position: Pick<Position, 'entryTime'>;
  readonly rule: ExitRule | undefined;
  readonly window: CandleSeries;
  readonly closeTime: Timestamp;
}): boolean =>
  question.rule !== undefined &&
  question.closeTime > question.position.entryTime &&
  question.rule.leaves(question.window);

/** The protective stop where ticks exist; the other exits wait for the close. */
export function tickStop(question: {
  readonly position: Held;
  readonly price: Price;
  readonly settings: ExitSettings;
}): 'STOP_LOSS' | undefined {
  const { position, price, settings } = question;
  return isPositive(position.quantity) && stopped(position, price, settings) ? 'STOP_LOSS' : undefined;
}

/**
 * The lowest price a sale may take: reference × (1 − slippage), rounded up so that it never exceeds the collar. At least
 * one tick, also where a widened collar reaches 100 %.
 */
export const exitLimitPrice = (reference: Price, slippageRatio: Ratio, tickSize: Price): Price =>
  maximum(collarPrice('SELL', reference, slippageRatio, tickSize), tickSize);

/** Why an exit that is due does not go out as it should, in words for people. */
export const EXIT_BLOCKS = {
  locked: 'other orders hold what would be sold',
  'collar-exhausted': 'every collar was tried, and the venue takes no MARKET order',
} as const;
export type ExitBlock = keyof typeof EXIT_BLOCKS;

/** How wide the collar of an exit is, by attempt; after the last the position leaves at any price, or a person is called. */
const COLLAR_MULTIPLES: readonly bigint[] = [1n, 2n, 4n];
const WIDEST = COLLAR_MULTIPLES.length - 1;

export interface ExitCollarQuestion {
  readonly reference: Price;
  readonly maxSlippageRatio: Ratio;
  /** How often an exit of this position was tried before. */
  readonly attempt: number;
  readonly tickSize: Price;
  /** Whether the venue takes MARKET orders for the symbol. */
  readonly marketOrders: boolean;
  /** The reference is older than entries may use: the collar is one step wider, the exit is not denied. */
  readonly stale?: boolean;
}

export type ExitCollar =
  | { readonly kind: 'LIMIT_IOC'; readonly limitPrice: Price }
  | { readonly kind: 'MARKET' }
  /** All collars were tried and the venue takes no MARKET order: go on at the widest, and raise the alert. */
  | { readonly kind: 'ALERT'; readonly limitPrice: Price };

/** The order an exit goes out with: collar 1×, 2×, 4×, then MARKET where the venue allows it, else 4× and an alert. */
export function exitCollar(question: ExitCollarQuestion): ExitCollar {
  const exhausted = question.attempt > WIDEST;
  if (exhausted && question.marketOrders) return { kind: 'MARKET' };
  const step = Math.min(question.attempt + (question.stale === true ? 1 : 0), WIDEST);
  const slippage = asRatio(question.maxSlippageRatio * (COLLAR_MULTIPLES[step] ?? 1n));
  const limitPrice = exitLimitPrice(question.reference, slippage, question.tickSize);
  return { kind: exhausted ? 'ALERT' : 'LIMIT_IOC', limitPrice };
}

export interface ExitQuantityQuestion {
  readonly position: Pick<Position, 'quantity'>;
  /** Base units free at the venue. */
  readonly freeBalance: Quantity;
  readonly instrument: Pick<Instrument, 'lotSize' | 'minQuantity' | 'minNotional'>;
  /** What the venue would value the order at. */
  readonly price: Price;
}

export type ExitQuantity =
  | { readonly kind: 'sell'; readonly quantity: Quantity }
  /** The whole position is below what the venue takes: to be booked as DUST and counted as flat. */
  | { readonly kind: 'dust'; readonly quantity: Quantity }
  /** The position could be sold but is not free at the venue: never booked away, looked into. */
  | { readonly kind: 'locked'; readonly free: Quantity };

/** min(position, free balance) floored to a lot, if the venue takes that little. */
export function exitQuantity(question: ExitQuantityQuestion): ExitQuantity {
  const { position, freeBalance, instrument, price } = question;
  if (!sellable(position.quantity, instrument, price)) return { kind: 'dust', quantity: position.quantity };
  const free = minimum(position.quantity, freeBalance);
  if (!sellable(free, instrument, price)) return { kind: 'locked', free: freeBalance };
  return { kind: 'sell', quantity: inLots(free, instrument.lotSize) };
}

const inLots = (quantity: Quantity, lotSize: Quantity): Quantity =>
  asQuantity(toStep(quantity, lotSize, 'floor'));

/** A quantity of nothing cannot be sold either. */
const sellable = (
  quantity: Quantity,
  instrument: ExitQuantityQuestion['instrument'],
  price: Price,
): boolean => isPositive(quantity) && !isDust(quantity, price, instrument);
