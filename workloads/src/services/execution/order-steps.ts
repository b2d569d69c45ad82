/**
 * What happens to an order in the ledger: each step is one transaction's work and leaves order, account, reservation,
 * journal and outbox agreeing with each other. Nothing here talks to the venue.
 */
import type { Account, Position } from '../../domain/account/account.ts';
import { type AppliedFill, applyFill, settleDust } from '../../domain/account/book.ts';
import { checkIdentity } from '../../domain/account/equity.ts';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import type { JournalDraft } from '../../domain/journal/chain.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Price } from '../../domain/money/amounts.ts';
import { formatDecimal, isZero } from '../../domain/money/decimal.ts';
import type { Fill, Order, OrderState } from '../../domain/orders/order.ts';
import {
  isTerminal,
  type OrderEvent,
  transition,
  type TransitionRefusal,
} from '../../domain/orders/order-machine.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { FillEvent, OrderStateEvent, PositionClosedEvent, StreamEvents } from '../../events/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { raiseAlert } from '../alert-event.ts';
import { envelope } from '../envelope.ts';
import { closedEntry, dustEntry, fillEntry, orderStateEntry } from '../journal-kinds.ts';
import type { OutboxRelay } from '../outbox-relay.ts';
import { type ExecutionMetrics, failureLabel } from './metrics.ts';
import { slippageOf } from './slippage.ts';

export interface OrderStepsDeps {
  readonly bot: string;
  readonly clock: Clock;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly relay: OutboxRelay;
  readonly metrics: ExecutionMetrics;
}

export type StepResult =
  | { readonly kind: 'changed'; readonly order: Order }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly refusal: TransitionRefusal };

interface BookedFill {
  readonly before: Order;
  readonly after: Order;
  readonly fill: Fill;
  readonly applied: AppliedFill;
}

type ResultEvent = StreamEvents['order_results'];
const UNCHANGED: StepResult = { kind: 'unchanged' };

export class OrderSteps {
  readonly #deps: OrderStepsDeps;

  constructor(deps: OrderStepsDeps) {
    this.#deps = deps;
  }

