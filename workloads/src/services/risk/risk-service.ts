/**
 * The risk manager: the only writer of verdicts and orders. It judges every signal, decides every exit, follows the
 * equity and latches breakers. Its inputs are handled one at a time, whatever stream they come from.
 */
import type { Position } from '../../domain/account/account.ts';
import { Turns } from '../../adapters/memory/turns.ts';
import type { DayMark } from '../../domain/account/drawdown.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import { decideExit, tickStop } from '../../domain/risk/exits.ts';
import { DRAWDOWN_SOURCE, drawdownDemand, type Demand } from '../../domain/risk/demands.ts';
import { type Candle, closeTime, type TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Price } from '../../domain/money/amounts.ts';
import type { ExitReason } from '../../domain/orders/order.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { RiskSettings } from '../../contract/settings.ts';
import type { CandleEvent, SignalEvent, StreamEvents, TickEvent } from '../../events/event.ts';
import type { RunningSubscription } from '../../ports/bus.ts';
import type { LatchedDemand, LedgerTransaction } from '../../ports/ledger.ts';
import type { VenueInputs } from '../../ports/venue.ts';
import { equityEntry } from '../journal-kinds.ts';
import { orCrash, type Service, type ServiceDeps } from '../service.ts';
import { Books } from './books.ts';
import { tellDayChange } from './day-change.ts';
import { drawdownBreach, latchBreaker } from './breaker.ts';
import { judgeSignal } from './entry-flow.ts';
import { type ExitWish, leavePosition } from './exit-flow.ts';
import { finishCommands, takeCommands } from './flatten-flow.ts';
import { MarketWatch } from './market-watch.ts';
import { makeRiskMetrics, showFigures } from './metrics.ts';
import type { RiskContext } from './risk-context.ts';
import { takeResult } from './results-flow.ts';
import { watchProtection } from './unprotected.ts';

export interface RiskDeps extends ServiceDeps {
  readonly settings: RiskSettings;
  readonly account: string;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly inputs: VenueInputs;
  /** How spread and depth are modelled where the venue does not measure them. */
  readonly model: Pick<FillSettings, 'depthShareRatio' | 'halfSpreadRatio'>;
  readonly validFor: Duration;
  readonly cooldown: Duration;
  readonly specDemand: Demand | undefined;
  readonly reconciled: () => boolean | undefined;
  readonly clockOffset: () => Duration | undefined;
  readonly onVerdict: (verdict: Verdict) => void;
}

const GROUP = 'risk';

export class RiskService implements Service {
  readonly #deps: RiskDeps;
  readonly #context: RiskContext;
  readonly #turns = new Turns();
  #subscriptions: readonly RunningSubscription[] = [];
  /** Drawdown breaker latched with `onBreaker: Flatten`. */
  #breakerLatched = false;
  /** Ids of FLATTEN commands not yet done. */
  #flattening: readonly string[] = [];
  /** Symbols whose exposure the metrics show. */
  #shown: readonly TradingSymbol[] = [];

