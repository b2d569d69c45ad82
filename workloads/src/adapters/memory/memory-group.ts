import type { StreamEvent, StreamName } from '../../events/event.ts';
import type { DeadLetter, Delivery } from '../../ports/bus.ts';
import { encodeEvent } from '../../events/codec.ts';
import { Fifo } from './fifo.ts';
import type { Pump } from './pump.ts';

export type Handler = (event: StreamEvent, delivery: Delivery) => Promise<void>;

export interface GroupSettings {
  readonly stream: StreamName;
  readonly group: string;
  readonly capacity: number;
  readonly maxDeliveries: number;
  readonly pump: Pump;
  readonly giveUp: (letter: DeadLetter) => void;
  /** Runs a handler so that what it publishes can be told from what others publish. */
  readonly enter: (work: () => Promise<void>) => Promise<void>;
}

/**
 * What one consumer group of one stream has still to consume. An event leaves the queue only when its handler resolved
 * or when it was given up on; so whatever stops, it is still there for the next subscriber.
 */
export class MemoryGroup {
  readonly #settings: GroupSettings;
  readonly #queue = new Fifo<StreamEvent>();
  #handler: Handler | undefined;
  /** Deliveries of the event at the head so far. */
  #attempts = 0;
  #inHand: Promise<unknown> | undefined;
  #waiting: (() => void)[] = [];
  #released = false;

  constructor(settings: GroupSettings) {
    this.#settings = settings;
  }

  get full(): boolean {
    return this.#queue.size >= this.#settings.capacity;
  }

  get subscribed(): boolean {
    return this.#handler !== undefined;
  }

  add(event: StreamEvent): void {
    this.#queue.push(event);
    if (this.subscribed) this.#schedule();
  }

  /** Resolves when the queue is below its capacity, or the group has let go of its publishers. */
  async room(): Promise<void> {
    while (this.full && !this.#released) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  subscribe(handler: Handler): void {
    this.#handler = handler;
    for (let i = 0; i < this.#queue.size; i += 1) this.#schedule();
  }

  /** Nothing is delivered from now on; resolves when the handler in hand is finished. */
  async stop(): Promise<void> {
    this.#handler = undefined;
    await this.#inHand;
  }

  /** Lets every publisher that waits for room go on: the bus is closing and tells them so itself. */
  release(): void {
    this.#released = true;
    this.#wake();
  }

  #schedule(): void {
    this.#settings.pump.add(() => this.#deliver());
  }

  /** Deliver the event at the head until it is consumed, given up on, or nobody listens any more. */
  async #deliver(): Promise<void> {
    const event = this.#queue.peek();
    let done = false;
    while (event !== undefined && !done) {
      const handler = this.#handler;
      if (handler === undefined) return;
      const attempt = this.#try(handler, event);
      this.#inHand = attempt;
      done = await attempt;
    }
  }

  async #try(handler: Handler, event: StreamEvent): Promise<boolean> {
    this.#attempts += 1;
    const attempt = this.#attempts;
    try {
      await this.#settings.enter(() => handler(event, { attempt }));
    } catch (error) {
      if (attempt < this.#settings.maxDeliveries) return false;
      this.#settings.giveUp(this.#deadLetter(event, error));
    }
    this.#take();
    return true;
  }

  #deadLetter(event: StreamEvent, error: unknown): DeadLetter {
    const { stream, group } = this.#settings;
    const reason = error instanceof Error ? error.message : String(error);
    return {
      eventId: event.eventId,
      group,
      reason,
      deliveries: this.#attempts,
      payload: encodeEvent(stream, event),
    };
  }

  #take(): void {
    this.#queue.shift();
    this.#attempts = 0;
    this.#wake();
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
