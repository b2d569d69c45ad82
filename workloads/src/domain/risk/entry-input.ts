import type { Account } from '../account/account.ts';
import type { DayMark } from '../account/drawdown.ts';
import type { Instrument } from '../market/instrument.ts';
import type { CandleReturns } from '../market/volatility.ts';
import type { Money, Price, Ratio } from '../money/amounts.ts';
import type { ReservedTotals } from '../orders/reservation.ts';
import type { OrderType } from '../orders/order.ts';
import type { Signal } from '../strategy/signal.ts';
import type { Duration, Timestamp } from '../time.ts';
import type { Activity } from './activity.ts';
import type { BotState } from './bot-state.ts';
import type { RiskLimits } from './limits.ts';

/** How an input is known (the venue declares it): `absent` denies, `modelled` counts and is said in the verdict. */
export type Quality = 'measured' | 'modelled' | 'absent';

/** The declared quality of the inputs that checks use. */
export interface InputQualities {
  readonly spread: Quality;
  readonly depth: Quality;
  readonly clockOffset: Quality;
  readonly balances: Quality;
}

/** What is known of a symbol's market. Every `undefined` denies with the code of its check. */
export interface MarketView {
  readonly instrument: Instrument | undefined;
  /** The latest price. */
  readonly referencePrice: Price | undefined;
  /** What the latest data is from: the close of a candle, the time of a tick, or a proof that the channel lives. */
  readonly dataTime: Timestamp | undefined;
  /** Interval of a candle feed, which may be that much older; 0 for ticks. */
  readonly feedInterval: Duration;
  /** The largest move of the reference within `priceWindow` (`largestMove`). */
  readonly priceMove: Ratio | undefined;
  /** Spread / mid price, now and averaged over 24 h. */
  readonly spread: { readonly current: Ratio; readonly average: Ratio } | undefined;
  /** The latest one-candle return and σ of such returns over 24 h. */
  readonly volatility: CandleReturns | undefined;
  /** Quote value that the book can take. */
  readonly depth: Money | undefined;
  /** Our clock less the venue's. */
  readonly clockOffset: Duration | undefined;
  readonly quality: InputQualities;
}

/** What is known of the account. */
export interface AccountView {
  readonly book: Account | undefined;
  /** At the latest marks (`equity`). */
  readonly equity: Money | undefined;
  /** Σ position × mark with dust (`holdingsValue`). */
  readonly holdings: Money | undefined;
  /** Quote units that can be spent, reservations not yet subtracted; in live the smaller of ledger and venue. */
  readonly cash: Money | undefined;
  readonly reserved: ReservedTotals;
  readonly dayMark: DayMark | undefined;
}

/** How an entry would be sent. */
export interface EntryTerms {
  readonly orderType: OrderType;
  /** From the signal's decision to `validUntil` (replay: one interval). */
  readonly validFor: Duration;
  /** Used where the instrument names no fee. */
  readonly takerFeeRatio: Ratio;
}

/** Everything a verdict on an entry is made from. */
export interface EntryInput {
  readonly bot: string;
  readonly account: string;
  readonly signal: Signal;
  /** The moment of the decision (event time in a replay). */
  readonly now: Timestamp;
  /** The effective state: the strictest of all demands. */
  readonly state: BotState | undefined;
  /** Entries are held for an update until then; undefined when they are not. */
  readonly heldUntil: Timestamp | undefined;
  readonly reconciled: boolean | undefined;
  readonly limits: RiskLimits;
  /** `limitsHash(limits)`, computed once for each version of the limits. */
  readonly limitsHash: string;
  readonly terms: EntryTerms;
  readonly market: MarketView;
  readonly money: AccountView;
  readonly activity: Activity;
  /** Entries of this symbol wait until then; undefined when it was never entered. */
  readonly cooldownUntil: Timestamp | undefined;
}
