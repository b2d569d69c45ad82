/** What risk knows of the account right now: the ledger's book, its own document, and what follows from prices. */
import type { Account } from '../../domain/account/account.ts';
import { type DayMark, isDrawdownBreached, markDay, trackDrawdown } from '../../domain/account/drawdown.ts';
import {
  checkIdentity,
  equity,
  holdingsValue,
  type Marks,
  unrealizedPnl,
} from '../../domain/account/equity.ts';
import { trackCandle, trackPrice } from '../../domain/account/excursion.ts';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price, Ratio } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { HOUR, type Timestamp } from '../../domain/time.ts';
import type { EquitySnapshot, LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import {
  EMPTY_DOCUMENT,
  type Holding,
  readRiskDocument,
  type RiskDocument,
  writeRiskDocument,
} from './risk-document.ts';

export class Books {
  readonly #marks: Marks;
  #account: Account | undefined;
  #document: RiskDocument = EMPTY_DOCUMENT;
  #saved: RiskDocument = EMPTY_DOCUMENT;
  /** Taken but not yet written. */
  #snapshots: EquitySnapshot[] = [];

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  get account(): Account | undefined {
    return this.#account;
  }

  /** The latest price of each symbol. */
  get marks(): Marks {
    return this.#marks;
  }

  get document(): RiskDocument {
    return this.#document;
  }

  /** Undefined while an open position has no price. */
  get equity(): Money | undefined {
    return this.#account === undefined ? undefined : equity(this.#account, this.#marks);
  }

  get holdingsValue(): Money | undefined {
    return this.#account === undefined ? undefined : holdingsValue(this.#account, this.#marks);
  }

  async recover(ledger: LedgerReading): Promise<void> {
    this.#document = readRiskDocument(await ledger.state('risk'));
    this.#saved = this.#document;
    await this.reload(ledger);
  }

  /** The account as the ledger has it now. */
  async reload(ledger: LedgerReading): Promise<void> {
    this.#account = await ledger.account();
  }

  update(change: Partial<RiskDocument>): void {
    this.#document = { ...this.#document, ...change };
  }

  holding(symbol: TradingSymbol): Holding | undefined {
    return this.#document.holdings[symbol];
  }

  /** Remembers a holding, or forgets it. */
  hold(symbol: TradingSymbol, holding: Holding | undefined): void {
    const others = Object.entries(this.#document.holdings).filter(([other]) => other !== symbol);
    const kept: readonly (readonly [TradingSymbol, Holding])[] =
      holding === undefined ? others : [...others, [symbol, holding]];
    this.update({ holdings: Object.fromEntries(kept) });
  }

  /** A candle that passed while the symbol was held. */
  trackCandle(candle: Candle): void {
    const holding = this.holding(candle.symbol);
    if (holding === undefined) return;
    const excursion = trackCandle(holding, candle);
    if (excursion !== holding) this.hold(candle.symbol, { ...holding, ...excursion });
  }

  trackPrice(symbol: TradingSymbol, price: Price): void {
    const holding = this.holding(symbol);
    if (holding !== undefined) this.hold(symbol, { ...holding, ...trackPrice(holding, price) });
  }

  /**
   * Follow the equity: the day's high-water mark and the run's drawdown. Returns the day mark before when a UTC day
   * began. Does nothing while the equity is not known.
   */
  assess(at: Timestamp): DayMark | undefined {
    const now = this.equity;
    if (now === undefined) return undefined;
    const { dayMark: before, run: runBefore } = this.#document;
    const dayMark = markDay(before, now, at);
    const run = trackDrawdown(runBefore, now);
    if (dayMark !== before || run !== runBefore) this.update({ dayMark, run });
    return before !== undefined && dayMark.day !== before.day ? before : undefined;
  }

  isBreached(limit: Ratio): boolean {
    const { dayMark } = this.#document;
    const now = this.equity;
    return dayMark !== undefined && now !== undefined && isDrawdownBreached(dayMark, now, limit);
  }

  /** Whether the day's high-water mark is higher, or of another day, than the ledger knows. */
  get isMarkUnsaved(): boolean {
    return this.#document.dayMark !== this.#saved.dayMark;
  }

  /** @throws BrokenInvariantError ACCOUNTING_IDENTITY */
  assertIdentity(at: Timestamp): void {
    if (this.#account === undefined) return;
    const { holds, equity: actual, expected } = checkIdentity(this.#account, this.#marks);
    if (holds) return;
    throw new BrokenInvariantError(
      'ACCOUNTING_IDENTITY',
      `at ${at} equity is ${formatDecimal(actual)}, expected ${formatDecimal(expected)}`,
    );
  }

  /**
   * Event time moves on. Before it does, the snapshot of the time so far is taken, one an hour: then every symbol's price
   * of that time is in it.
   */
  advance(to: Timestamp): void {
    const { time, snapshotTime } = this.#document;
    if (to <= time) return;
    if (Math.floor(time / HOUR) !== Math.floor(snapshotTime / HOUR)) {
      this.snapshot(time);
      this.update({ snapshotTime: time });
    }
    this.update({ time: to });
  }

  snapshot(time: Timestamp): void {
    const account = this.#account;
    const now = this.equity;
    if (account === undefined || now === undefined) return;
    const unrealized = unrealizedPnl(account, this.#marks);
    if (unrealized === undefined) return;
    const { cash, realizedPnl, fees } = account;
    const latest = this.#snapshots.at(-1);
    // The last one of a time stands.
    if (latest?.time === time) this.#snapshots.pop();
    this.#snapshots.push({ time, equity: now, cash, realizedPnl, unrealizedPnl: unrealized, fees });
  }

  /** The snapshots taken since the last call. */
  takeSnapshots(): readonly EquitySnapshot[] {
    const taken = this.#snapshots;
    this.#snapshots = [];
    return taken;
  }

  /** Writes the document, if it changed since it was last written or read. */
  async save(tx: LedgerTransaction): Promise<void> {
    if (this.#document === this.#saved) return;
    this.#saved = this.#document;
    await tx.putState('risk', writeRiskDocument(this.#document));
  }
}