  /** Carry out one event of an order's life, other than a fill. */
  async advance(
    tx: LedgerTransaction,
    order: Order,
    event: Exclude<OrderEvent, { kind: 'fill' }>,
    cause?: string,
  ): Promise<StepResult> {
    const result = transition(order, event);
    if (!result.ok) return { kind: 'refused', refusal: result.refusal };
    if (!result.changed) return UNCHANGED;
    await tx.updateOrder(result.order, order.state);
    const context = { eventTime: event.at, cause };
    const drafts: JournalDraft[] = [orderStateEntry(result.order, order.state, context)];
    const events: ResultEvent[] = [this.#stateEvent(result.order, order.state, context)];
    if (isTerminal(result.order.state)) await this.#end(tx, result.order, { drafts, events, at: event.at });
    await tx.appendJournal('execution', drafts);
    await this.#deps.relay.add(tx, 'order_results', events);
    return { kind: 'changed', order: result.order };
  }

  /** Book a fill the venue reported; unchanged when it was booked before. */
  async bookFill(tx: LedgerTransaction, order: Order, fill: Fill): Promise<StepResult> {
    if (!(await tx.insertFill(fill))) return UNCHANGED;
    const result = transition(order, { kind: 'fill', at: fill.time, fill });
    if (!result.ok) return { kind: 'refused', refusal: result.refusal };
    const after = result.order;
    const applied = applyFill(await accountOf(tx), fill, {
      instrument: this.#instrument(fill.symbol),
      orderDone: isTerminal(after.state),
    });
    assertIdentity(applied.account, fill);
    await tx.updateOrder(after, order.state);
    await tx.putAccount(applied.account, fill.symbol);
    if (isTerminal(after.state)) await tx.releaseReservation(after.orderId);
    await this.#tellFill(tx, { before: order, after, fill, applied });
    if (result.late) await this.#alertLate(tx, order, fill);
    this.#deps.metrics.executed.add(1, { symbol: fill.symbol, side: fill.side });
    this.#deps.metrics.slippage.observe(slippageOf(order, fill), {});
    return { kind: 'changed', order: after };
  }

  async #tellFill(tx: LedgerTransaction, { before, after, fill, applied }: BookedFill): Promise<void> {
    const context = { eventTime: fill.time };
    const drafts = [fillEntry(fill, context)];
    if (after.state !== before.state) drafts.push(orderStateEntry(after, before.state, context));
    const rest = applied.account.dust.get(fill.symbol);
    if (applied.change === 'dust' && rest !== undefined) drafts.push(dustEntry(dustOf(rest, after), context));
    const events: ResultEvent[] = [this.#fillEvent(fill, after)];
    if (applied.ended !== undefined) {
      const closed = this.#closedEvent(applied.ended, after, fill.time);
      drafts.push(closedEntry(closed));
      events.push(closed);
    }
    await tx.appendJournal('execution', drafts);
    await this.#deps.relay.add(tx, 'order_results', events);
  }

  /** The venue filled an order after it had said that it was over: booked like any other, and worth a look. */
  async #alertLate(tx: LedgerTransaction, order: Order, fill: Fill): Promise<void> {
    const { orderId, state } = order;
    const { tradeId, time: eventTime } = fill;
    await raiseAlert(this.#deps, tx, {
      name: 'TradingLateFill',
      about: [tradeId],
      eventTime,
      message: `order ${orderId} was ${state} and was filled nevertheless`,
      context: { orderId, tradeId, state },
    });
    this.#deps.metrics.lateFills.add(1, {});
  }

  /** An order has ended other than by its last fill: nothing is held back any more, and a crumb it left is dust. */
  async #end(
    tx: LedgerTransaction,
    order: Order,
    told: { readonly drafts: JournalDraft[]; readonly events: ResultEvent[]; readonly at: Timestamp },
  ): Promise<void> {
    await tx.releaseReservation(order.orderId);
    if (isZero(order.filledQuantity)) {
      this.#deps.metrics.failed.add(1, { reason: failureLabel(order.reason) });
      return;
    }
    const account = await accountOf(tx);
    const held = account.positions.get(order.symbol);
    const at = await lastPrice(tx, order);
    if (held === undefined || at === undefined) return;
    const settled = settleDust(account, this.#instrument(order.symbol), at);
    if (!settled.becameDust) return;
    await tx.putAccount(settled.account, order.symbol);
    told.drafts.push(dustEntry(dustOf(held, order), { eventTime: told.at }));
    if (settled.ended === undefined) return;
    const closed = this.#closedEvent(settled.ended, order, told.at);
    told.drafts.push(closedEntry(closed));
    told.events.push(closed);
  }

  #stateEvent(
    order: Order,
    from: OrderState,
    { eventTime, cause }: { readonly eventTime: Timestamp; readonly cause: string | undefined },
  ): OrderStateEvent {
    const { orderId, symbol, purpose, state, filledQuantity, reason } = order;
    return {
      ...envelope(this.#deps, {
        type: 'order_state',
        id: [orderId, from, state, formatDecimal(filledQuantity), eventTime],
        eventTime,
        cause,
      }),
      orderId,
      symbol,
      purpose,
      state,
      filledQuantity,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  #fillEvent(fill: Fill, order: Order): FillEvent {
    return {
      ...envelope(this.#deps, { type: 'fill', id: [fill.tradeId], eventTime: fill.time }),
      fill,
      purpose: order.purpose,
      ...(order.exitReason === undefined ? {} : { exitReason: order.exitReason }),
      state: order.state,
    };
  }

  #closedEvent(position: Position, order: Order, at: Timestamp): PositionClosedEvent {
    return {
      ...envelope(this.#deps, {
        type: 'position_closed',
        id: [order.orderId, position.entryTime],
        eventTime: at,
      }),
      position,
      orderId: order.orderId,
      ...(order.exitReason === undefined ? {} : { exitReason: order.exitReason }),
    };
  }

  #instrument(symbol: TradingSymbol): Instrument {
    const instrument = this.#deps.instruments.get(symbol);
    if (instrument === undefined) {
      throw new BrokenInvariantError(
        'INSTRUMENT_UNKNOWN',
        `no instrument is known for ${symbol}, which was traded`,
      );
    }
    return instrument;
  }
}

const dustOf = ({ symbol, quantity }: Position, { orderId }: Order): Parameters<typeof dustEntry>[0] => ({
  symbol,
  quantity: formatDecimal(quantity),
  orderId,
});

async function accountOf(tx: LedgerTransaction): Promise<Account> {
  const account = await tx.account();
  if (account === undefined) {
    throw new BrokenInvariantError('ACCOUNT_MISSING', 'the ledger has no account: was it opened?');
  }
  return account;
}

async function lastPrice(tx: LedgerTransaction, order: Order): Promise<Price | undefined> {
  return (await tx.fills(order.orderId)).at(-1)?.price;
}

function assertIdentity(account: Account, fill: Fill): void {
  const { holds, equity, expected } = checkIdentity(account, new Map([[fill.symbol, fill.price]]));
  if (holds) return;
  throw new BrokenInvariantError(
    'ACCOUNTING_IDENTITY',
    `after trade ${fill.tradeId} equity is ${formatDecimal(equity)}, expected ${formatDecimal(expected)}`,
  );
}
