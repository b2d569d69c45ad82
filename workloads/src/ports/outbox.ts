import type { StreamEvent, StreamName } from '../events/event.ts';

/** An event that is stored and to be published. */
export interface OutboxRow {
  /** Ascending in the order of the outbox. */
  readonly sequence: number;
  readonly stream: StreamName;
  readonly event: StreamEvent;
}

/** Told of what a transaction put into the outbox. */
export type OutboxListener = (rows: readonly OutboxRow[]) => void;
