/**
 * The loop over candles. It looks at each candle with floats first, which may only rule out that anything happens; what
 * is not ruled out goes to the trader, whose decisions are the domain's, in exact amounts. While nothing is held and no
 * order works, it jumps from one candle on which the strategy might trigger to the next.
 */
import { PaperMatcher } from '../../adapters/paper/paper-matcher.ts';
import type { BotSettings } from '../../contract/index.ts';
import { trackCandle } from '../../domain/account/excursion.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { ONE_RATIO, type Price } from '../../domain/money/amounts.ts';
import { approximate } from '../../domain/money/change.ts';
import type { Strategy } from '../../domain/strategy/strategy.ts';
import { type Duration, HOUR, type Timestamp, utcDay } from '../../domain/time.ts';
import { touchedExit } from './intrabar.ts';
import { type EquityBand, equityBand, Lane, NO_BAND } from './lane.ts';
import { mayWantToLeave, QuietStretch } from './quiet-stretch.ts';
import type { SeenTick, SymbolFigures } from './symbol-figures.ts';
import { type BreakerMode, Trader } from './trader.ts';

/** Where exits are judged: at the close alone, or at the worst price inside the candle as well. */
export type IntrabarMode = 'close' | 'pessimistic';

export interface EngineOptions {
  readonly settings: BotSettings;
  readonly account: string;
  readonly strategy: Strategy;
  /** Of the universe, in alphabetical order. */
  readonly figures: ReadonlyMap<TradingSymbol, SymbolFigures>;
  readonly breaker: BreakerMode;
  readonly intrabar: IntrabarMode;
  /** A trade fills an order only when it is at least this much later. */
  readonly latency: Duration;
}

/** A trade of a symbol within a slot. */
export interface SlotTick extends SeenTick {
  readonly symbol: TradingSymbol;
}

/** The latest prices, read from the figures when they are asked for. */
class Marks extends Map<TradingSymbol, Price> {
  readonly #figures: ReadonlyMap<TradingSymbol, SymbolFigures>;
  constructor(figures: ReadonlyMap<TradingSymbol, SymbolFigures>) {
    super();
    this.#figures = figures;
  }
  override get(symbol: TradingSymbol): Price | undefined {
    return this.#figures.get(symbol)?.mark;
  }
}

export class Engine {
  readonly trader: Trader;
  /** Close time of the last slot with a candle. */
  time: Timestamp = 0;
  readonly #options: EngineOptions;
  readonly #interval: Duration;
  readonly #lanes: readonly Lane[];
  readonly #matcher: PaperMatcher;
  readonly #maxDrawdown: number;
  readonly #stretch: QuietStretch;
  #band: EquityBand = NO_BAND;
  #cash = 0;
  #day = -1;
  #hour = -1;

  constructor(options: EngineOptions) {
    const { settings, figures, strategy, latency } = options;
    this.#options = options;
    this.#interval = strategy.interval;
    this.#lanes = [...figures.values()].map((one) => new Lane(one));
    this.#maxDrawdown = Number(settings.limits.maxDailyDrawdownRatio) / Number(ONE_RATIO);
    const { exit } = strategy;
    const inside = options.intrabar === 'pessimistic';
    this.#stretch = new QuietStretch(this.#lanes, { interval: this.#interval, inside, exit });
    this.trader = new Trader(options, new Marks(figures));
    const instruments = new Map<TradingSymbol, Instrument>();
    for (const [symbol, { instrument }] of figures) instruments.set(symbol, instrument);
    this.#matcher = new PaperMatcher(
      {
        quote: settings.universe.quote,
        capital: settings.limits.capital,
        instruments,
        fills: settings.fills,
        interval: this.#interval,
        latency,
        statistics: ({ symbol }) => statisticsOf(figures, symbol),
      },
      this.trader.desk.report,
    );
    this.trader.connect(this.#matcher);
  }

  /** Plays the slots from one to another, the last not included; the tapes have them. */
  play(from: number, to: number): void {
    for (const lane of this.#lanes) lane.candidate = -1;
    this.#refresh();
    let slot = from;
    while (slot < to) {
      const isBusy = this.#isBusy;
      const next = isBusy ? this.#nextStep(slot, to) : this.#nextCandidate(slot, to);
      if (next >= to) break;
      if (isBusy) this.#step(next);
      else this.#considerAt(next);
      slot = next + 1;
    }
    this.#keep(to);
  }

  /** Plays one slot whose candles were made of trades: orders of the symbols `traded` meet those instead of the open. */
  playTicks(slot: number, ticks: readonly SlotTick[], traded: ReadonlySet<TradingSymbol>): void {
    this.#openAll(slot, traded);
    for (const tick of ticks) this.#tick(tick);
    const at = this.#closeTime(slot);
    for (const lane of this.#lanes) {
      if (!has(lane, slot)) continue;
      lane.figures.closed(slot);
      this.#matcher.onClosed(closedCandle(lane));
      this.time = at;
      this.#follow(lane, slot);
      this.#exact(lane, at);
      if (!this.trader.mayBeHeld(lane.symbol)) this.trader.considerEntry(lane.symbol, at);
    }
    this.#snapshot(at);
    this.#keep(slot + 1);
  }

  /** Slots that are there for figures to look back on. */
  skip(to: number): void {
    this.#keep(to);
  }

  get #isBusy(): boolean {
    return this.trader.desk.openOrders.size > 0 || this.trader.books.isExposed;
  }

