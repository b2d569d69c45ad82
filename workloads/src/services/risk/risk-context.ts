import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { highestFee } from '../../domain/risk/entry-plan.ts';
import type { ReservationTerms } from '../../domain/orders/reservation.ts';
import type { RiskSettings } from '../../contract/settings.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { BotStateEvent } from '../../events/event.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import { envelope } from '../envelope.ts';
import type { ServiceDeps } from '../service.ts';
import { readState } from '../state-gate.ts';
import type { Books } from './books.ts';
import type { MarketWatch } from './market-watch.ts';
import type { RiskMetrics } from './metrics.ts';
import type { OpenOrders } from './open-orders.ts';

/** What the parts of risk share. */
export interface RiskContext extends Pick<ServiceDeps, 'bot' | 'ledger' | 'relay' | 'clock' | 'log'> {
  readonly account: string;
  readonly settings: RiskSettings;
  readonly limitsHash: string;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  /** From the decision on an entry to its `validUntil`. */
  readonly validFor: Duration;
  /** How long a symbol's next entry waits after its last. */
  readonly cooldown: Duration;
  /** What is demanded besides what the ledger holds: by the spec now, by calls not written yet. */
  readonly unlatched: () => readonly Demand[];
  /** Whether ledger and venue agree; undefined while nobody knows. */
  readonly reconciled: () => boolean | undefined;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  /** The state that was last told; undefined before the first. */
  readonly told: { state: BotState | undefined };
  readonly markets: MarketWatch;
  readonly books: Books;
  readonly openOrders: OpenOrders;
  readonly metrics: RiskMetrics;
  /** Told of each verdict once it is durable. */
  readonly onVerdict: (verdict: Verdict) => void;
}

/** The strictest demand in force. */
export const stateNow = (context: RiskContext, ledger: LedgerReading): Promise<BotState> =>
  readState(ledger, ...context.unlatched());

export function termsOf(
  { settings }: Pick<RiskContext, 'settings'>,
  instrument: Instrument,
): ReservationTerms {
  const { takerFeeRatio, limits } = settings;
  return { feeRatio: highestFee(instrument, takerFeeRatio), marketCollarRatio: limits.maxSlippageRatio };
}

/** Tells execution to look at the demands again. */
export async function tellState(
  context: RiskContext,
  tx: LedgerTransaction,
  facts: { readonly state: BotState; readonly reason: string; readonly eventTime: Timestamp },
): Promise<void> {
  const { state, reason, eventTime } = facts;
  const head = envelope(context, { type: 'bot_state', id: [state, reason, eventTime], eventTime });
  const event: BotStateEvent = { ...head, state, reason };
  context.told.state = state;
  await context.relay.add(tx, 'orders', [event]);
}
