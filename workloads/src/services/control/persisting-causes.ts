import { z } from 'zod';
import { DRAWDOWN_SOURCE } from '../../domain/risk/demands.ts';
import { type Timestamp, utcDay } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LatchedDemand, LedgerReading } from '../../ports/ledger.ts';

/** Whether the day's drawdown is breached right now; undefined while the equity is not known. */
export type DrawdownCause = () => boolean | undefined;

const dayOf = z.looseObject({ dayMark: z.looseObject({ day: z.int() }).exactOptional() });

/**
 * Why the cause of a latch is still there, by source. The daily drawdown is the only latch whose cause the bot can see
 * for itself; what else is latched (a foreign writer, entries of a day, a person's halt) a person has to judge.
 */
export async function persistingCauses(
  ledger: LedgerReading,
  latched: readonly LatchedDemand[],
  by: { readonly clock: Clock; readonly drawdown?: DrawdownCause },
): Promise<ReadonlyMap<string, string>> {
  const breaker = latched.find(({ source }) => source === DRAWDOWN_SOURCE);
  if (breaker === undefined) return new Map();
  const why =
    by.drawdown === undefined
      ? await whyByLedger(ledger, by.clock.now())
      : whyByPrices(by.drawdown(), breaker.reason);
  return new Map(why === undefined ? [] : [[DRAWDOWN_SOURCE, why]]);
}

function whyByPrices(breached: boolean | undefined, reason: string): string | undefined {
  if (breached === false) return undefined;
  const next = 'resume after 00:00 UTC, when the figure restarts, or raise risk.maxDailyDrawdown';
  if (breached === undefined) return `the equity is not known now (${reason}); wait for prices`;
  return `${reason}; ${next}`;
}

/** Without prices only the day tells: on the day of the breach it counts as breached (fail closed). */
async function whyByLedger(ledger: LedgerReading, now: Timestamp): Promise<string | undefined> {
  const stored = dayOf.safeParse(await ledger.state('risk'));
  const day = stored.success ? stored.data.dayMark?.day : undefined;
  if (day !== undefined && utcDay(now) > day) return undefined;
  return 'the equity is not known here and the day of the breach is not over; ask the risk service, or resume after 00:00 UTC';
}
