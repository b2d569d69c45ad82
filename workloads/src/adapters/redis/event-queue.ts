import { Fifo } from '../memory/fifo.ts';

/** Told what became of a call's events. */
export interface Receipt {
  readonly taken: () => void;
  readonly refused: (error: Error) => void;
}

export interface QueuedEvent {
  readonly text: string;
  /** Set for events of which only the latest matters: of two with the same key the newer may stand for both. */
  readonly conflate?: string;
  readonly receipt?: Receipt;
}

interface Slot {
  /** Undefined once a newer event stands for it. */
  event: QueuedEvent | undefined;
}

/** Events waiting to be sent, in order. When it is told to conflate, a newer event takes an older one's key over. */
export class EventQueue {
  readonly #slots = new Fifo<Slot>();
  readonly #latest = new Map<string, Slot>();
  #size = 0;
  #conflated = 0;

  get size(): number {
    return this.#size;
  }

  /** Events that were dropped because a newer one of the same key came. */
  get conflated(): number {
    return this.#conflated;
  }

  push(event: QueuedEvent, conflating: boolean): void {
    const slot: Slot = { event };
    if (event.conflate !== undefined) {
      const older = this.#latest.get(event.conflate);
      // The newer one goes to the end, so that the symbol's events stay in order.
      if (conflating && older?.event !== undefined) {
        older.event = undefined;
        this.#size -= 1;
        this.#conflated += 1;
      }
      this.#latest.set(event.conflate, slot);
    }
    this.#slots.push(slot);
    this.#size += 1;
  }

  /** At most `count` events and, after the first one, `characters`. */
  take(count: number, characters: number): QueuedEvent[] {
    const taken: QueuedEvent[] = [];
    let length = 0;
    for (let slot = this.#slots.peek(); slot !== undefined; slot = this.#slots.peek()) {
      const { event } = slot;
      if (event !== undefined) {
        if (taken.length === count || (taken.length > 0 && length + event.text.length > characters)) break;
        length += event.text.length;
        taken.push(event);
        this.#forget(event, slot);
      }
      this.#slots.shift();
    }
    return taken;
  }

  #forget(event: QueuedEvent, slot: Slot): void {
    this.#size -= 1;
    if (event.conflate !== undefined && this.#latest.get(event.conflate) === slot) {
      this.#latest.delete(event.conflate);
    }
  }
}
