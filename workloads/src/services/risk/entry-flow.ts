import { intentFingerprint, recordEntry } from '../../domain/risk/activity.ts';
import { decideEntry } from '../../domain/risk/decide.ts';
import { breakerOf, ENTRIES_SOURCE } from '../../domain/risk/demands.ts';
import type { AccountView, EntryInput } from '../../domain/risk/entry-input.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { SignalEvent } from '../../events/event.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import { recordVerdict } from './approve.ts';
import { latchBreaker } from './breaker.ts';
import { type RiskContext, stateNow } from './risk-context.ts';

/** Judges a signal, once. Everything it leads to is in the transaction given. Undefined when it was judged before. */
export async function judgeSignal(
  context: RiskContext,
  tx: LedgerTransaction,
  event: SignalEvent,
): Promise<Verdict | undefined> {
  // Asked together: one round trip.
  const [isNew, input] = await Promise.all([
    tx.markConsumed('risk', event.eventId),
    gather(context, tx, event),
    tx.holdJournal('risk'),
  ]);
  if (!isNew) return undefined;
  const verdict = decideEntry(input);
  await recordVerdict(context, tx, verdict, event.eventId);
  if (verdict.order !== undefined) countEntry(context, verdict.order);
  await latchIfTripped(context, tx, verdict);
  return verdict;
}

async function gather(context: RiskContext, tx: LedgerReading, { signal }: SignalEvent): Promise<EntryInput> {
  const { bot, account, clock, settings, limitsHash, books, markets, validFor, cooldown } = context;
  const now = clock.now();
  const lastEntry = books.document.lastEntry[signal.symbol];
  const [state, hold, money] = await Promise.all([
    stateNow(context, tx),
    tx.entryHold(),
    accountView(context, tx),
  ]);
  return {
    bot,
    account,
    signal,
    now,
    state,
    heldUntil: hold?.until,
    reconciled: context.reconciled(),
    limits: settings.limits,
    limitsHash,
    terms: { orderType: settings.orderType, validFor, takerFeeRatio: settings.takerFeeRatio },
    market: markets.of(signal.symbol).view(now, settings.limits.maxDataAge + settings.interval),
    money,
    activity: books.document.activity,
    cooldownUntil: lastEntry === undefined ? undefined : lastEntry + cooldown,
  };
}

/** The account with what open orders hold back. */
export async function accountView(context: RiskContext, tx: LedgerReading): Promise<AccountView> {
  const { books, openOrders } = context;
  // Orders and account of one moment: a fill that was booked meanwhile is out of the first and in the second.
  await Promise.all([openOrders.refresh(tx), books.reload(tx)]);
  return {
    book: books.account,
    equity: books.equity,
    holdings: books.holdingsValue,
    cash: books.account?.cash,
    reserved: openOrders.reserved(context),
    dayMark: books.document.dayMark,
  };
}

function countEntry({ books, settings }: RiskContext, order: NonNullable<Verdict['order']>): void {
  const activity = recordEntry(books.document.activity, {
    fingerprint: intentFingerprint(order.symbol, order.side, order.quantity),
    at: order.decidedTime,
    duplicateWindow: settings.limits.duplicateWindow,
  });
  books.update({ activity });
}

async function latchIfTripped(context: RiskContext, tx: LedgerTransaction, verdict: Verdict): Promise<void> {
  const breaker = breakerOf(verdict, context.settings.limits.onBreaker);
  if (breaker === undefined) return;
  const { source, state, reason } = breaker;
  if (source === ENTRIES_SOURCE) context.books.update({ entriesLatched: true });
  await latchBreaker(context, tx, {
    source,
    state,
    reason,
    evidence: { verdictId: verdict.verdictId, code: verdict.code },
    since: verdict.time,
  });
}
