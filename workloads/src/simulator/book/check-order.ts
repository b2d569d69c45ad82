import { type Money, notional, ONE_RATIO, asRatio, type Price, scaleBy } from '../../domain/money/amounts.ts';
import { formatDecimal, greaterThan, isPositive, lessThan } from '../../domain/money/decimal.ts';
import type { SymbolRules } from '../market/symbol-rules.ts';
import type { OrderRequest } from './order.ts';
import { type Refusal, refuse } from './refusal.ts';

type Check = (request: OrderRequest, rules: SymbolRules, last: Price | undefined) => Refusal | undefined;

const checkSymbol: Check = (_request, rules) => {
  if (!rules.isSpotTradingAllowed) return refuse(10007);
  return rules.status === '1' ? undefined : refuse(30000);
};

const checkSide: Check = ({ side }, { tradeSideType }) => {
  const allowed = side === 'BUY' ? [1, 2] : [1, 3];
  return allowed.includes(tradeSideType) ? undefined : refuse(30001);
};

const checkType: Check = ({ type }, { orderTypes }) => {
  // exchangeInfo never lists these two; they are taken wherever LIMIT is.
  const listed = type === 'IMMEDIATE_OR_CANCEL' || type === 'FILL_OR_KILL' ? 'LIMIT' : type;
  if (orderTypes.includes(listed)) return undefined;
  return refuse(type === 'MARKET' ? 30018 : 30041);
};

const checkSigns: Check = ({ price, quantity, budget }) => {
  const isWrong = [price, quantity, budget].some((amount) => amount !== undefined && !isPositive(amount));
  return isWrong ? refuse(33333, 'param error: price and quantity must be greater than 0') : undefined;
};

/** What the order is worth; undefined when a market order's price is not known. */
function valueOf({ price, quantity, budget }: OrderRequest, last: Price | undefined): Money | undefined {
  const at = price ?? last;
  if (quantity === undefined || at === undefined) return budget;
  return notional(at, quantity);
}

const checkMinimum: Check = (request, rules, last) => {
  const { quantity } = request;
  if (quantity !== undefined && lessThan(quantity, rules.minQuantity)) {
    const least = `${formatDecimal(rules.minQuantity)}${rules.base}`;
    return refuse(30002, `The minimum transaction volume cannot be less than:${least}`);
  }
  const value = valueOf(request, last);
  if (value === undefined || !lessThan(value, rules.minNotional)) return undefined;
  const least = `${formatDecimal(rules.minNotional)}${rules.quote}`;
  return refuse(30002, `The minimum transaction volume cannot be less than:${least}`);
};

const checkMaximum: Check = (request, rules, last) => {
  const value = valueOf(request, last);
  if (value === undefined || !greaterThan(value, rules.maxNotional)) return undefined;
  const most = `${formatDecimal(rules.maxNotional)}${rules.quote}`;
  return refuse(30003, `The maximum transaction volume cannot be greater than:${most}`);
};

/** The venue's formula cannot be meant literally; this is the presumed one, around the last price. */
const checkBand: Check = ({ price, side }, { priceBandRatio }, last) => {
  if (priceBandRatio === undefined || price === undefined || last === undefined) return undefined;
  const isOutside =
    side === 'BUY'
      ? greaterThan(price, scaleBy(last, asRatio(ONE_RATIO + priceBandRatio)))
      : lessThan(price, scaleBy(last, asRatio(ONE_RATIO - priceBandRatio)));
  return isOutside ? refuse(30087) : undefined;
};

const CHECKS: readonly Check[] = [
  checkSymbol,
  checkSide,
  checkType,
  checkSigns,
  checkMinimum,
  checkMaximum,
  checkBand,
];

/** The first rule of the symbol that the order breaks. */
export function checkOrder(
  request: OrderRequest,
  rules: SymbolRules,
  last: Price | undefined,
): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(request, rules, last);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
