import { asMoney, asPrice, asQuantity } from '../../domain/money/amounts.ts';
import { type Decimal, parseDecimal } from '../../domain/money/decimal.ts';
import type { OrderRequest } from '../book/order.ts';
import { isRefusal, type Refusal, refuse } from '../book/refusal.ts';
import { ORDER_TYPES, type OrderType, type SymbolRules } from '../market/symbol-rules.ts';
import type { Exchange } from '../exchange.ts';
import { missing } from './rest-call.ts';

/** How the fields of an order are asked for: from a query, or from an item of a batch. */
export type Field = (name: string) => string | undefined;

const CLIENT_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** No exponent, no sign; the number of written decimals counts, zeros among them. */
const PLAIN = /^\d{1,20}(?:\.(\d{1,20}))?$/;

function readAmount(field: Field, name: string, scale: number): Decimal | Refusal | undefined {
  const text = field(name);
  if (text === undefined) return undefined;
  const match = PLAIN.exec(text);
  if (match === null) return refuse(700008);
  if ((match[1] ?? '').length > scale) return refuse(33333, `param error: ${name} scale is invalid`);
  return parseDecimal(text);
}

interface Amounts {
  readonly price: Decimal | undefined;
  readonly quantity: Decimal | undefined;
  readonly budget: Decimal | undefined;
}

function readAmounts(field: Field, rules: SymbolRules): Amounts | Refusal {
  const price = readAmount(field, 'price', rules.priceScale);
  const quantity = readAmount(field, 'quantity', rules.quantityScale);
  const budget = readAmount(field, 'quoteOrderQty', rules.priceScale);
  for (const amount of [price, quantity, budget]) {
    if (amount !== undefined && isRefusal(amount)) return amount;
  }
  return { price, quantity, budget } as Amounts;
}

/** What each type needs. A market order's price is ignored. */
function chooseAmounts(
  type: OrderType,
  side: OrderRequest['side'],
  amounts: Amounts,
): Partial<OrderRequest> | Refusal {
  const { price, quantity, budget } = amounts;
  if (type !== 'MARKET') {
    if (quantity === undefined) return missing('quantity');
    return price === undefined ? missing('price') : { price: asPrice(price), quantity: asQuantity(quantity) };
  }
  if (side === 'BUY' && budget !== undefined) return { budget: asMoney(budget) };
  return quantity === undefined ? missing('quantity') : { quantity: asQuantity(quantity) };
}

const isOneOf = <T extends string>(text: string | undefined, all: readonly T[]): text is T =>
  all.some((known) => known === text);

interface Form {
  readonly side: OrderRequest['side'];
  readonly type: OrderType;
  readonly clientId: string;
}

/** What is not an amount. */
function readForm(field: Field): Form | Refusal {
  const side = field('side');
  if (!isOneOf(side, ['BUY', 'SELL'])) return refuse(33333, 'param error: side');
  // The documentation's own sample of a batch says LIMIT_ORDER.
  const type = field('type') === 'LIMIT_ORDER' ? 'LIMIT' : field('type');
  if (!isOneOf(type, ORDER_TYPES)) return refuse(30041);
  const clientId = field('newClientOrderId') ?? '';
  return clientId === '' || CLIENT_ID.test(clientId) ? { side, type, clientId } : refuse(700008);
}

/** Reads an order, or says with the venue's code what is wrong with its form. */
export function readOrder(field: Field, exchange: Exchange): OrderRequest | Refusal {
  const absent = ['symbol', 'side', 'type'].find((name) => field(name) === undefined);
  if (absent !== undefined) return missing(absent);
  const rules = exchange.market(field('symbol') ?? '')?.rules;
  if (rules === undefined) return refuse(-1121);
  const form = readForm(field);
  if (isRefusal(form)) return form;
  const read = readAmounts(field, rules);
  if (isRefusal(read)) return read;
  const amounts = chooseAmounts(form.type, form.side, read);
  return isRefusal(amounts) ? amounts : { ...amounts, ...form, symbol: rules.symbol };
}
