/**
 * One bot on a virtual clock. What the services do with streams and a ledger happens here at once and in the same order:
 * a candle is marked, the drawdown and exits are judged, then the strategy, then risk. Every decision is the domain's.
 */
import type { PaperMatcher } from '../../adapters/paper/paper-matcher.ts';
import type { BotSettings } from '../../contract/index.ts';
import type { Position } from '../../domain/account/account.ts';
import { settleDust } from '../../domain/account/book.ts';
import { isDrawdownBreached } from '../../domain/account/drawdown.ts';
import { closeRoundTrip } from '../../domain/account/round-trip.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { asMoney, type Price } from '../../domain/money/amounts.ts';
import { isPositive, isZero, subtract } from '../../domain/money/decimal.ts';
import type { ExitReason, Fill, Order } from '../../domain/orders/order.ts';
import {
  intentFingerprint,
  recordEntry,
  recordFill,
  recordMessage,
  recordRoundTrip,
} from '../../domain/risk/activity.ts';
import { decideEntry } from '../../domain/risk/decide.ts';
import { decideExitOrder } from '../../domain/risk/decide-exit.ts';
import { breakerOf, DRAWDOWN_SOURCE, drawdownDemand, specDemand } from '../../domain/risk/demands.ts';
import { decideExit, exitCollar, exitQuantity, tickStop, wantsToLeave } from '../../domain/risk/exits.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import { entryGate } from '../../domain/strategy/entry-gate.ts';
import { makeSignal } from '../../domain/strategy/make-signal.ts';
import type { Strategy, Trigger } from '../../domain/strategy/strategy.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import { accountViewOf } from './account-view.ts';
import { Books } from './books.ts';
import { Latches } from './latches.ts';
import { OrderDesk, type OrderListener } from './order-desk.ts';
import type { SymbolFigures } from './symbol-figures.ts';

/** Whether a drawdown breaker stays latched, as in trading, or a person is taken to reset it at 00:00 UTC. */
export type BreakerMode = 'latch' | 'daily';

export interface TraderOptions {
  readonly settings: BotSettings;
  readonly account: string;
  readonly strategy: Strategy;
  readonly figures: ReadonlyMap<TradingSymbol, SymbolFigures>;
  readonly breaker: BreakerMode;
}

/** An exit that a rule or a breaker asks for. */
interface ExitWish {
  readonly symbol: TradingSymbol;
  readonly reason: ExitReason;
  readonly price: Price;
  readonly at: Timestamp;
}

export class Trader implements OrderListener {
  readonly books: Books;
  readonly desk: OrderDesk;
  readonly latches: Latches;
  readonly verdicts: Verdict[] = [];
  readonly #options: TraderOptions;
  readonly #limitsHash: string;
  readonly #interval: Duration;
  /** Set when this object latched the drawdown, as risk does. */
  #breached = false;
  /** Events at which a breach came up while orders were met: acted upon when all were. */
  #pending: Timestamp[] = [];
  signals = 0;

  constructor(options: TraderOptions, marks: ReadonlyMap<TradingSymbol, Price>) {
    const { settings, figures } = options;
    this.#options = options;
    this.#limitsHash = limitsHash(settings.limits);
    this.#interval = options.strategy.interval;
    this.latches = new Latches(specDemand(settings.state));
    this.books = new Books(settings.limits.capital, marks);
    const instruments = new Map([...figures].map(([symbol, { instrument }]) => [symbol, instrument]));
    this.desk = new OrderDesk(this.books, instruments, this);
  }

  connect(matcher: PaperMatcher): void {
    this.desk.connect(matcher);
  }

  /** The symbol has a position, or an entry that may still become one. */
  mayBeHeld(symbol: TradingSymbol): boolean {
    return this.books.position(symbol) !== undefined || this.desk.working(symbol, 'BUY') !== undefined;
  }

  // -- prices

  /** A price moved the equity: the drawdown, then the exits. */
  priceMoved(
    symbol: TradingSymbol,
    at: Timestamp,
    exit: (position: Position) => ExitReason | undefined,
  ): void {
    this.#assess(at);
    const wishes = this.#checkBreach(at) ? this.#wishesToBeFlat(at) : [];
    const position = this.books.position(symbol);
    const price = this.#figures(symbol).mark;
    if (wishes.length === 0 && position !== undefined && price !== undefined) {
      const reason = exit(position);
      if (reason !== undefined) wishes.push({ symbol, reason, price, at });
    }
    for (const wish of wishes) this.#leave(wish);
    this.#enforce(at);
  }

  /** The exits of a closed candle. */
  readonly exitOnClose =
    (closeTime: Timestamp) =>
    (position: Position): ExitReason | undefined => {
      const close = this.#figures(position.symbol).mark;
      if (close === undefined) return undefined;
      const flatten = this.#wantsToBeFlat ? 'BREAKER' : undefined;
      const leaving = this.books.holdings.get(position.symbol)?.leaving;
      return decideExit({
        position,
        close,
        closeTime,
        settings: this.#options.settings.exits,
        flatten,
        leaving,
      });
    };

