/**
 * Exits, decided again on every price until the position is flat. Nothing here rests on having seen an event: position,
 * working orders and demands are read from the ledger in the transaction that acts.
 */
import { settleDust } from '../../domain/account/book.ts';
import type { Account, Position } from '../../domain/account/account.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Price, type Quantity, quantity } from '../../domain/money/amounts.ts';
import { formatDecimal, isPositive, isZero } from '../../domain/money/decimal.ts';
import type { ExitReason, Order } from '../../domain/orders/order.ts';
import { isTerminal } from '../../domain/orders/order-machine.ts';
import { decideExitOrder } from '../../domain/risk/decide-exit.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import {
  EXIT_BLOCKS,
  type ExitBlock,
  type ExitCollar,
  exitCollar,
  exitQuantity,
} from '../../domain/risk/exits.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { PositionClosedEvent } from '../../events/event.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { raiseAlert } from '../alert-event.ts';
import { envelope } from '../envelope.ts';
import { dustEntry } from '../journal-kinds.ts';
import { allowsOrder } from '../state-gate.ts';
import { recordVerdict } from './approve.ts';
import { endPosition } from './catch-up.ts';
import { type RiskContext, stateNow } from './risk-context.ts';

/** An exit that a rule, a breaker or a person asks for. */
export interface ExitWish {
  readonly symbol: TradingSymbol;
  readonly reason: ExitReason;
  readonly price: Price;
  readonly at: Timestamp;
  /** Event id of the market data that led to it. */
  readonly cause: string | undefined;
}

/** What the transaction found. */
interface Situation {
  readonly wish: ExitWish;
  readonly instrument: Instrument;
  readonly account: Account;
  readonly position: Position;
  /** Names the position: the order id of its entry, or where the ledger has none, symbol and time of entry. */
  readonly entryOrderId: string;
  /** The position's sales so far, by insertion: the next one's id and collar follow from them. */
  readonly sales: readonly Order[];
  readonly state: BotState;
}

const purposeOf = (reason: ExitReason): 'EXIT' | 'FLATTEN' => (reason === 'FLATTEN' ? 'FLATTEN' : 'EXIT');

/** Sends an exit on its way, if the position is there, none is working and the state lets it. */
export async function leavePosition(
  context: RiskContext,
  tx: LedgerTransaction,
  wish: ExitWish,
): Promise<Verdict | undefined> {
  const situation = await look(context, tx, wish);
  if (situation === undefined) return undefined;
  const { position, instrument } = situation;
  const amount = exitQuantity({
    position,
    freeBalance: await freeAtVenue(tx, situation),
    instrument,
    price: wish.price,
  });
  switch (amount.kind) {
    case 'dust':
      await bookDust(context, tx, situation);
      return undefined;
    case 'locked':
      await tellBlocked(context, tx, wish, 'locked');
      return undefined;
    case 'sell':
      return sell(context, tx, situation, amount.quantity);
  }
}

/** All of the position, unless execution has found that less of it is free at the venue. */
async function freeAtVenue(tx: LedgerTransaction, { instrument, position }: Situation): Promise<Quantity> {
  const breaks = await tx.breaks('open');
  const deficit = breaks.find(
    ({ kind, subject }) => kind === 'BALANCE_DEFICIT' && subject === instrument.base,
  );
  return deficit === undefined ? position.quantity : quantity(deficit.found);
}

async function look(
  context: RiskContext,
  tx: LedgerTransaction,
  wish: ExitWish,
): Promise<Situation | undefined> {
  const { symbol, reason } = wish;
  const account = await tx.account();
  const position = account?.positions.get(symbol);
  const instrument = context.instruments.get(symbol);
  if (account === undefined || position === undefined || instrument === undefined) return undefined;
  const state = await stateNow(context, tx);
  if (!allowsOrder(state, purposeOf(reason))) return undefined;
  const orders = await tx.ordersSinceEntry(symbol);
  const sales = orders.filter((order) => order.side === 'SELL');
  if (sales.some((order) => !isTerminal(order.state))) return undefined;
  const entry = orders.find((order) => order.purpose === 'ENTRY' && isPositive(order.filledQuantity));
  const entryOrderId = entry?.orderId ?? `${symbol}-${position.entryTime}`;
  return { wish, instrument, account, position, entryOrderId, sales, state };
}

