import type { Timestamp } from '../domain/time.ts';
import { type AlertName, ALERTS } from '../events/alert-registry.ts';
import type { AlertEvent } from '../events/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { LedgerTransaction } from '../ports/ledger.ts';
import { envelope } from './envelope.ts';
import type { OutboxRelay } from './outbox-relay.ts';

export interface AlertFacts {
  readonly name: AlertName;
  /** What makes it the one it is: raised again with the same, it is the same alert. */
  readonly about: readonly (string | number)[];
  readonly eventTime: Timestamp;
  /** For people: what is the matter and, where it helps, what to do. */
  readonly message: string;
  readonly context: Readonly<Record<string, string>>;
}

/** The only way to an alert: its name is of the registry, its level what the registry says. */
export function alertEvent(
  by: { readonly bot: string; readonly clock: Clock },
  { name, about, eventTime, message, context }: AlertFacts,
): AlertEvent {
  const head = envelope(by, { type: 'alert', id: [name, ...about], eventTime });
  return { ...head, level: ALERTS[name], code: name, message, context };
}

/** Raises one with what else a transaction does: it is told once that is durable. */
export const raiseAlert = (
  by: { readonly bot: string; readonly clock: Clock; readonly relay: OutboxRelay },
  tx: LedgerTransaction,
  facts: AlertFacts,
): Promise<void> => by.relay.add(tx, 'alerts', [alertEvent(by, facts)]);
