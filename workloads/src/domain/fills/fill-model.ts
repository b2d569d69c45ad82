/**
 * How paper trading fills an order (trading-rules §5). Pure and deterministic; everything that is dropped is rounded
 * against us. Glossary: *depth* — quote units the modelled book holds; *market price* — the open of the next candle, or
 * the next tick; *taker* — takes from the book at once; *maker* — waited in the book for the market to come.
 */
import type { Instrument } from '../market/instrument.ts';
import {
  type Money,
  type Price,
  type Quantity,
  type Ratio,
  NO_QUANTITY,
  asMoney,
  asPrice,
  asQuantity,
  notional,
  scaleBy,
} from '../money/amounts.ts';
import {
  type Decimal,
  add,
  decimal,
  divide,
  greaterThan,
  isPositive,
  lessThan,
  minimum,
  multiply,
  pow10,
  rescale,
  subtract,
  toStep,
} from '../money/decimal.ts';
import type { Fee, Liquidity, OrderType, Side } from '../orders/order.ts';
import type { FillSettings } from './fill-settings.ts';

/** slippage bps = 5 + 1000 · notional/depth + 0.05 · σ_1h (trading-rules §5). */
const BASE_BPS: Decimal = decimal(5n, 0);
const IMPACT_BPS: Decimal = decimal(1000n, 0);
const VOLATILITY_FACTOR: Decimal = decimal(5n, 2);
/** At most this share of the depth is filled in one candle. */
const DEPTH_CAP: Decimal = decimal(8n, 1);
const BPS_DIGITS = 4;
const BPS_PER_ONE: Decimal = decimal(pow10(BPS_DIGITS), 0);
const BPS_SCALE = 8;
/** σ is the one float here; it becomes exact at this many places, rounded up. */
const SIGMA_SCALE = 6;
/** Decimal places of a quote-asset fee. */
export const FEE_SCALE = 8;

function exactSigma(sigma1hBps: number): Decimal {
  if (!Number.isFinite(sigma1hBps) || sigma1hBps < 0) {
    throw new RangeError(`σ is a finite number of at least 0 bps: was ${sigma1hBps}`);
  }
  return decimal(BigInt(Math.ceil(sigma1hBps * 10 ** SIGMA_SCALE)), SIGMA_SCALE);
}

/**
 * What an order of this size costs against the market price, in basis points, rounded up to 1e-8 bps.
 * @throws RangeError when depth is not positive or σ is no number (callers check first)
 */
export function slippageBps(orderNotional: Money, depth: Money, sigma1hBps: number): Decimal {
  const impact = divide(multiply(IMPACT_BPS, orderNotional), depth, BPS_SCALE, 'ceil');
  const volatility = multiply(VOLATILITY_FACTOR, exactSigma(sigma1hBps));
  return rescale(add(add(BASE_BPS, impact), volatility), BPS_SCALE, 'ceil');
}

/** market × (1 ± bps), the one conversion of bps to a price, rounded against us to a tick. May be ≤ 0 for a sale. */
function slippedPrice(side: Side, market: Price, bps: Decimal, tickSize: Price): Price {
  const factor = side === 'BUY' ? add(BPS_PER_ONE, bps) : subtract(BPS_PER_ONE, bps);
  const scaled = multiply(market, factor);
  const exact = decimal(scaled.units, scaled.scale + BPS_DIGITS);
  return asPrice(toStep(exact, tickSize, side === 'BUY' ? 'ceil' : 'floor'));
}

/** notional × fee ratio in the quote asset, rounded up to 8 decimals. */
export function feeOf(fillNotional: Money, feeRatio: Ratio, asset: string): Fee {
  const amount = rescale(scaleBy(fillNotional, feeRatio), FEE_SCALE, 'ceil');
  return { asset, amount: asQuantity(amount), quoteValue: asMoney(amount) };
}

