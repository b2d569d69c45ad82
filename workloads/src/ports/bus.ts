import type { StreamEvents, StreamName } from '../events/event.ts';

/**
 * The event bus, with the semantics of streams and consumer groups.
 *
 * In the contract:
 * - `publish` resolves once the events are taken; events of one call keep their order, also across one publisher's calls.
 *   On `market_data` the order holds for each symbol; an adapter may cut the stream into shards by symbol.
 * - Every group of a stream sees every event published after the group was created, in that order, one at a time (over
 *   all shards: a handler is never entered twice at once by one subscription).
 * - At least once: an event counts as consumed only when the handler resolves. A handler that rejects gets the same
 *   event again (same eventId) before any later one; after `maxDeliveries` rejections the event goes to the stream's
 *   dead letters with the last error's message, and the next one is delivered. Handlers are therefore idempotent by eventId.
 * - What was not consumed when a subscription stopped is delivered to the group's next subscriber.
 * - `stop` resolves when the handler in hand is finished; nothing is delivered afterwards.
 * - A full group (see `capacity`) makes `publish` wait: nothing is dropped. The exception are ticks, where an adapter may
 *   conflate: while a group is full or the connection is slow, a newer tick of a symbol may stand for an older one that
 *   still waits to be sent, and `publish` does not wait for it.
 * - A bystander (`BYSTANDERS`) never makes `publish` wait: what it leaves for too long may be lost to it (`onLost`). A bus
 *   within one process has none.
 * - A closed bus refuses to publish and to subscribe (`BUS_CLOSED`).
 * Not in the contract: durability across processes (Redis has it, memory has not), timing, ordering between streams.
 */
export interface Bus {
  publish<Name extends StreamName>(stream: Name, events: readonly StreamEvents[Name][]): Promise<void>;
  subscribe<Name extends StreamName>(subscription: Subscription<Name>): Promise<RunningSubscription>;
  /** Events given up on, oldest first. */
  deadLetters(stream: StreamName): Promise<readonly DeadLetter[]>;
  /** Stops every subscription, then releases resources. Idempotent. */
  close(): Promise<void>;
}

/** The group that tells people of alerts. */
export const NOTIFIER_GROUP = 'notifier';
/** Groups that look on: trading goes on whether they consume or not. */
export const BYSTANDERS: ReadonlySet<string> = new Set([NOTIFIER_GROUP]);

export interface Subscription<Name extends StreamName> {
  readonly stream: Name;
  /** One logical consumer; e.g. `risk`. Created at the stream's end when new. */
  readonly group: string;
  readonly handle: (event: StreamEvents[Name], delivery: Delivery) => Promise<void>;
  /**
   * Called when events of the stream may have been lost to this group (its server was emptied, the stream was trimmed
   * before they were consumed): the consumer recovers from the ledger, which is the truth. Awaited before the next
   * event. A bus that cannot lose never calls it.
   */
  readonly onLost?: (reason: string) => Promise<void>;
}

export interface Delivery {
  /** 1 for the first try. */
  readonly attempt: number;
}

export interface RunningSubscription {
  stop(): Promise<void>;
}

export interface DeadLetter {
  readonly eventId: string;
  readonly group: string;
  readonly reason: string;
  readonly deliveries: number;
  /** The event in its wire form, or what arrived when it could not be decoded. */
  readonly payload: string;
}

export type BusErrorCode = 'BUS_CLOSED' | 'BUS_GROUP_TAKEN' | 'BUS_REFUSED' | 'BUS_UNAVAILABLE';

/** A failure of the bus. `retryable`: the same call may succeed later. */
export class BusError extends Error {
  readonly code: BusErrorCode;
  readonly retryable: boolean;
  constructor(
    code: BusErrorCode,
    message: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'BusError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