/** Sales in a row that filled nothing: each widens the collar. */
function missesOf(sales: readonly Order[]): number {
  const lastFilled = sales.findLastIndex((order) => !isZero(order.filledQuantity));
  return sales.length - 1 - lastFilled;
}

async function sell(
  context: RiskContext,
  tx: LedgerTransaction,
  situation: Situation,
  quantity: Quantity,
): Promise<Verdict> {
  const { wish, position, entryOrderId, sales, state } = situation;
  const collar = collarOf(context, situation);
  if (collar.kind === 'ALERT') await tellBlocked(context, tx, wish, 'collar-exhausted');
  const { bot, account, limitsHash } = context;
  const verdict = decideExitOrder({
    bot,
    account,
    symbol: wish.symbol,
    purpose: purposeOf(wish.reason),
    exitReason: wish.reason,
    positionKey: entryOrderId,
    attempt: sales.length,
    quantity,
    held: position.quantity,
    type: collar.kind === 'MARKET' ? 'MARKET' : 'LIMIT_IOC',
    ...(collar.kind === 'MARKET' ? {} : { limitPrice: collar.limitPrice }),
    referencePrice: wish.price,
    now: wish.at,
    state,
    limitsHash,
  });
  await recordVerdict(context, tx, verdict, wish.cause);
  return verdict;
}

function collarOf(context: RiskContext, { wish, instrument, sales }: Situation): ExitCollar {
  const { limits, interval } = context.settings;
  const age = wish.at - (context.markets.of(wish.symbol).dataTime ?? 0);
  return exitCollar({
    reference: wish.price,
    maxSlippageRatio: limits.maxSlippageRatio,
    attempt: missesOf(sales),
    tickSize: instrument.tickSize,
    marketOrders: instrument.marketOrders,
    stale: age > limits.maxDataAge + interval,
  });
}

/** The whole position is below what the venue takes: it is no position any more. */
async function bookDust(context: RiskContext, tx: LedgerTransaction, situation: Situation): Promise<void> {
  const { wish, account, position, instrument, entryOrderId, sales } = situation;
  const settled = settleDust(account, instrument, wish.price);
  if (!settled.becameDust) return;
  await tx.putAccount(settled.account, wish.symbol);
  const facts = {
    symbol: wish.symbol,
    quantity: formatDecimal(position.quantity),
    orderId: entryOrderId,
  };
  await tx.appendJournal('risk', [dustEntry(facts, { eventTime: wish.at, cause: wish.cause })]);
  const lastSale = sales.findLast((order) => isPositive(order.filledQuantity));
  const event: PositionClosedEvent = {
    ...envelope(context, {
      type: 'position_closed',
      id: [entryOrderId, 'dust', wish.at],
      eventTime: wish.at,
      cause: wish.cause,
    }),
    position: settled.ended ?? position,
    orderId: lastSale?.orderId ?? entryOrderId,
  };
  await context.relay.add(tx, 'order_results', [event]);
  await context.books.reload(tx);
  await endPosition(context, tx, event, wish.at);
}

/** Once a wish: the next candle's is another. */
async function tellBlocked(
  context: RiskContext,
  tx: LedgerTransaction,
  { symbol, reason, price, at }: ExitWish,
  cause: ExitBlock,
): Promise<void> {
  await raiseAlert(context, tx, {
    name: 'TradingExitBlocked',
    about: [cause, symbol, reason, at],
    message: `${symbol} cannot be left by ${reason} at ${formatDecimal(price)}: ${EXIT_BLOCKS[cause]}`,
    context: { symbol, reason, price: formatDecimal(price), cause },
    eventTime: at,
  });
  context.metrics.exitsBlocked.add(1, { reason: cause });
}
