/**
 * What risk does about each input, one at a time: prices move the equity and decide exits, signals are judged, what
 * became of orders is taken in. Every consequence of one input is one transaction.
 */
import type { DayMark } from '../../domain/account/drawdown.ts';
import { type Candle, closeTime, type TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import type { ExitReason } from '../../domain/orders/order.ts';
import { DRAWDOWN_SOURCE, drawdownDemand } from '../../domain/risk/demands.ts';
import { decideExit, tickStop } from '../../domain/risk/exits.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { CandleEvent, SignalEvent, StreamEvents, TickEvent } from '../../events/event.ts';
import type { LatchedDemand, LedgerTransaction } from '../../ports/ledger.ts';
import { isTerminal } from '../../domain/orders/order-machine.ts';
import { drawdownBreach, latchBreaker } from './breaker.ts';
import type { Books } from './books.ts';
import { catchUp } from './catch-up.ts';
import { CauseWatch } from './cause-watch.ts';
import { tellDayChange } from './day-change.ts';
import { DemandWatch } from './demand-watch.ts';
import { judgeSignal } from './entry-flow.ts';
import { type ExitWish, leavePosition } from './exit-flow.ts';
import { ExitWatch } from './exit-watch.ts';
import type { RiskStanding } from './gauges.ts';
import { noteLimits } from './limits-flow.ts';
import type { RiskContext } from './risk-context.ts';
import { watchProtection } from './unprotected.ts';

/** What one price movement leads to. */
interface Consequences {
  readonly at: Timestamp;
  readonly dayBefore: DayMark | undefined;
  readonly breach: LatchedDemand | undefined;
  readonly wishes: readonly ExitWish[];
}

export class RiskDesk {
  /** Replaced when limits change. */
  context: RiskContext;
  readonly #demands = new DemandWatch();
  readonly #causes = new CauseWatch();

  readonly #exits: ExitWatch;

  constructor(context: RiskContext) {
    this.context = context;
    this.#exits = new ExitWatch(context.settings);
  }

  /** What the metrics show. */
  get standing(): RiskStanding {
    return { context: this.context, latched: this.#demands.latched, causes: this.#causes.active };
  }

  get #books(): Books {
    return this.context.books;
  }

  /** Whether the day's drawdown is breached now; undefined while the equity is not known. */
  get isDrawdownBreached(): boolean | undefined {
    const { books, settings } = this.context;
    if (books.equity === undefined || books.document.dayMark === undefined) return undefined;
    return books.isBreached(settings.limits.maxDailyDrawdownRatio);
  }

  /** Starting is recovering: everything that counts is in the ledger. */
  async recover(tx: LedgerTransaction): Promise<void> {
    const at = this.context.clock.now();
    await this.#books.recover(tx);
    await this.#causes.recover(tx, at);
    await noteLimits(this.context, tx, at);
    await catchUp(this.context, tx);
    await this.#demands.refresh(this.context, tx, at);
    await watchProtection(this.context, tx, at);
    await this.#books.save(tx);
  }

  /** Reads again what people and other processes may have changed. */
  refresh(tx: LedgerTransaction): Promise<void> {
    return this.#demands.refresh(this.context, tx, this.context.clock.now());
  }

  /** Looks for what no event told, and carries out what follows from it at the latest prices. */
  async scan(): Promise<void> {
    const { clock, ledger } = this.context;
    const at = clock.now();
    const verdicts = await ledger.transaction(async (tx) => {
      await catchUp(this.context, tx);
      await this.#causes.look(this.context, tx, at);
      await this.#demands.refresh(this.context, tx, at);
      const breach = this.#newBreach(at);
      if (breach === undefined) await watchProtection(this.context, tx, at);
      else await this.#latch(tx, breach);
      return this.#leave(tx, this.#overdueWishes(at));
    });
    await this.#tell(verdicts);
  }

  /** Takes up commands of people and begins to carry them out at the latest prices. */
  async pollCommands(): Promise<void> {
    const { clock, ledger } = this.context;
    const verdicts = await ledger.transaction(async (tx) => {
      await this.refresh(tx);
      return this.#leave(tx, this.#wishesToBeFlat(clock.now()));
    });
    await this.#tell(verdicts);
  }

  takeCandle({ candle, origin, eventId }: CandleEvent): Promise<void> {
    const isLive = origin === 'live';
    const at = closeTime(candle);
    if (isLive) this.#books.advance(at);
    const isNewest = this.context.markets.takeCandle(candle);
    this.#exits.take(candle);
    // Of the past, too: a position must not stay because nobody was there when its candle closed.
    if (isNewest) this.#heedStrategy(candle.symbol);
    if (!isLive || !isNewest) return Promise.resolve();
    this.#books.trackCandle(candle);
    return this.#react({ symbol: candle.symbol, price: candle.close, at, cause: eventId }, () =>
      this.#exitOnClose(candle),
    );
  }

  takeTick(event: TickEvent): Promise<void> {
    const { symbol, price, eventTime: at, eventId: cause } = event;
    this.#books.advance(at);
    this.context.markets.takeTick(event);
    this.#books.trackPrice(symbol, price);
    return this.#react({ symbol, price, at, cause }, () => this.#exitOnTick(symbol, price));
  }

  async takeSignal(event: SignalEvent): Promise<void> {
    const verdict = await this.context.ledger.transaction(async (tx) => {
      const judged = await judgeSignal(this.context, tx, event);
      await this.#books.save(tx);
      return judged;
    });
    await this.#tell(verdict === undefined ? [] : [verdict]);
    const { metrics, clock } = this.context;
    metrics.verdictLatency.observe((clock.now() - event.createdTime) / SECOND, {});
  }

  /** Says that something became of an order: what it was is in the ledger. */
  async takeResult(event: StreamEvents['order_results']): Promise<void> {
    if (!concerns(event)) return;
    const at = event.eventTime;
    const verdicts = await this.context.ledger.transaction(async (tx) => {
      if (!(await catchUp(this.context, tx)) && event.type === 'order_state') return [];
      const breach = this.#newBreach(at);
      if (breach !== undefined) await this.#latch(tx, breach);
      else await watchProtection(this.context, tx, at);
      await this.#demands.finish(this.context, tx, at);
      return this.#leave(tx, breach === undefined ? [] : this.#wishesToBeFlat(at));
    });
    await this.#tell(verdicts);
  }

  /**
   * A price moved the equity: marks, breaker and exits, in this order. Without consequences it writes nothing; a new
   * high-water mark is one, since the drawdown is measured from it after any crash.
   */
  #react(moved: Omit<ExitWish, 'reason'>, exit: () => ExitReason | undefined): Promise<void> {
    const { at } = moved;
    const books = this.#books;
    if ((books.account?.positions.size ?? 0) > 0) books.assertIdentity(at);
    const dayBefore = books.assess(at);
    const breach = this.#newBreach(at);
    const wishes = breach === undefined ? [] : this.#wishesToBeFlat(at);
    const reason = wishes.length > 0 ? undefined : exit();
    if (reason !== undefined) wishes.push({ ...moved, reason });
    if (!books.isMarkUnsaved && breach === undefined && wishes.length === 0) return Promise.resolve();
    return this.#act({ at, dayBefore, breach, wishes });
  }

  /** The daily drawdown's breach at the moment it happens. */
  #newBreach(at: Timestamp): LatchedDemand | undefined {
    if (this.#demands.isLatched(DRAWDOWN_SOURCE)) return undefined;
    const breach = drawdownBreach(this.context, at);
    if (breach !== undefined) this.#demands.note(DRAWDOWN_SOURCE);
    return breach;
  }

  async #act({ at, dayBefore, breach, wishes }: Consequences): Promise<void> {
    const verdicts = await this.context.ledger.transaction(async (tx) => {
      await tellDayChange(this.context, tx, dayBefore, at);
      if (breach !== undefined) await this.#latch(tx, breach);
      return this.#leave(tx, wishes);
    });
    await this.#tell(verdicts);
  }

  async #latch(tx: LedgerTransaction, breach: LatchedDemand): Promise<void> {
    await latchBreaker(this.context, tx, breach);
    await watchProtection(this.context, tx, breach.since);
  }

  async #leave(tx: LedgerTransaction, wishes: readonly ExitWish[]): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const wish of wishes) {
      const verdict = await leavePosition(this.context, tx, wish);
      if (verdict !== undefined) verdicts.push(verdict);
    }
    await this.#books.save(tx);
    return verdicts;
  }

  async #tell(verdicts: readonly Verdict[]): Promise<void> {
    await this.context.relay.flush();
    verdicts.forEach(this.context.onVerdict);
  }

  /** Every position with a price, when everything is to be sold. */
  #wishesToBeFlat(at: Timestamp): ExitWish[] {
    const reason = this.#demandToBeFlat();
    return reason === undefined ? [] : this.#wishes(at, () => reason);
  }

  /** What is to be left at the latest prices, whatever events were lost: by demand, by the stop, by the strategy. */
  #overdueWishes(at: Timestamp): ExitWish[] {
    const all = this.#demandToBeFlat();
    const leaving = (symbol: TradingSymbol): ExitReason | undefined =>
      this.#isLeaving(symbol) ? 'STRATEGY_EXIT' : undefined;
    return this.#wishes(at, (symbol, price) => all ?? this.#exitOnTick(symbol, price) ?? leaving(symbol));
  }

  #wishes(
    at: Timestamp,
    reasonOf: (symbol: TradingSymbol, price: Price) => ExitReason | undefined,
  ): ExitWish[] {
    const { books, markets } = this.context;
    return [...(books.account?.positions.keys() ?? [])].sort().flatMap((symbol) => {
      const price = markets.marks.get(symbol);
      const reason = price === undefined ? undefined : reasonOf(symbol, price);
      return price === undefined || reason === undefined
        ? []
        : [{ symbol, price, at, reason, cause: undefined }];
    });
  }

  #demandToBeFlat(): 'FLATTEN' | 'BREAKER' | undefined {
    if (this.#demands.isFlattening) return 'FLATTEN';
    const { onBreaker } = this.context.settings.limits;
    const breaker = this.#demands.isLatched(DRAWDOWN_SOURCE) && drawdownDemand(onBreaker).flatten;
    return breaker ? 'BREAKER' : undefined;
  }

  /** Remembers that the strategy wants a position left. */
  #heedStrategy(symbol: TradingSymbol): void {
    const holding = this.#books.holding(symbol);
    const position = this.#books.account?.positions.get(symbol);
    if (position === undefined || holding === undefined || holding.leaving === true) return;
    if (this.#exits.wantsToLeave(position)) this.#books.hold(symbol, { ...holding, leaving: true });
  }

  #isLeaving(symbol: TradingSymbol): boolean {
    return this.#books.holding(symbol)?.leaving === true;
  }

  #exitOnClose(candle: Candle): ExitReason | undefined {
    const position = this.#books.account?.positions.get(candle.symbol);
    if (position === undefined) return undefined;
    return decideExit({
      position,
      close: candle.close,
      closeTime: closeTime(candle),
      settings: this.context.settings.exits,
      flatten: this.#demandToBeFlat(),
      leaving: this.#isLeaving(candle.symbol),
    });
  }

  #exitOnTick(symbol: TradingSymbol, price: Price): ExitReason | undefined {
    const position = this.#books.account?.positions.get(symbol);
    if (position === undefined) return undefined;
    return tickStop({ position, price, settings: this.context.settings.exits });
  }
}

/** States on the way tell risk nothing that the order table does not say when it is needed. */
const concerns = (event: StreamEvents['order_results']): boolean =>
  event.type !== 'order_state' || event.state === 'CANCEL_PENDING' || isTerminal(event.state);
