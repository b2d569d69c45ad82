import { drawdownRatio } from '../../domain/account/drawdown.ts';
import { formatPercent } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { DRAWDOWN_SOURCE, drawdownDemand } from '../../domain/risk/demands.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LatchedDemand, LedgerTransaction } from '../../ports/ledger.ts';
import { raiseAlert } from '../alert-event.ts';
import { breakerEntry } from '../journal-kinds.ts';
import { type RiskContext, stateNow, tellState } from './risk-context.ts';

/** Latches a breaker, tells people and execution; does nothing when it is latched already. */
export async function latchBreaker(
  context: RiskContext,
  tx: LedgerTransaction,
  demand: LatchedDemand,
): Promise<void> {
  const latched = await tx.demands();
  if (latched.some((other) => other.source === demand.source)) return;
  await tx.latchDemand(demand);
  const { since: eventTime, source, state, reason } = demand;
  await tx.appendJournal('risk', [breakerEntry(demand, { eventTime })]);
  await raiseAlert(context, tx, {
    name: 'TradingCircuitBreakerOpen',
    about: [source, eventTime],
    message: `${source} latched ${state}: ${reason}`,
    context: demand.evidence,
    eventTime,
  });
  await tellState(context, tx, { state: await stateNow(context, tx), reason: source, eventTime });
  context.metrics.breakers.add(1, {});
  context.metrics.trips.add(1, { reason: source.replace('breaker:', '') });
}

/** The daily drawdown, when it is breached now. */
export function drawdownBreach(context: RiskContext, at: Timestamp): LatchedDemand | undefined {
  const { books, settings } = context;
  const { maxDailyDrawdownRatio: limit, onBreaker } = settings.limits;
  if (!books.isBreached(limit)) return undefined;
  const { dayMark } = books.document;
  const { equity } = books;
  if (dayMark === undefined || equity === undefined) return undefined;
  const drawdown = formatPercent(drawdownRatio(dayMark.highWater, equity));
  return {
    source: DRAWDOWN_SOURCE,
    state: drawdownDemand(onBreaker).state,
    reason: `the day lost ${drawdown} of its highest equity, limit: ${formatPercent(limit)}`,
    evidence: {
      equity: formatDecimal(equity),
      highWater: formatDecimal(dayMark.highWater),
      drawdown,
      limit: formatPercent(limit),
    },
    since: at,
  };
}