  constructor(deps: RiskDeps) {
    this.#deps = deps;
    const { settings, instruments, model, inputs, clockOffset } = deps;
    const { interval, limits } = settings;
    const markets = new MarketWatch({
      instruments,
      interval,
      priceWindow: limits.priceWindow,
      ...model,
      inputs,
      clockOffset,
    });
    this.#context = {
      ...deps,
      limitsHash: limitsHash(limits),
      markets,
      books: new Books(markets.marks),
      metrics: makeRiskMetrics(deps.metrics),
    };
  }

  get books(): Books {
    return this.#context.books;
  }

  async start(): Promise<void> {
    const { ledger, bus } = this.#deps;
    await ledger.transaction((tx) => this.#recover(tx));
    const handle =
      <Event>(take: (event: Event) => Promise<void>) =>
      (event: Event) =>
        this.#inTurn(() => take(event));
    this.#subscriptions = [
      await bus.subscribe({
        stream: 'market_data',
        group: GROUP,
        handle: handle((event) => this.#takeMarket(event)),
      }),
      await bus.subscribe({
        stream: 'signals',
        group: GROUP,
        handle: handle((event) => this.#takeSignal(event)),
      }),
      await bus.subscribe({
        stream: 'order_results',
        group: GROUP,
        handle: handle((event) => this.#takeResult(event)),
      }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    this.#subscriptions = [];
  }

  async checkpoint(tx: LedgerTransaction): Promise<void> {
    const snapshots = this.books.takeSnapshots();
    if (snapshots.length > 0) {
      await tx.insertEquity(snapshots);
      await tx.appendJournal('risk', snapshots.map(equityEntry));
    }
    await this.#takeCommands(tx);
    await this.books.save(tx);
    this.#showFigures();
  }

  #showFigures(): void {
    const { equity, marks, account } = this.books;
    const figures = { equity, marks, positions: account?.positions ?? new Map<TradingSymbol, Position>() };
    this.#shown = showFigures(this.#context.metrics, figures, this.#shown);
  }

  /** The last checkpoint of a run that is over: the equity at its end is part of it. */
  async closeBooks(tx: LedgerTransaction): Promise<void> {
    this.books.snapshot(this.books.document.time);
    await this.checkpoint(tx);
  }

  /** Looks for commands now, and begins to carry them out at the latest prices. */
  pollCommands(): Promise<void> {
    return this.#inTurn(async () => {
      const { ledger, clock } = this.#deps;
      const verdicts = await ledger.transaction(async (tx) => {
        await this.#takeCommands(tx);
        return this.#leave(tx, this.#wishesToBeFlat(clock.now()));
      });
      await this.#tell(verdicts);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(() => orCrash(this.#deps.crash, work));
  }

  async #recover(tx: LedgerTransaction): Promise<void> {
    const { clock } = this.#deps;
    await this.books.recover(tx);
    const demands = await tx.demands();
    this.#breakerLatched = demands.some((demand) => demand.source === DRAWDOWN_SOURCE);
    await this.#takeCommands(tx);
    await watchProtection(this.#context, tx, clock.now());
    await this.books.save(tx);
  }

  async #takeCommands(tx: LedgerTransaction): Promise<void> {
    const at = this.#deps.clock.now();
    const context = this.#context;
    this.#flattening = await finishCommands(context, tx, await takeCommands(context, tx, at), at);
  }

  #takeMarket(event: StreamEvents['market_data']): Promise<void> {
    switch (event.type) {
      case 'candle':
        return this.#takeCandle(event);
      case 'tick':
        return this.#takeTick(event);
      case 'feed':
        return Promise.resolve();
    }
  }

  #takeCandle({ candle, origin, eventId }: CandleEvent): Promise<void> {
    const isLive = origin === 'live';
    const at = closeTime(candle);
    if (isLive) this.books.advance(at);
    const isNewest = this.#context.markets.takeCandle(candle);
    if (!isLive || !isNewest) return Promise.resolve();
    this.books.trackCandle(candle);
    return this.#react({ symbol: candle.symbol, price: candle.close, at, cause: eventId }, () =>
      this.#exitOnClose(candle),
    );
  }

  #takeTick(event: TickEvent): Promise<void> {
    const { symbol, price, eventTime: at, eventId: cause } = event;
    this.books.advance(at);
    this.#context.markets.takeTick(event);
    this.books.trackPrice(symbol, price);
    return this.#react({ symbol, price, at, cause }, () => this.#exitOnTick(symbol, price));
  }

  /** A price moved the equity: marks, breaker and exits, in this order. Without consequences it writes nothing. */
  #react(moved: Omit<ExitWish, 'reason'>, exit: () => ExitReason | undefined): Promise<void> {
    const { at } = moved;
    const { books } = this;
    if ((books.account?.positions.size ?? 0) > 0) books.assertIdentity(at);
    const dayBefore = books.assess(at);
    const breach = this.#newBreach(at);
    const wishes = breach === undefined ? [] : this.#wishesToBeFlat(at);
    const reason = wishes.length > 0 ? undefined : exit();
    if (reason !== undefined) wishes.push({ ...moved, reason });
    if (dayBefore === undefined && breach === undefined && wishes.length === 0) return Promise.resolve();
    return this.#act({ at, dayBefore, breach, wishes });
  }

  /** The daily drawdown's breach at the moment it happens. */
  #newBreach(at: Timestamp): LatchedDemand | undefined {
    const breach = this.#breakerLatched ? undefined : drawdownBreach(this.#context, at);
    if (breach !== undefined) this.#breakerLatched = true;
    return breach;
  }

  async #act(consequences: {
    readonly at: Timestamp;
    readonly dayBefore: DayMark | undefined;
    readonly breach: LatchedDemand | undefined;
    readonly wishes: readonly ExitWish[];
  }): Promise<void> {
    const { at, dayBefore, breach, wishes } = consequences;
    const context = this.#context;
    const verdicts = await this.#deps.ledger.transaction(async (tx) => {
      await tellDayChange(context, tx, dayBefore, at);
      if (breach !== undefined) await this.#latch(tx, breach);
      return this.#leave(tx, wishes);
    });
    await this.#tell(verdicts);
  }

  async #latch(tx: LedgerTransaction, breach: LatchedDemand): Promise<void> {
    await latchBreaker(this.#context, tx, breach);
    await watchProtection(this.#context, tx, breach.since);
  }

  async #leave(tx: LedgerTransaction, wishes: readonly ExitWish[]): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const wish of wishes) {
      const verdict = await leavePosition(this.#context, tx, wish);
      if (verdict !== undefined) verdicts.push(verdict);
    }
    await this.books.save(tx);
    return verdicts;
  }

  async #tell(verdicts: readonly Verdict[]): Promise<void> {
    await this.#deps.relay.flush();
    verdicts.forEach(this.#deps.onVerdict);
  }

  /** Every position with a price, when everything is to be sold. */
  #wishesToBeFlat(at: Timestamp): ExitWish[] {
    const reason = this.#demandToBeFlat();
    const { account } = this.books;
    if (reason === undefined || account === undefined) return [];
    return [...account.positions.keys()].sort().flatMap((symbol) => {
      const price = this.#context.markets.marks.get(symbol);
      return price === undefined ? [] : [{ symbol, price, at, reason, cause: undefined }];
    });
  }

  #demandToBeFlat(): 'FLATTEN' | 'BREAKER' | undefined {
    if (this.#flattening.length > 0) return 'FLATTEN';
    const { onBreaker } = this.#deps.settings.limits;
    return this.#breakerLatched && drawdownDemand(onBreaker).flatten ? 'BREAKER' : undefined;
  }

  #exitOnClose(candle: Candle): ExitReason | undefined {
    const position = this.books.account?.positions.get(candle.symbol);
    if (position === undefined) return undefined;
    const { exits } = this.#deps.settings;
    return decideExit({
      position,
      close: candle.close,
      closeTime: closeTime(candle),
      settings: exits,
      flatten: this.#demandToBeFlat(),
    });
  }

  #exitOnTick(symbol: TradingSymbol, price: Price): ExitReason | undefined {
    const position = this.books.account?.positions.get(symbol);
    if (position === undefined) return undefined;
    return tickStop({ position, price, settings: this.#deps.settings.exits });
  }

  async #takeSignal(event: SignalEvent): Promise<void> {
    const verdict = await this.#deps.ledger.transaction(async (tx) => {
      const judged = await judgeSignal(this.#context, tx, event);
      await this.books.save(tx);
      return judged;
    });
    await this.#tell(verdict === undefined ? [] : [verdict]);
  }

  async #takeResult(event: StreamEvents['order_results']): Promise<void> {
    const at = event.eventTime;
    const verdicts = await this.#deps.ledger.transaction(async (tx) => {
      await takeResult(this.#context, tx, event);
      if (event.type === 'order_state') return this.#leave(tx, []);
      const breach = this.#newBreach(at);
      if (breach !== undefined) await this.#latch(tx, breach);
      else await watchProtection(this.#context, tx, at);
      this.#flattening = await finishCommands(this.#context, tx, this.#flattening, at);
      return this.#leave(tx, breach === undefined ? [] : this.#wishesToBeFlat(at));
    });
    await this.#tell(verdicts);
  }
}
