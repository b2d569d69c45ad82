import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '../../src/events/event.ts';
import { type Bus, BusError } from '../../src/ports/bus.ts';

export interface BusUnderTest {
  readonly bus: Bus;
  /** Takes away what the test left behind. */
  dispose(): Promise<void>;
}

export interface BusTestSettings {
  readonly capacity: number;
  readonly maxDeliveries: number;
}

/** An event that is told apart by its number. */
export function alert(number: number): AlertEvent {
  return {
    schemaVersion: 1,
    type: 'alert',
    eventId: `event-${number}`,
    eventTime: number,
    createdTime: number,
    bot: 'test',
    level: 'INFO',
    code: 'TEST',
    message: `number ${number}`,
    context: {},
  };
}

const alerts = (count: number, from = 1): AlertEvent[] =>
  Array.from({ length: count }, (_, i) => alert(from + i));
const ids = (events: readonly AlertEvent[]): string[] => events.map((event) => event.eventId);

/** A promise to be settled by the test. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Resolves when `condition` holds; the test's own time limit is the only clock. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything that can happen by itself happen: some turns of the event loop. */
async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What every adapter of the `Bus` port must do, sentence by sentence of the port's contract. */
export function busContract(
  name: string,
  makeBus: (settings: BusTestSettings) => Promise<BusUnderTest>,
): void {
  describe(`the bus contract, ${name}`, () => {
    let bus: Bus;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      const made = await makeBus({ capacity: 4, maxDeliveries: 3 });
      bus = made.bus;
      dispose = () => made.dispose();
    });
    afterEach(async () => {
      await bus.close();
      await dispose();
    });

    const collect = async (group: string, into: AlertEvent[]) =>
      bus.subscribe({
        stream: 'alerts',
        group,
        handle: (event) => {
          into.push(event);
          return Promise.resolve();
        },
      });

    it('delivers the events of one call, and of one publisher, in order', async () => {
      const seen: AlertEvent[] = [];
      await collect('a', seen);
      const first = bus.publish('alerts', alerts(2));
      const second = bus.publish('alerts', alerts(9, 3));
      const third = bus.publish('alerts', alerts(1, 12));
      await Promise.all([first, second, third]);
      await until(() => seen.length === 12);
      expect(ids(seen)).toEqual(ids(alerts(12)));
    });

    it('gives the event to the handler as it was published', async () => {
      const seen: AlertEvent[] = [];
      await collect('a', seen);
      await bus.publish('alerts', [alert(7)]);
      await until(() => seen.length === 1);
      expect(seen).toEqual([alert(7)]);
    });

    it('shows every group every event published after the group was created, and none before', async () => {
      const early: AlertEvent[] = [];
      const late: AlertEvent[] = [];
      await collect('early', early);
      await bus.publish('alerts', alerts(2));
      await collect('late', late);
      await bus.publish('alerts', alerts(2, 3));
      await until(() => early.length === 4 && late.length === 2);
      expect(ids(early)).toEqual(ids(alerts(4)));
      expect(ids(late)).toEqual(ids(alerts(2, 3)));
    });

    it('keeps streams apart', async () => {
      const seen: AlertEvent[] = [];
      let others = 0;
      await collect('a', seen);
      await bus.subscribe({
        stream: 'signals',
        group: 'a',
        handle: () => {
          others += 1;
          return Promise.resolve();
        },
      });
      await bus.publish('alerts', alerts(2));
      await until(() => seen.length === 2);
      await turns();
      expect(others).toBe(0);
    });

    it('delivers one event at a time to a group', async () => {
      let inHand = 0;
      let most = 0;
      let done = 0;
      await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: async () => {
          inHand += 1;
          most = Math.max(most, inHand);
          await turns(2);
          inHand -= 1;
          done += 1;
        },
      });
      await bus.publish('alerts', alerts(4));
      await until(() => done === 4);
      expect(most).toBe(1);
    });

    it('gives a rejected event again, the same one, before any later one', async () => {
      const seen: [string, number][] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: (event, { attempt }) => {
          seen.push([event.eventId, attempt]);
          return attempt === 1 && event.eventId === 'event-1'
            ? Promise.reject(new Error('no'))
            : Promise.resolve();
        },
      });
      await bus.publish('alerts', alerts(2));
      await until(() => seen.length === 3);
      expect(seen).toEqual([
        ['event-1', 1],
        ['event-1', 2],
        ['event-2', 1],
      ]);
      expect(await bus.deadLetters('alerts')).toEqual([]);
    });

    it('takes a handler that throws at once like one that rejects', async () => {
      const seen: number[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: (_, { attempt }) => {
          seen.push(attempt);
          if (attempt === 1) throw new Error('at once');
          return Promise.resolve();
        },
      });
      await bus.publish('alerts', [alert(1)]);
      await until(() => seen.length === 2);
      expect(seen).toEqual([1, 2]);
    });

    it('gives an event up after the last delivery, keeps it with its reason, and goes on with the next', async () => {
      const seen: string[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: (event, { attempt }) => {
          if (event.eventId === 'event-1') return Promise.reject(new Error(`failure ${attempt}`));
          seen.push(event.eventId);
          return Promise.resolve();
        },
      });
      await bus.publish('alerts', alerts(2));
      await until(() => seen.length === 1);
      const letters = await bus.deadLetters('alerts');
      expect(letters).toEqual([
        { eventId: 'event-1', group: 'a', reason: 'failure 3', deliveries: 3, payload: expect.any(String) },
      ]);
      expect(JSON.parse(letters[0]!.payload)).toMatchObject({ eventId: 'event-1', message: 'number 1' });
      expect(await bus.deadLetters('signals')).toEqual([]);
    });

    it('is not held up in one group by a failure in another', async () => {
      const seen: AlertEvent[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'bad',
        handle: () => Promise.reject(new Error('always')),
      });
      await collect('good', seen);
      await bus.publish('alerts', alerts(3));
      await until(() => seen.length === 3);
      expect(ids(seen)).toEqual(ids(alerts(3)));
    });

    it('gives what was not consumed when a subscription stopped to the next subscriber of the group', async () => {
      const first: AlertEvent[] = [];
      const second: AlertEvent[] = [];
      const subscription = await collect('a', first);
      await bus.publish('alerts', alerts(2));
      await until(() => first.length === 2);
      await subscription.stop();
      await bus.publish('alerts', alerts(2, 3));
      await turns();
      expect(ids(first)).toEqual(ids(alerts(2)));
      await collect('a', second);
      await bus.publish('alerts', [alert(5)]);
      await until(() => second.length === 3);
      expect(ids(second)).toEqual(ids(alerts(3, 3)));
    });

    it('gives an event whose handler rejected while it stopped to the next subscriber', async () => {
      const held = gate();
      let started = false;
      const second: AlertEvent[] = [];
      const subscription = await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: async () => {
          started = true;
          await held.opened;
          throw new Error('interrupted');
        },
      });
      await bus.publish('alerts', alerts(2));
      await until(() => started);
      const stopped = subscription.stop();
      held.open();
      await stopped;
      await collect('a', second);
      await until(() => second.length === 2);
      expect(ids(second)).toEqual(ids(alerts(2)));
    });

    it('stops only when the handler in hand is finished, and delivers nothing afterwards', async () => {
      const held = gate();
      const log: string[] = [];
      const subscription = await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: async (event) => {
          log.push(`start ${event.eventId}`);
          await held.opened;
          log.push(`end ${event.eventId}`);
        },
      });
      await bus.publish('alerts', alerts(3));
      await until(() => log.length === 1);
      const stopped = subscription.stop().then(() => log.push('stopped'));
      await turns();
      expect(log).toEqual(['start event-1']);
      held.open();
      await stopped;
      await turns();
      expect(log).toEqual(['start event-1', 'end event-1', 'stopped']);
    });

    it('makes a publisher wait when a group is full, and drops nothing', async () => {
      const held = gate();
      const seen: AlertEvent[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'slow',
        handle: async (event) => {
          await held.opened;
          seen.push(event);
        },
      });
      let taken = 0;
      const publishing = (async () => {
        for (const event of alerts(12)) {
          await bus.publish('alerts', [event]);
          taken += 1;
        }
      })();
      await turns();
      expect(taken).toBeLessThan(12);
      held.open();
      await publishing;
      await until(() => seen.length === 12);
      expect(ids(seen)).toEqual(ids(alerts(12)));
    });

    it('refuses to publish and to subscribe once closed, and may be closed twice', async () => {
      await collect('a', []);
      await bus.close();
      await bus.close();
      await expect(bus.publish('alerts', [alert(1)])).rejects.toThrow(BusError);
      await expect(collect('b', [])).rejects.toMatchObject({ code: 'BUS_CLOSED', retryable: false });
    });

    it('waits for the handler in hand when it closes, and delivers nothing afterwards', async () => {
      const held = gate();
      const log: string[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'a',
        handle: async (event) => {
          log.push(`start ${event.eventId}`);
          await held.opened;
          log.push(`end ${event.eventId}`);
        },
      });
      await bus.publish('alerts', alerts(2));
      await until(() => log.length === 1);
      const closed = bus.close().then(() => log.push('closed'));
      held.open();
      await closed;
      expect(log).toEqual(['start event-1', 'end event-1', 'closed']);
    });
  });
}
