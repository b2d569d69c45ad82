/**
 * The in-process bus: the semantics of streams and consumer groups without a server. Nothing survives the process; the
 * ledger does (design: crash-only), so what a crash loses here is decided again from there.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { StreamEvent, StreamEvents, StreamName } from '../../events/event.ts';
import {
  type Bus,
  BusError,
  type DeadLetter,
  type RunningSubscription,
  type Subscription,
} from '../../ports/bus.ts';
import { type Handler, MemoryGroup } from './memory-group.ts';
import { Pump } from './pump.ts';

export interface MemoryBusSettings {
  /**
   * `serial`: one delivery at a time over all groups, in the order of publication and, per event, of subscription: a
   * replay is the same every time. `concurrent`: one worker a group.
   */
  readonly dispatch: 'serial' | 'concurrent';
  /** Deliveries of one event to one group before it is given up on. */
  readonly maxDeliveries: number;
  /** Events one group may have waiting before `publish` waits. */
  readonly capacity: number;
}

const DEFAULTS: MemoryBusSettings = { dispatch: 'concurrent', maxDeliveries: 5, capacity: 10_000 };

interface Stream {
  readonly groups: Map<string, MemoryGroup>;
  readonly deadLetters: DeadLetter[];
  /** The last publish that had to wait; later ones of the stream queue behind it. */
  tail: Promise<void> | undefined;
}

export class MemoryBus implements Bus {
  readonly #settings: MemoryBusSettings;
  readonly #streams = new Map<StreamName, Stream>();
  readonly #pumps: Pump[] = [];
  readonly #insideHandler = new AsyncLocalStorage<true>();
  #refusal: Error | undefined;

  constructor(settings: Partial<MemoryBusSettings> = {}) {
    this.#settings = { ...DEFAULTS, ...settings };
  }

  publish<Name extends StreamName>(name: Name, events: readonly StreamEvents[Name][]): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const stream = this.#stream(name);
    // Serial dispatch waits for the handler in hand: if that handler waited for room, nobody could ever make room.
    const waits = this.#settings.dispatch === 'concurrent' || this.#insideHandler.getStore() === undefined;
    if (stream.tail !== undefined && waits) return this.#publishAfter(stream, events);
    for (const [index, event] of events.entries()) {
      if (waits && isFull(stream)) return this.#publishAfter(stream, events.slice(index));
      deliverToGroups(stream, event);
    }
    return Promise.resolve();
  }

  subscribe<Name extends StreamName>(subscription: Subscription<Name>): Promise<RunningSubscription> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const { stream, group: name } = subscription;
    const group = this.#group(stream, name);
    if (group.subscribed) {
      const message = `group ${name} of stream ${stream} has a subscriber already: stop it first`;
      return Promise.reject(new BusError('BUS_GROUP_TAKEN', message, { retryable: false }));
    }
    // The stream's name ties the handler's event type to what is published there.
    group.subscribe(subscription.handle as Handler);
    return Promise.resolve({ stop: () => group.stop() });
  }

  deadLetters(stream: StreamName): Promise<readonly DeadLetter[]> {
    return Promise.resolve([...this.#stream(stream).deadLetters]);
  }

  /** Whether everything published so far, and everything that followed from it, is consumed. */
  get isQuiet(): boolean {
    return this.#busy() === undefined;
  }

  /**
   * Resolves when nothing waits for a subscriber and no handler is in hand: everything published so far, and everything
   * that followed from it, is consumed. Rejects with the error of `halt`.
   */
  async quiesce(): Promise<void> {
    for (let busy = this.#busy(); busy !== undefined; busy = this.#busy()) await busy.idle();
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Nothing is delivered or taken any more, at once: an invariant is broken and every later step could do harm. */
  halt(error: Error): void {
    this.#refusal ??= error;
    for (const group of this.#groups()) {
      void group.stop();
      group.release();
    }
  }

  async close(): Promise<void> {
    this.#refusal ??= new BusError('BUS_CLOSED', 'the bus is closed', { retryable: false });
    const groups = [...this.#groups()];
    const stopped = groups.map((group) => group.stop());
    for (const group of groups) group.release();
    await Promise.all(stopped);
  }

  #publishAfter(stream: Stream, events: readonly StreamEvent[]): Promise<void> {
    const mine = (stream.tail ?? Promise.resolve()).then(() => this.#publishSlowly(stream, events));
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    stream.tail = settled;
    void settled.then(() => {
      if (stream.tail === settled) stream.tail = undefined;
    });
    return mine;
  }

  async #publishSlowly(stream: Stream, events: readonly StreamEvent[]): Promise<void> {
    for (const event of events) {
      while (isFull(stream) && this.#refusal === undefined) {
        await Promise.all([...stream.groups.values()].map((group) => group.room()));
      }
      if (this.#refusal !== undefined) throw this.#refusal;
      deliverToGroups(stream, event);
    }
  }

  #busy(): Pump | undefined {
    return this.#pumps.find((pump) => pump.busy);
  }

  *#groups(): Iterable<MemoryGroup> {
    for (const stream of this.#streams.values()) yield* stream.groups.values();
  }

  #stream(name: StreamName): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = { groups: new Map(), deadLetters: [], tail: undefined };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  #group(streamName: StreamName, name: string): MemoryGroup {
    const stream = this.#stream(streamName);
    let group = stream.groups.get(name);
    if (group === undefined) {
      group = new MemoryGroup({
        stream: streamName,
        group: name,
        capacity: this.#settings.capacity,
        maxDeliveries: this.#settings.maxDeliveries,
        pump: this.#pumpOfGroup(),
        giveUp: (letter) => stream.deadLetters.push(letter),
        enter:
          this.#settings.dispatch === 'serial'
            ? (work) => this.#insideHandler.run(true, work)
            : (work) => work(),
      });
      stream.groups.set(name, group);
    }
    return group;
  }

  #pumpOfGroup(): Pump {
    const shared = this.#settings.dispatch === 'serial' ? this.#pumps[0] : undefined;
    if (shared !== undefined) return shared;
    const pump = new Pump();
    this.#pumps.push(pump);
    return pump;
  }
}

function isFull(stream: Stream): boolean {
  for (const group of stream.groups.values()) if (group.full) return true;
  return false;
}

function deliverToGroups(stream: Stream, event: StreamEvent): void {
  for (const group of stream.groups.values()) group.add(event);
}
