import { z } from 'zod';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { notional } from '../../domain/money/amounts.ts';
import { formatDecimal, rescale } from '../../domain/money/decimal.ts';
import type { Fill, OrderIntent, OrderType } from '../../domain/orders/order.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Balance,
  CancelOutcome,
  ExecutionReport,
  OrderGateway,
  OrderRef,
  SubmitOutcome,
  VenueOrder,
} from '../../ports/venue.ts';
import { MexcError, notSent } from './errors.ts';
import type { FeeValuer } from './fee-valuer.ts';
import type { InstrumentCatalogue } from './instrument-catalogue.ts';
import { readOpenOrderRow, readOrderRow, readTradeRow } from './order-reader.ts';
import { repeatReads, type RepeatSettings } from './repeat.ts';
import type { SignedRequest, SignedRest } from './signed-rest.ts';
import { readQuantity } from './venue-decimal.ts';
import type { Parameters } from './wire/query.ts';
import {
  accountReply,
  orderPlacedReply,
  orderRow,
  ordersReply,
  type TradeRow,
  tradesReply,
  uidReply,
} from './wire/rest-fields.ts';

/** Order entry at MEXC; more than the port where starting with credentials needs it. */
export interface MexcOrderGateway extends OrderGateway {
  /** The venue's own id of the account. @throws MexcError */
  accountId(): Promise<string>;
  /** Has the venue check an order without taking it (`order/test`): signature, permission, symbol. @throws MexcError */
  rehearse(order: OrderIntent): Promise<void>;
}

/** Where reports come from: the private stream. */
export interface ReportSource {
  onReport(listener: (report: ExecutionReport) => Promise<void>): void;
  onGap(listener: () => Promise<void>): void;
}

export interface OrderGatewayDeps {
  readonly rest: SignedRest;
  readonly catalogue: InstrumentCatalogue;
  readonly valueFee: FeeValuer;
  readonly reports: ReportSource;
  readonly clock: Clock;
  readonly random: () => number;
}

const ORDER = '/api/v3/order';
const CLIENT_ID = /^[A-Za-z0-9_-]{1,32}$/;
const REPEAT: RepeatSettings = { attempts: 4, backoff: { base: 300, cap: 5 * SECOND } };
/** The most of `allOrders`; what is older than its week is not told. */
const RECENT_ORDERS = 1_000;
/** Documented as default and maximum; more may be given but must not be relied on. */
const TRADES_PER_PAGE = 100;
const MAX_TRADE_PAGES = 50;
const NOT_WORKING = new Set(['UNKNOWN_ORDER', 'ORDER_NOT_FOUND']);
const ignoredReply = z.unknown();