  /** Remembers that the strategy wants a position left on this close. */
  heedStrategy(symbol: TradingSymbol, closeTime: Timestamp): void {
    const position = this.books.position(symbol);
    if (position === undefined || this.books.holdings.get(symbol)?.leaving === true) return;
    const { exit: rule } = this.#options.strategy;
    const window = this.#figures(symbol).view;
    if (wantsToLeave({ position, rule, window, closeTime })) this.books.hold(symbol, { leaving: true });
  }

  /** The protective stop at a trade. */
  readonly exitOnTick =
    (price: Price) =>
    (position: Position): ExitReason | undefined =>
      tickStop({ position, price, settings: this.#options.settings.exits });

  /** Sells at a price touched inside a candle (`--intrabar pessimistic`). */
  leaveAt(wish: ExitWish): void {
    this.#leave(wish);
  }

  /** Everything that orders met at one moment is booked: what it caused is acted upon. */
  settled(at: Timestamp): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const time of pending) for (const wish of this.#wishesToBeFlat(time)) this.#leave(wish);
    if (pending.length > 0) this.#enforce(at);
  }

  // -- entries

  /** Lets the strategy decide on a symbol's newest candle, and risk on what it wants. */
  considerEntry(symbol: TradingSymbol, at: Timestamp): void {
    const { strategy } = this.#options;
    const { view } = this.#figures(symbol);
    const decision = strategy.evaluate(view);
    if (decision.kind === 'none' || view.latest === undefined) return;
    const gate = entryGate({
      now: at,
      lastEntryTime: this.books.lastEntry.get(symbol),
      positionOpen: this.mayBeHeld(symbol),
      cooldown: strategy.cooldown,
    });
    if (gate === undefined) this.#signal(symbol, decision, at);
  }

  #signal(symbol: TradingSymbol, trigger: Trigger, at: Timestamp): void {
    const { settings, account, strategy } = this.#options;
    const figures = this.#figures(symbol);
    const candle = figures.view.latest;
    if (candle === undefined) return;
    this.#assess(at);
    this.signals += 1;
    const { name: bot, limits, execution, fills } = settings;
    const lastEntry = this.books.lastEntry.get(symbol);
    const verdict = decideEntry({
      bot,
      account,
      signal: makeSignal({ bot, strategy: strategy.name, candle, trigger }),
      now: at,
      state: this.latches.state,
      heldUntil: undefined,
      reconciled: true,
      limits,
      limitsHash: this.#limitsHash,
      terms: {
        orderType: execution.orderType,
        // An entry decided at a close fills at the next open, or never.
        validFor: this.#interval,
        takerFeeRatio: fills.takerFeeRatio,
      },
      market: figures.marketView(at),
      money: accountViewOf(this.books, this.desk.openOrders, {
        instruments: this.#options.figures,
        limits,
        takerFeeRatio: fills.takerFeeRatio,
      }),
      activity: this.books.activity,
      cooldownUntil: lastEntry === undefined ? undefined : lastEntry + strategy.cooldown,
    });
    this.#record(verdict);
    if (verdict.order !== undefined) this.#countEntry(verdict.order);
    const breaker = breakerOf(verdict, limits.onBreaker);
    if (breaker !== undefined) this.latches.latch(breaker, at);
    if (verdict.order !== undefined) this.desk.send(verdict.order, at);
    if (breaker !== undefined) this.#enforce(at);
  }