  /** Everything newest is known before the tapes move on. */
  #keep(to: number): void {
    for (const { figures } of this.#lanes) {
      figures.view.seek(to - 1);
      figures.view.keepLatest();
      this.time = Math.max(this.time, figures.closedTime);
    }
  }

  #closeTime(slot: number): Timestamp {
    return (slot + 1) * this.#interval;
  }

  // -- nothing held, nothing working

  #nextCandidate(from: number, to: number): number {
    let first = to;
    for (const lane of this.#lanes) {
      if (lane.candidate < from) lane.candidate = this.#scan(lane, from, to);
      if (lane.candidate < first) first = lane.candidate;
    }
    return first;
  }

  #scan(lane: Lane, from: number, to: number): number {
    const { nextCandidate, cooldown } = this.#options.strategy;
    const last = this.trader.books.lastEntry.get(lane.symbol);
    // Closes before the end of the cooldown are refused by the gate.
    const start =
      last === undefined ? from : Math.max(from, Math.ceil((last + cooldown) / this.#interval) - 1);
    const { base } = lane.tape;
    for (let slot = start; slot < to; slot += 1) {
      if (nextCandidate !== undefined) slot = nextCandidate(lane.tape, slot - base, to - base) + base;
      if (slot < to && has(lane, slot)) return slot;
    }
    return to;
  }

  #considerAt(slot: number): void {
    const at = this.#closeTime(slot);
    for (const lane of this.#lanes) {
      if (lane.candidate === slot && has(lane, slot)) this.#consider(lane, slot, at);
    }
    if (this.#isBusy) this.#refresh();
  }

  #consider(lane: Lane, slot: number, at: Timestamp): void {
    lane.figures.closed(slot);
    if (!this.trader.mayBeHeld(lane.symbol)) this.trader.considerEntry(lane.symbol, at);
  }

  // -- something held or working

  /** The next slot that must be looked at; what is held is where it stood before it. */
  #nextStep(slot: number, to: number): number {
    let next = this.#quietEnd(slot, to);
    while (next < to && !this.#hasAny(next)) next += 1;
    for (const lane of this.#lanes) if (lane.size > 0) lane.figures.view.seek(next - 1);
    return next;
  }

  #hasAny(slot: number): boolean {
    for (const lane of this.#lanes) if (has(lane, slot)) return true;
    return false;
  }

  #quietEnd(slot: number, to: number): number {
    const at = this.#closeTime(slot);
    const hour = Math.floor(at / HOUR);
    if (this.trader.desk.openOrders.size > 0 || this.trader.latches.state !== 'Running') return slot;
    if (hour !== this.#hour || this.#day !== utcDay(at)) return slot;
    const nextHour = Math.ceil(((hour + 1) * HOUR) / this.#interval) - 1;
    const end = this.#candidateOfOthers(slot, Math.min(to, nextHour));
    return this.#stretch.end(slot, end, { cash: this.#cash, band: this.#band });
  }

  /** The next slot on which a symbol that is not held may be entered. */
  #candidateOfOthers(from: number, to: number): number {
    let first = to;
    for (const lane of this.#lanes) {
      if (lane.isHeld) continue;
      if (lane.candidate < from) lane.candidate = this.#scan(lane, from, to);
      if (lane.candidate < first) first = lane.candidate;
    }
    return first;
  }

  #step(slot: number): void {
    if (this.trader.desk.openOrders.size > 0) this.#openAll(slot);
    if (this.#options.intrabar === 'pessimistic') this.#touchAll(slot);
    const at = this.#closeTime(slot);
    for (const lane of this.#lanes) {
      if (has(lane, slot)) this.#close(lane, slot, at);
    }
    if (this.trader.books.isExposed) this.#snapshot(at);
  }

  /** Working orders meet the opens; entries that waited too long end. */
  #openAll(slot: number, traded: ReadonlySet<TradingSymbol> = NONE): void {
    const time = slot * this.#interval;
    this.#matcher.expire(time);
    for (const lane of this.#lanes) {
      if (!has(lane, slot) || traded.has(lane.symbol) || !this.#matcher.hasWorking(lane.symbol)) continue;
      lane.figures.view.seek(slot - 1);
      const { tape, view } = { tape: lane.tape, view: lane.figures.view };
      this.#matcher.meetOpen(lane.symbol, view.priceOf(tape.open[slot - tape.base] ?? 0), time);
    }
    this.trader.settled(time);
    this.#refresh();
  }

  #close(lane: Lane, slot: number, at: Timestamp): void {
    const isExposed = lane.size > 0;
    if (isExposed) {
      lane.figures.view.seek(slot);
      this.#follow(lane, slot);
    }
    if (this.#mayMatter(lane, at)) this.#exact(lane, at);
    this.#considerIfCandidate(lane, slot, at);
  }

  #considerIfCandidate(lane: Lane, slot: number, at: Timestamp): void {
    // One position a symbol: while it is held the gate would refuse.
    if (lane.isHeld) return;
    if (lane.candidate < slot) lane.candidate = this.#scan(lane, slot, slot + 1 + AHEAD);
    if (lane.candidate !== slot) return;
    this.#consider(lane, slot, at);
    this.#refresh();
  }

  /** False when the candle surely changes nothing: no exit, no new extreme of the equity, no new day. */
  #mayMatter(lane: Lane, at: Timestamp): boolean {
    if (this.#day !== utcDay(at)) return true;
    if (lane.size === 0) return false;
    if (this.trader.latches.state !== 'Running') return true;
    const { tape, figures } = lane;
    const close = tape.close[figures.view.newest - tape.base] ?? 0;
    if (close <= lane.stop || close >= lane.target || at >= lane.leaveTime) return true;
    if (mayWantToLeave(lane, figures.view.newest - tape.base, this.#options.strategy.exit)) return true;
    const equity = this.#floatEquity();
    return equity <= this.#band.low || equity >= this.#band.high;
  }

  #floatEquity(): number {
    let equity = this.#cash;
    for (const lane of this.#lanes) if (lane.size > 0) equity += lane.value;
    return equity;
  }

  #exact(lane: Lane, at: Timestamp): void {
    this.trader.heedStrategy(lane.symbol, at);
    this.trader.priceMoved(lane.symbol, at, this.trader.exitOnClose(at));
    this.#day = utcDay(at);
    this.#refresh();
  }

  /** The extremes of the price while it is held: for reports. */
  #follow(lane: Lane, slot: number): void {
    const { tape, figures } = lane;
    const index = slot - tape.base;
    if ((tape.low[index] ?? 0) >= lane.adverse && (tape.high[index] ?? 0) <= lane.favorable) return;
    const { books } = this.trader;
    const holding = books.holdings.get(lane.symbol);
    const { latest } = figures.view;
    if (holding === undefined || latest === undefined) return;
    books.hold(lane.symbol, trackCandle(holding, latest));
    lane.refresh(books, this.#options.settings.exits);
  }

  #touchAll(slot: number): void {
    const at = this.#closeTime(slot);
    for (const lane of this.#lanes) {
      if (!lane.isHeld || !has(lane, slot)) continue;
      const touched = touchedExit(lane, slot, {
        books: this.trader.books,
        exits: this.#options.settings.exits,
      });
      const position = this.trader.books.position(lane.symbol);
      if (touched === undefined || position === undefined) continue;
      this.trader.leaveAt({ symbol: lane.symbol, at, ...touched });
      this.#matcher.meetOpen(lane.symbol, touched.price, at);
      this.trader.settled(at);
      this.#refresh();
    }
  }

  // -- trades

  #tick(tick: SlotTick): void {
    const { symbol, price, time } = tick;
    this.#matcher.meetTick(symbol, price, time);
    this.trader.settled(time);
    this.#options.figures.get(symbol)?.takeTick(tick);
    this.trader.books.trackPrice(symbol, price);
    this.trader.priceMoved(symbol, time, this.trader.exitOnTick(price));
  }

  // -- what is known in floats

  #refresh(): void {
    const { books } = this.trader;
    for (const lane of this.#lanes) lane.refresh(books, this.#options.settings.exits);
    this.#cash = approximate(books.account.cash);
    this.#band = equityBand(books, this.#maxDrawdown);
    if (books.dayMark !== undefined) this.#day = books.dayMark.day;
  }

  #snapshot(at: Timestamp): void {
    const hour = Math.floor(at / HOUR);
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.trader.books.snapshot(at);
  }
}

const NONE: ReadonlySet<TradingSymbol> = new Set();

/** How far ahead a strategy is asked for candidates while something is held. */
const AHEAD = 512;

const has = ({ tape }: Lane, slot: number): boolean => {
  const index = slot - tape.base;
  return index >= 0 && (tape.close[index] ?? 0) !== 0;
};

function closedCandle(lane: Lane): NonNullable<SymbolFigures['view']['latest']> {
  const { latest } = lane.figures.view;
  if (latest === undefined) throw new RangeError(`${lane.symbol} has no candle`);
  return latest;
}

function statisticsOf(figures: EngineOptions['figures'], symbol: TradingSymbol): SymbolFigures {
  const known = figures.get(symbol);
  if (known === undefined) throw new RangeError(`${symbol} is not in the universe`);
  return known;
}