export interface FillQuestion {
  readonly side: Side;
  readonly type: OrderType;
  /** Absent for MARKET. */
  readonly limitPrice?: Price | undefined;
  /** What is still to be filled. */
  readonly quantity: Quantity;
  readonly marketPrice: Price;
  /** Undefined while the depth is not known yet. */
  readonly depth: Money | undefined;
  /** Undefined while the volatility is not known yet. */
  readonly sigma1hBps: number | undefined;
  /** What our orders took of this candle's depth before. */
  readonly taken?: Quantity;
  /** A LIMIT order that waited in the book since an earlier candle or tick: it is filled as maker. */
  readonly resting?: boolean;
  readonly instrument: Pick<Instrument, 'tickSize' | 'lotSize' | 'quote' | 'takerFeeRatio' | 'makerFeeRatio'>;
  readonly settings: Pick<FillSettings, 'takerFeeRatio' | 'makerFeeRatio' | 'extraSlippageBps'>;
}

export type NoFillReason = 'NO_LIQUIDITY' | 'COLLAR' | 'WARMUP';

export type ModelledFill =
  | {
      readonly kind: 'fill';
      readonly price: Price;
      readonly quantity: Quantity;
      readonly fee: Fee;
      readonly liquidity: Liquidity;
    }
  | { readonly kind: 'none'; readonly reason: NoFillReason };

const noFill = (reason: NoFillReason): ModelledFill => ({ kind: 'none', reason });

/** The lots that one candle's depth gives, less what was taken before. */
function available(question: FillQuestion, depth: Money): Quantity {
  const cap = toStep(
    divide(multiply(depth, DEPTH_CAP), question.marketPrice, question.instrument.lotSize.scale, 'floor'),
    question.instrument.lotSize,
    'floor',
  );
  return asQuantity(subtract(cap, question.taken ?? NO_QUANTITY));
}

const beyond = (side: Side, price: Price, limit: Price | undefined): boolean =>
  limit !== undefined && (side === 'BUY' ? greaterThan(price, limit) : lessThan(price, limit));

/** The price and liquidity of a fill of `quantity`, undefined beyond the collar. */
function priced(
  question: FillQuestion,
  market: { readonly quantity: Quantity; readonly depth: Money; readonly sigma1hBps: number },
): { readonly price: Price; readonly liquidity: Liquidity } | undefined {
  const { side, limitPrice, marketPrice, instrument } = question;
  if (question.type === 'LIMIT' && question.resting === true && limitPrice !== undefined) {
    return beyond(side, marketPrice, limitPrice) ? undefined : { price: limitPrice, liquidity: 'MAKER' };
  }
  const modelled = slippageBps(notional(marketPrice, market.quantity), market.depth, market.sigma1hBps);
  const { extraSlippageBps } = question.settings;
  const bps = extraSlippageBps === undefined ? modelled : add(modelled, extraSlippageBps);
  const price = slippedPrice(side, marketPrice, bps, instrument.tickSize);
  return beyond(side, price, limitPrice) ? undefined : { price, liquidity: 'TAKER' };
}

/**
 * What an order gets at a market price. A taker pays slippage and is refused beyond its limit (`COLLAR`); a LIMIT order
 * that rested is filled at its limit once the market is there. At most 0.8 × depth a candle (`NO_LIQUIDITY` when that is
 * no lot); nothing without depth and volatility (`WARMUP`).
 */
export function modelFill(question: FillQuestion): ModelledFill {
  const { depth, sigma1hBps, instrument, settings } = question;
  if (depth === undefined || sigma1hBps === undefined) return noFill('WARMUP');
  if (!isPositive(depth)) return noFill('NO_LIQUIDITY');
  const quantity = minimum(question.quantity, available(question, depth));
  if (!isPositive(quantity)) return noFill('NO_LIQUIDITY');
  const at = priced(question, { quantity, depth, sigma1hBps });
  if (!at) return noFill('COLLAR');
  if (!isPositive(at.price)) return noFill('NO_LIQUIDITY');
  const feeRatio =
    at.liquidity === 'TAKER'
      ? (instrument.takerFeeRatio ?? settings.takerFeeRatio)
      : (instrument.makerFeeRatio ?? settings.makerFeeRatio);
  return {
    kind: 'fill',
    ...at,
    quantity,
    fee: feeOf(notional(at.price, quantity), feeRatio, instrument.quote),
  };
}
