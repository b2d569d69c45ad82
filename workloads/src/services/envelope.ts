import { eventId } from '../events/event-id.ts';
import { SCHEMA_VERSION } from '../events/event.ts';
import type { Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

export interface EnvelopeFacts<Type extends string> {
  readonly type: Type;
  /** What makes the event the one it is; with bot and type they are its id. */
  readonly id: readonly (string | number)[];
  readonly eventTime: Timestamp;
  readonly cause?: string | undefined;
}

export interface MadeEnvelope<Type extends string> {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly type: Type;
  readonly eventId: string;
  readonly eventTime: Timestamp;
  readonly createdTime: Timestamp;
  readonly bot: string;
  readonly cause?: string;
}

/** The head of an event. Its id depends on the facts alone, so that making it again makes the same event. */
export function envelope<Type extends string>(
  by: { readonly bot: string; readonly clock: Clock },
  facts: EnvelopeFacts<Type>,
): MadeEnvelope<Type> {
  return {
    schemaVersion: SCHEMA_VERSION,
    type: facts.type,
    eventId: eventId(by.bot, facts.type, ...facts.id),
    eventTime: facts.eventTime,
    createdTime: by.clock.now(),
    bot: by.bot,
    ...(facts.cause === undefined ? {} : { cause: facts.cause }),
  };
}
