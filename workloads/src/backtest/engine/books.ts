import type { Account, Position, RoundTrip } from '../../domain/account/account.ts';
import { openAccount } from '../../domain/account/book.ts';
import { type DayMark, markDay, type RunDrawdown, trackDrawdown } from '../../domain/account/drawdown.ts';
import { checkIdentity, equity, holdingsValue, unrealizedPnl } from '../../domain/account/equity.ts';
import { startExcursion, trackPrice, type Excursion } from '../../domain/account/excursion.ts';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { type Money, NO_MONEY, type Price } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { type Activity, NO_ACTIVITY } from '../../domain/risk/activity.ts';
import { utcDay, type Timestamp } from '../../domain/time.ts';

/** What is remembered of an open position. */
export interface Holding extends Excursion {
  /** Names the position: exits are counted by it. */
  readonly entryOrderId: string;
  readonly exits: number;
  /** Exit orders in a row that filled nothing: widens the collar. */
  readonly misses: number;
  /** The strategy wants it left, until it is flat. */
  readonly leaving: boolean;
}

/** The account at one moment of a back-test. */
export interface EquityPoint {
  readonly time: Timestamp;
  readonly equity: Money;
  /** Σ position × mark. */
  readonly exposure: Money;
}

/** The account of a back-test and what is remembered of it: the same domain functions that keep the services' books. */
export class Books {
  readonly marks: ReadonlyMap<TradingSymbol, Price>;
  account: Account;
  activity: Activity = NO_ACTIVITY;
  readonly holdings = new Map<TradingSymbol, Holding>();
  /** Fill time of each symbol's last entry. */
  readonly lastEntry = new Map<TradingSymbol, Timestamp>();
  readonly roundTrips: RoundTrip[] = [];
  /** Of the last sale of each symbol. */
  readonly lastSale = new Map<TradingSymbol, string>();
  readonly curve: EquityPoint[] = [];
  #dayMark: DayMark | undefined;
  #run: RunDrawdown | undefined;

  /** The marks are read when they are needed, and must be of that moment. */
  constructor(capital: Money, marks: ReadonlyMap<TradingSymbol, Price>) {
    this.account = openAccount(capital);
    this.marks = marks;
  }

  get equity(): Money | undefined {
    return equity(this.account, this.marks);
  }

  get holdingsValue(): Money | undefined {
    return holdingsValue(this.account, this.marks);
  }

  get unrealizedPnl(): Money {
    return unrealizedPnl(this.account, this.marks) ?? NO_MONEY;
  }

  get dayMark(): DayMark | undefined {
    return this.#dayMark;
  }

  get run(): RunDrawdown | undefined {
    return this.#run;
  }

  position(symbol: TradingSymbol): Position | undefined {
    return this.account.positions.get(symbol);
  }

  /** Whether prices move the equity: something is held, dust included. */
  get isExposed(): boolean {
    return this.account.positions.size > 0 || this.account.dust.size > 0;
  }

  /** Follows the equity: the day's high-water mark and the run's drawdown. True when a UTC day began. */
  assess(at: Timestamp): boolean {
    const now = this.equity;
    if (now === undefined) return false;
    const before = this.#dayMark;
    this.#dayMark = markDay(before, now, at);
    this.#run = trackDrawdown(this.#run, now);
    return before !== undefined && this.#dayMark.day !== before.day;
  }

  /** Whether an assessment at this time would begin a day. */
  isNewDay(at: Timestamp): boolean {
    return this.#dayMark === undefined || utcDay(at) > this.#dayMark.day;
  }

  /** @throws BrokenInvariantError ACCOUNTING_IDENTITY */
  assertIdentity(at: Timestamp): void {
    const { holds, equity: actual, expected } = checkIdentity(this.account, this.marks);
    if (holds) return;
    throw new BrokenInvariantError(
      'ACCOUNTING_IDENTITY',
      `at ${at} equity is ${formatDecimal(actual)}, expected ${formatDecimal(expected)}`,
    );
  }

  hold(symbol: TradingSymbol, change: Partial<Holding>): void {
    const holding = this.holdings.get(symbol);
    if (holding !== undefined) this.holdings.set(symbol, { ...holding, ...change });
  }

  startHolding(symbol: TradingSymbol, entryOrderId: string, price: Price): void {
    this.holdings.set(symbol, {
      entryOrderId,
      ...startExcursion(price),
      exits: 0,
      misses: 0,
      leaving: false,
    });
  }

  trackPrice(symbol: TradingSymbol, price: Price): void {
    const holding = this.holdings.get(symbol);
    if (holding !== undefined) this.holdings.set(symbol, { ...holding, ...trackPrice(holding, price) });
  }

  /** A point of the equity curve; the last one of a time stands. */
  snapshot(time: Timestamp): void {
    const [now, exposure] = [this.equity, this.holdingsValue];
    if (now === undefined || exposure === undefined) return;
    if (this.curve.at(-1)?.time === time) this.curve.pop();
    this.curve.push({ time, equity: now, exposure });
  }
}
