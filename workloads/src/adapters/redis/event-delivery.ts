import { decodeEvent } from '../../events/codec.ts';
import type { StreamEvents, StreamName } from '../../events/event.ts';
import type { DeadLetter, Subscription } from '../../ports/bus.ts';
import { fullJitter } from '../backoff.ts';
import type { DeadLetters } from './dead-letters.ts';
import { pause } from '../../ports/pause.ts';
import { toFailure } from './redis-failure.ts';
import type { RedisBusDeps, RedisBusSettings } from './settings.ts';

export interface DeliveryDeps<Name extends StreamName> extends Pick<
  RedisBusDeps,
  'clock' | 'logger' | 'random'
> {
  readonly subscription: Subscription<Name>;
  readonly letters: DeadLetters;
  readonly settings: RedisBusSettings;
  /** Aborted when nothing is to be delivered any more. */
  readonly signal: AbortSignal;
}

/** Gives events to a subscription's handler, one at a time, until each is consumed or given up on. */
export class EventDelivery<Name extends StreamName> {
  readonly #deps: DeliveryDeps<Name>;
  #losses = 0;

  constructor(deps: DeliveryDeps<Name>) {
    this.#deps = deps;
  }

  /** How often a loss was reported. */
  get losses(): number {
    return this.#losses;
  }

  /** `true`: every event of the entry is consumed or given up on; `false`: it was stopped before. */
  async deliver(texts: readonly string[], entryId: string): Promise<boolean> {
    for (const text of texts) {
      if (this.#deps.signal.aborted) return false;
      const decoded = decodeEvent(this.#deps.subscription.stream, text);
      const isDone = decoded.ok
        ? await this.#handle(decoded.event, text)
        : await this.#giveUp({ eventId: idIn(text) ?? entryId, reason: decoded.reason, deliveries: 0 }, text);
      if (!isDone) return false;
    }
    return true;
  }

  /** Gives a whole entry up that ended its consumer each time. */
  async giveUpEntry(texts: readonly string[], entryId: string, deliveries: number): Promise<boolean> {
    const reason = `delivered ${deliveries} times, and each time its consumer ended before it answered`;
    for (const text of texts) {
      if (!(await this.#giveUp({ eventId: idIn(text) ?? entryId, reason, deliveries }, text))) return false;
    }
    return true;
  }

  /** Tells the consumer that events may be lost, until it took it in or the subscription is stopped. */
  async reportLoss(reason: string): Promise<void> {
    const { subscription, logger, signal } = this.#deps;
    const { stream, group, onLost } = subscription;
    this.#losses += 1;
    logger.warn({ stream, group, reason }, 'events may be lost: the consumer recovers from the ledger');
    for (let attempt = 0; onLost !== undefined && !signal.aborted; attempt += 1) {
      try {
        await onLost(reason);
        return;
      } catch (error) {
        logger.error(
          { stream, group, reason: messageOf(error) },
          'recovering from a loss failed: tried again',
        );
        await this.#pause(attempt);
      }
    }
  }

  async #handle(event: StreamEvents[Name], text: string): Promise<boolean> {
    const { subscription, settings, signal } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await subscription.handle(event, { attempt });
        return true;
      } catch (error) {
        const { eventId } = event;
        if (attempt >= settings.maxDeliveries) {
          return this.#giveUp({ eventId, reason: messageOf(error), deliveries: attempt }, text);
        }
      }
      await this.#pause(attempt);
      if (signal.aborted) return false;
    }
  }

  async #giveUp(letter: Omit<DeadLetter, 'group' | 'payload'>, payload: string): Promise<boolean> {
    const { subscription, letters, logger, signal } = this.#deps;
    const { stream, group } = subscription;
    const { eventId, reason } = letter;
    logger.error({ stream, group, eventId, reason }, 'an event is given up on: see the dead letters');
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await letters.add(stream, { ...letter, group, payload });
        return true;
      } catch (error) {
        logger.error({ stream, group, reason: toFailure(error).message }, 'a dead letter could not be kept');
        await this.#pause(attempt);
      }
    }
    return false;
  }

  #pause(attempt: number): Promise<void> {
    const { clock, settings, random, signal } = this.#deps;
    return pause(clock, fullJitter(settings.redelivery, attempt, random), signal);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The id of an event that could not be read as one, where it bears one. */
function idIn(text: string): string | undefined {
  return /"eventId":"([^"\\]{1,200})"/.exec(text)?.[1];
}
