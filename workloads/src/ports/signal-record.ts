import type { JournalDraft, JournalHead } from '../domain/journal/chain.ts';
import type { SignalEvent } from '../events/event.ts';
import type { OutboxListener } from './outbox.ts';

/** A signal as the signal engine stores it: its mark, its journal entry and its event, all or nothing. */
export interface SignalRecord {
  readonly event: SignalEvent;
  readonly entry: JournalDraft;
  /** The end of the journal of `signal`, to which the entry is added. */
  readonly after: JournalHead;
  /** Told of the row to publish once it is stored. */
  readonly done: OutboxListener;
}