/** MEXC has no timeInForce: it is part of the type. */
const TYPES: Readonly<Record<OrderType, string>> = {
  LIMIT: 'LIMIT',
  LIMIT_IOC: 'IMMEDIATE_OR_CANCEL',
  MARKET: 'MARKET',
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Only what proves that the venue did not take the order is a rejection; all else is unknown. */
function submitFailure(error: unknown): SubmitOutcome {
  if (error instanceof MexcError && error.definite) {
    return { kind: 'rejected', code: error.code, message: error.message };
  }
  return { kind: 'unknown', message: messageOf(error) };
}

function cancelFailure(error: unknown): CancelOutcome {
  if (error instanceof MexcError && NOT_WORKING.has(error.code)) return { kind: 'not-working' };
  return { kind: 'unknown', message: messageOf(error) };
}

export function makeOrderGateway(deps: OrderGatewayDeps): MexcOrderGateway {
  const { rest, catalogue, valueFee, reports } = deps;
  const read = <T>(
    request: Omit<SignedRequest<T>, 'method' | 'purpose' | 'permit'> & { weight: number },
  ): Promise<T> => {
    const { weight, ...rest_ } = request;
    const permit = { lane: 'query', weight } as const;
    return repeatReads(() => rest.call({ ...rest_, method: 'GET', purpose: 'read', permit }), REPEAT, deps);
  };

  /** A market buy is placed by what it may spend: the approved quantity at the price the decision saw, never more. */
  const spend = async (order: OrderIntent): Promise<Parameters> => {
    const { symbol, referencePrice, quantity } = order;
    let scale: number | undefined;
    try {
      scale = (await catalogue.find([symbol])).get(symbol)?.tickSize.scale;
    } catch (error) {
      throw notSent(
        'INSTRUMENT_UNKNOWN',
        'retryable',
        `the rules of ${symbol} cannot be read: ${messageOf(error)}`,
      );
    }
    if (scale === undefined) throw notSent('INSTRUMENT_UNKNOWN', 'terminal', `MEXC does not list ${symbol}`);
    return { quoteOrderQty: formatDecimal(rescale(notional(referencePrice, quantity), scale, 'down')) };
  };

  const amounts = (order: OrderIntent): Promise<Parameters> => {
    if (order.type === 'MARKET' && order.side === 'BUY') return spend(order);
    const price = order.limitPrice === undefined ? undefined : formatDecimal(order.limitPrice);
    return Promise.resolve({
      quantity: formatDecimal(order.quantity),
      price: order.type === 'MARKET' ? undefined : price,
    });
  };

  const orderParameters = async (order: OrderIntent): Promise<Parameters> => {
    const { symbol, side, type, orderId } = order;
    return { symbol, side, type: TYPES[type], ...(await amounts(order)), newClientOrderId: orderId };
  };

  const place = async (order: OrderIntent): Promise<SubmitOutcome> => {
    const { orderId, validUntil } = order;
    const placed = await rest.call({
      method: 'POST',
      path: ORDER,
      parameters: await orderParameters(order),
      permit: { lane: 'order', weight: 1, ...(validUntil === undefined ? {} : { deadline: validUntil }) },
      purpose: 'submit',
      orderId,
      // What reduces risk is not held up by the permissions of a key.
      needsCheckedKey: order.purpose === 'ENTRY',
      schema: orderPlacedReply,
    });
    return { kind: 'accepted', venueOrderId: placed.orderId };
  };

  const order = async ({ orderId, symbol }: OrderRef): Promise<VenueOrder | undefined> => {
    try {
      const row = await read({
        path: ORDER,
        parameters: { symbol, origClientOrderId: orderId },
        weight: 2,
        schema: orderRow,
      });
      // Some answers leave our id out; it is the one that was asked for.
      return { ...readOrderRow(row), orderId };
    } catch (error) {
      if (error instanceof MexcError && error.code === 'ORDER_NOT_FOUND') return undefined;
      throw error;
    }
  };

  const tradesOf = (
    symbol: TradingSymbol,
    venueOrderId: string,
    window: Parameters,
  ): Promise<readonly TradeRow[]> =>
    read({
      path: '/api/v3/myTrades',
      parameters: { symbol, orderId: venueOrderId, limit: TRADES_PER_PAGE, ...window },
      weight: 10,
      schema: tradesReply,
    });

  /** In which order pages come is not documented: a full page is followed to both sides until nothing new comes. */
  const allTrades = async (symbol: TradingSymbol, venueOrderId: string): Promise<readonly TradeRow[]> => {
    const byId = new Map<string, TradeRow>();
    const add = (rows: readonly TradeRow[]): boolean => {
      const before = byId.size;
      for (const row of rows) byId.set(row.id, row);
      return rows.length >= TRADES_PER_PAGE && byId.size > before;
    };
    let more = add(await tradesOf(symbol, venueOrderId, {}));
    for (let page = 1; more && page < MAX_TRADE_PAGES; page += 1) {
      const times: readonly Timestamp[] = [...byId.values()].map(({ time }) => time);
      const older = add(await tradesOf(symbol, venueOrderId, { endTime: Math.min(...times) }));
      const newer = add(await tradesOf(symbol, venueOrderId, { startTime: Math.max(...times) }));
      more = older || newer;
    }
    return [...byId.values()];
  };

  const fills = async (ref: OrderRef): Promise<readonly Fill[]> => {
    const known = await order(ref);
    if (known === undefined) return [];
    const rows = await allTrades(ref.symbol, known.venueOrderId);
    const ours = rows.filter((row) => row.orderId === known.venueOrderId);
    const raw = ours.map((row) => readTradeRow(row, ref.orderId)).sort((a, b) => a.time - b.time);
    const valued: Fill[] = [];
    for (const fill of raw) valued.push(await valueFee(fill));
    return valued;
  };

  const openOrdersOf = async (symbol: TradingSymbol | undefined): Promise<readonly VenueOrder[]> => {
    const rows = await read({
      path: '/api/v3/openOrders',
      parameters: { symbol },
      weight: 3,
      schema: ordersReply,
    });
    return rows.map(readOpenOrderRow);
  };

  /** The final state is never read from the answer to a cancel: its shape is contradictory. */
  const cancelBy = async (path: string, parameters: Parameters, orderId?: string): Promise<CancelOutcome> => {
    const request = {
      method: 'DELETE',
      path,
      parameters,
      permit: { lane: 'cancel', weight: 1 },
      purpose: 'cancel',
    } as const;
    try {
      await rest.call({ ...request, ...(orderId === undefined ? {} : { orderId }), schema: ignoredReply });
      return { kind: 'accepted' };
    } catch (error) {
      return cancelFailure(error);
    }
  };

  return {
    submit: async (intent) => {
      if (!CLIENT_ID.test(intent.orderId)) {
        throw new RangeError(
          `an order id is 1 to 32 of [A-Za-z0-9_-]: was ${JSON.stringify(intent.orderId.slice(0, 60))}`,
        );
      }
      try {
        return await place(intent);
      } catch (error) {
        if (error instanceof MexcError && error.rereadInstrument) catalogue.forget(intent.symbol);
        return submitFailure(error);
      }
    },
    cancel: ({ orderId, symbol }) => cancelBy(ORDER, { symbol, origClientOrderId: orderId }, orderId),
    cancelSymbol: (symbol) => cancelBy('/api/v3/openOrders', { symbol }),
    order,
    openOrders: async (symbols) => {
      if (symbols.length === 0) return openOrdersOf(undefined);
      const lists: VenueOrder[] = [];
      for (const symbol of symbols) lists.push(...(await openOrdersOf(symbol)));
      return lists;
    },
    recentOrders: async (symbol, since) => {
      const rows = await read({
        path: '/api/v3/allOrders',
        parameters: { symbol, startTime: since, limit: RECENT_ORDERS },
        weight: 10,
        schema: ordersReply,
      });
      return rows.map(readOrderRow);
    },
    rehearse: async (order) => {
      await rest.call({
        method: 'POST',
        path: `${ORDER}/test`,
        parameters: await orderParameters(order),
        permit: { lane: 'order', weight: 1 },
        purpose: 'read',
        schema: ignoredReply,
      });
    },
    fills,
    balances: async () => {
      const account = await read({
        path: '/api/v3/account',
        parameters: {},
        weight: 10,
        schema: accountReply,
      });
      return account.balances.map(({ asset, free, locked }): Balance => ({
        asset,
        free: readQuantity(free),
        locked: readQuantity(locked),
      }));
    },
    accountId: async () =>
      (await read({ path: '/api/v3/uid', parameters: {}, weight: 1, schema: uidReply })).uid,
    onReport: (listener) => {
      reports.onReport(listener);
    },
    onGap: (listener) => {
      reports.onGap(listener);
    },
  };
}
