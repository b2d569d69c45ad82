import { type Cause, type CauseName, CAUSES, seenCauses, trackCauses } from '../../domain/risk/causes.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import { raiseAlert } from '../alert-event.ts';
import { causeEntry } from '../journal-kinds.ts';
import type { RiskContext } from './risk-context.ts';

const sourceOf = (name: CauseName): string => `cause:${name}`;

/** Looks for causes that pass by themselves and keeps those in force in the ledger, where every process sees them. */
export class CauseWatch {
  #causes: readonly Cause[] = [];

  /** What is in force. */
  get active(): ReadonlySet<string> {
    return new Set(this.#causes.map(({ name }) => name));
  }

  /** What was in force before a restart counts as just seen. */
  async recover(ledger: LedgerReading, at: Timestamp): Promise<void> {
    const stored = await ledger.causes();
    this.#causes = CAUSES.flatMap((name) => {
      const found = stored.find(({ source }) => source === sourceOf(name));
      return found === undefined ? [] : [{ name, reason: found.reason, since: found.since, lastSeen: at }];
    });
  }

  async look(context: RiskContext, tx: LedgerTransaction, at: Timestamp): Promise<void> {
    const { limits, interval } = context.settings;
    const maxAge = limits.maxDataAge + interval;
    const seen = seenCauses({
      now: at,
      feedAge: context.markets.feedAge(at),
      maxFeedAge: maxAge,
      spreads: context.markets.spreads(at, { multiple: limits.maxSpreadMultiple, maxAge }),
      reconciled: context.reconciled(),
    });
    const before = this.#causes;
    this.#causes = trackCauses(before, seen, at);
    const begun = this.#causes.filter(({ name }) => before.every((cause) => cause.name !== name));
    const ended = before.filter(({ name }) => this.#causes.every((cause) => cause.name !== name));
    if (begun.length + ended.length === 0) return;
    await tx.putCauses(
      this.#causes.map(({ name, reason, since }) => ({ source: sourceOf(name), reason, since })),
    );
    await tx.appendJournal('risk', [
      ...begun.map(({ name, reason }) =>
        causeEntry({ source: sourceOf(name), reason, step: 'begins' }, { eventTime: at }),
      ),
      ...ended.map(({ name, reason }) =>
        causeEntry({ source: sourceOf(name), reason, step: 'ends' }, { eventTime: at }),
      ),
    ]);
    const silence = begun.find(({ name }) => name === 'feed');
    if (silence !== undefined) await tellOfSilence(context, tx, silence);
  }
}

/** A silent feed hides what positions are worth: no rule that looks at prices can act, and people should. */
async function tellOfSilence(
  context: RiskContext,
  tx: LedgerTransaction,
  { reason, since: eventTime }: Cause,
): Promise<void> {
  const symbols = [...(context.books.account?.positions.keys() ?? [])].join(',');
  await raiseAlert(context, tx, {
    name: 'TradingFeedStale',
    about: [eventTime],
    eventTime,
    message: `${reason}: no entries; held: ${symbols === '' ? 'nothing' : symbols}`,
    context: { symbols },
  });
}