  #record(verdict: Verdict): void {
    this.verdicts.push(verdict);
    if (verdict.order === undefined) return;
    this.books.activity = recordMessage(this.books.activity, 'new', verdict.time);
  }

  #countEntry(order: NonNullable<Verdict['order']>): void {
    this.books.activity = recordEntry(this.books.activity, {
      fingerprint: intentFingerprint(order.symbol, order.side, order.quantity),
      at: order.decidedTime,
      duplicateWindow: this.#options.settings.limits.duplicateWindow,
    });
  }

  // -- drawdown

  #assess(at: Timestamp): void {
    const dayBegan = this.books.assess(at);
    if (!dayBegan || this.#options.breaker === 'latch') return;
    this.latches.reset(at);
    this.#breached = false;
  }

  /** The daily drawdown's breach at the moment it happens. */
  #checkBreach(at: Timestamp): boolean {
    if (this.#breached) return false;
    const { maxDailyDrawdownRatio: limit, onBreaker } = this.#options.settings.limits;
    const { dayMark, equity } = this.books;
    if (dayMark === undefined || equity === undefined || !isDrawdownBreached(dayMark, equity, limit)) {
      return false;
    }
    this.#breached = true;
    const { state } = drawdownDemand(onBreaker);
    this.latches.latch({ source: DRAWDOWN_SOURCE, state, reason: 'the daily drawdown was reached' }, at);
    return true;
  }

  get #wantsToBeFlat(): boolean {
    return this.#breached && drawdownDemand(this.#options.settings.limits.onBreaker).flatten;
  }

  #wishesToBeFlat(at: Timestamp): ExitWish[] {
    if (!this.#wantsToBeFlat) return [];
    return [...this.books.account.positions.keys()].sort().flatMap((symbol) => {
      const price = this.#figures(symbol).mark;
      return price === undefined ? [] : [{ symbol, price, at, reason: 'BREAKER' as const }];
    });
  }

  /** Cancels what works and may not under the state in force. */
  #enforce(at: Timestamp): void {
    if (this.latches.state === 'Running') return;
    for (const order of [...this.desk.openOrders.values()]) {
      if (!this.latches.allows(order.purpose)) this.desk.cancel(order, at);
    }
  }

  // -- exits

  #leave(wish: ExitWish): void {
    const { symbol, price } = wish;
    const position = this.books.position(symbol);
    if (position === undefined || !this.latches.allows('EXIT')) return;
    if (this.desk.working(symbol, 'SELL') !== undefined) return;
    const { instrument } = this.#figures(symbol);
    const amount = exitQuantity({ position, freeBalance: position.quantity, instrument, price });
    if (amount.kind === 'dust') this.#bookDust(wish, position);
    else if (amount.kind === 'sell') this.#sell(wish, position, amount.quantity);
  }

  #sell(wish: ExitWish, position: Position, quantity: Position['quantity']): void {
    const { settings, account } = this.#options;
    const { symbol, reason, price, at } = wish;
    const holding = this.books.holdings.get(symbol);
    if (holding === undefined) return;
    const { instrument, dataTime = 0 } = this.#figures(symbol);
    const collar = exitCollar({
      reference: price,
      maxSlippageRatio: settings.limits.maxSlippageRatio,
      attempt: holding.misses,
      tickSize: instrument.tickSize,
      marketOrders: instrument.marketOrders,
      stale: at - dataTime > settings.limits.maxDataAge + this.#interval,
    });
    const verdict = decideExitOrder({
      bot: settings.name,
      account,
      symbol,
      purpose: 'EXIT',
      exitReason: reason,
      positionKey: holding.entryOrderId,
      attempt: holding.exits,
      quantity,
      held: position.quantity,
      type: collar.kind === 'MARKET' ? 'MARKET' : 'LIMIT_IOC',
      ...(collar.kind === 'MARKET' ? {} : { limitPrice: collar.limitPrice }),
      referencePrice: price,
      now: at,
      state: this.latches.state,
      limitsHash: this.#limitsHash,
    });
    this.#record(verdict);
    if (verdict.order === undefined) return;
    this.books.hold(symbol, { exits: holding.exits + 1 });
    this.desk.send(verdict.order, at);
  }

  #bookDust({ symbol, price, at }: ExitWish, position: Position): void {
    const settled = settleDust(this.books.account, this.#figures(symbol).instrument, price);
    if (!settled.becameDust) return;
    this.books.account = settled.account;
    const orderId =
      this.books.lastSale.get(symbol) ?? this.books.holdings.get(symbol)?.entryOrderId ?? symbol;
    this.closed(settled.ended ?? position, { orderId }, at);
  }

  // -- OrderListener

  filled(fill: Fill, order: Order): void {
    const { books } = this;
    books.activity = recordFill(books.activity, fill.time);
    if (order.purpose === 'ENTRY') this.#entered(fill);
    else books.hold(fill.symbol, { misses: 0 });
    books.trackPrice(fill.symbol, fill.price);
    books.assertIdentity(fill.time);
    this.#assess(fill.time);
    books.snapshot(fill.time);
    if (this.#checkBreach(fill.time)) this.#pending.push(fill.time);
  }

  #entered({ symbol, orderId, price, time }: Fill): void {
    this.books.lastEntry.set(symbol, time);
    if (this.books.holdings.get(symbol)?.entryOrderId === orderId) return;
    this.books.startHolding(symbol, orderId, price);
  }

  ended(order: Order): void {
    const holding = this.books.holdings.get(order.symbol);
    if (order.purpose === 'ENTRY' || holding === undefined || !isZero(order.filledQuantity)) return;
    this.books.hold(order.symbol, { misses: holding.misses + 1 });
  }

  cancelling(at: Timestamp): void {
    this.books.activity = recordMessage(this.books.activity, 'cancel', at);
  }

  closed(
    position: Position,
    order: { readonly orderId: string; readonly exitReason?: string },
    at: Timestamp,
  ): void {
    const { books } = this;
    const holding = books.holdings.get(position.symbol);
    books.holdings.delete(position.symbol);
    // A crumb of an entry that could never be sold has no round trip.
    if (holding === undefined || !isPositive(position.soldQuantity)) return;
    const trip = closeRoundTrip({
      position,
      entryOrderId: holding.entryOrderId,
      exitOrderId: order.orderId,
      exitTime: at,
      reason: order.exitReason ?? 'DUST',
      adversePrice: holding.adversePrice,
      favorablePrice: holding.favorablePrice,
    });
    books.roundTrips.push(trip);
    const net = asMoney(subtract(trip.grossPnl, trip.fees));
    books.activity = recordRoundTrip(books.activity, net, at);
  }

  #figures(symbol: TradingSymbol): SymbolFigures {
    const figures = this.#options.figures.get(symbol);
    if (figures === undefined) throw new RangeError(`${symbol} is not in the universe`);
    return figures;
  }
}
