/**
 * Exits, decided again on every price until the position is flat. Nothing here rests on having seen an event: position,
 * working orders and demands are read from the ledger in the transaction that acts.
 */
import { startExcursion } from '../../domain/account/excursion.ts';
import { averageEntry } from '../../domain/account/round-trip.ts';
import { settleDust } from '../../domain/account/book.ts';
import type { Account, Position } from '../../domain/account/account.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Price, Quantity } from '../../domain/money/amounts.ts';
import { formatDecimal, isPositive } from '../../domain/money/decimal.ts';
import type { ExitReason } from '../../domain/orders/order.ts';
import { OPEN_STATES } from '../../domain/orders/order-machine.ts';
import { decideExitOrder } from '../../domain/risk/decide-exit.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type ExitCollar, exitCollar, exitQuantity } from '../../domain/risk/exits.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { PositionClosedEvent } from '../../events/event.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { envelope } from '../envelope.ts';
import { dustEntry } from '../journal-kinds.ts';
import { allowsOrder } from '../state-gate.ts';
import { recordVerdict } from './approve.ts';
import { alertEvent, type RiskContext, stateNow } from './risk-context.ts';
import type { Holding } from './risk-document.ts';

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
  readonly holding: Holding;
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
    freeBalance: position.quantity,
    instrument,
    price: wish.price,
  });
  switch (amount.kind) {
    case 'dust':
      await bookDust(context, tx, situation);
      return undefined;
    case 'locked':
      await alertOnce(context, tx, wish, 'EXIT_LOCKED');
      return undefined;
    case 'sell':
      return sell(context, tx, situation, amount.quantity);
  }
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
  const working = await tx.orders(OPEN_STATES);
  if (working.some((order) => order.symbol === symbol && order.side === 'SELL')) return undefined;
  const holding = context.books.holding(symbol) ?? (await rebuildHolding(tx, position));
  return { wish, instrument, account, position, holding, state };
}

/** A position whose entry risk has not seen as an event: everything needed is in the ledger. */
async function rebuildHolding(tx: LedgerTransaction, position: Position): Promise<Holding> {
  const orders = (await tx.orders()).filter((order) => order.symbol === position.symbol);
  const fills = (await tx.fills()).filter(
    (fill) => fill.symbol === position.symbol && fill.time >= position.entryTime,
  );
  const entry = fills.find((fill) => fill.side === 'BUY');
  const exits = orders.filter((order) => order.side === 'SELL' && order.decidedTime >= position.entryTime);
  const price = entry?.price ?? averageEntry(position);
  return {
    entryOrderId: entry?.orderId ?? `${position.symbol}-${position.entryTime}`,
    ...startExcursion(price),
    exits: exits.length,
    misses: 0,
  };
}

async function sell(
  context: RiskContext,
  tx: LedgerTransaction,
  situation: Situation,
  quantity: Quantity,
): Promise<Verdict> {
  const { wish, position, holding, state } = situation;
  const collar = collarOf(context, situation);
  if (collar.kind === 'ALERT') await alertOnce(context, tx, wish, 'EXIT_COLLAR_EXHAUSTED');
  const { bot, account, limitsHash, books } = context;
  const verdict = decideExitOrder({
    bot,
    account,
    symbol: wish.symbol,
    purpose: purposeOf(wish.reason),
    exitReason: wish.reason,
    positionKey: holding.entryOrderId,
    attempt: holding.exits,
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
  if (verdict.order !== undefined) books.hold(wish.symbol, { ...holding, exits: holding.exits + 1 });
  return verdict;
}

function collarOf(context: RiskContext, { wish, instrument, holding }: Situation): ExitCollar {
  const { limits, interval } = context.settings;
  const age = wish.at - (context.markets.of(wish.symbol).dataTime ?? 0);
  return exitCollar({
    reference: wish.price,
    maxSlippageRatio: limits.maxSlippageRatio,
    attempt: holding.misses,
    tickSize: instrument.tickSize,
    marketOrders: instrument.marketOrders,
    stale: age > limits.maxDataAge + interval,
  });
}

/** The whole position is below what the venue takes: it is no position any more. */
async function bookDust(context: RiskContext, tx: LedgerTransaction, situation: Situation): Promise<void> {
  const { wish, account, position, instrument, holding } = situation;
  const settled = settleDust(account, instrument, wish.price);
  if (!settled.becameDust) return;
  await tx.putAccount(settled.account, wish.symbol);
  const facts = {
    symbol: wish.symbol,
    quantity: formatDecimal(position.quantity),
    orderId: holding.entryOrderId,
  };
  await tx.appendJournal('risk', [dustEntry(facts, { eventTime: wish.at, cause: wish.cause })]);
  const sales = (await tx.orders()).filter((order) => order.symbol === wish.symbol && order.side === 'SELL');
  const lastSale = sales.findLast((order) => isPositive(order.filledQuantity));
  const event: PositionClosedEvent = {
    ...envelope(context, {
      type: 'position_closed',
      id: [holding.entryOrderId, 'dust', wish.at],
      eventTime: wish.at,
      cause: wish.cause,
    }),
    position: settled.ended ?? position,
    orderId: lastSale?.orderId ?? holding.entryOrderId,
  };
  await context.relay.add(tx, 'order_results', [event]);
  await context.books.reload(tx);
}

async function alertOnce(
  context: RiskContext,
  tx: LedgerTransaction,
  wish: ExitWish,
  code: string,
): Promise<void> {
  const alert = alertEvent(context, {
    level: 'CRITICAL',
    code,
    message: `${wish.symbol} cannot be left by ${wish.reason} at ${formatDecimal(wish.price)}`,
    context: { symbol: wish.symbol, reason: wish.reason, price: formatDecimal(wish.price) },
    eventTime: wish.at,
  });
  await context.relay.add(tx, 'alerts', [alert]);
}
