import { describe, expect, it } from '@jest/globals';
import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { alert, busContract, gate, until } from './bus-contract.ts';

const noop = () => Promise.resolve();

for (const dispatch of ['serial', 'concurrent'] as const) {
  busContract(`in memory, ${dispatch}`, (settings) =>
    Promise.resolve({ bus: new MemoryBus({ ...settings, dispatch }), dispose: noop }),
  );
}

describe('the serial memory bus', () => {
  it('delivers in the order of publication and, per event, of subscription, also over streams', async () => {
    const bus = new MemoryBus({ dispatch: 'serial' });
    const log: string[] = [];
    const note = (who: string, follow?: number) => ({
      stream: 'alerts' as const,
      group: who,
      handle: async (event: { readonly eventId: string }) => {
        log.push(`${who} ${event.eventId}`);
        if (follow !== undefined && event.eventId === 'event-1') await bus.publish('alerts', [alert(follow)]);
      },
    });
    await bus.subscribe(note('risk', 10));
    await bus.subscribe(note('signal', 20));
    await bus.publish('alerts', [alert(1), alert(2)]);
    await bus.quiesce();
    expect(log).toEqual([
      'risk event-1',
      'signal event-1',
      'risk event-2',
      'signal event-2',
      'risk event-10',
      'signal event-10',
      'risk event-20',
      'signal event-20',
    ]);
  });

  it('never starts a handler inside publish', async () => {
    const bus = new MemoryBus({ dispatch: 'serial' });
    let called = false;
    await bus.subscribe({
      stream: 'alerts',
      group: 'a',
      handle: () => {
        called = true;
        return noop();
      },
    });
    const published = bus.publish('alerts', [alert(1)]);
    expect(called).toBe(false);
    await published;
    await bus.quiesce();
    expect(called).toBe(true);
  });

  it('lets a handler publish into a full group, because only its own end can make room', async () => {
    const bus = new MemoryBus({ dispatch: 'serial', capacity: 1 });
    const seen: string[] = [];
    await bus.subscribe({
      stream: 'alerts',
      group: 'a',
      handle: async (event) => {
        seen.push(event.eventId);
        if (event.eventId === 'event-1') await bus.publish('alerts', [alert(2), alert(3), alert(4)]);
      },
    });
    await bus.publish('alerts', [alert(1)]);
    await bus.quiesce();
    expect(seen).toEqual(['event-1', 'event-2', 'event-3', 'event-4']);
  });
});

describe('the memory bus', () => {
  it('is quiet only when what follows from an event is consumed too', async () => {
    for (const dispatch of ['serial', 'concurrent'] as const) {
      const bus = new MemoryBus({ dispatch });
      const log: number[] = [];
      await bus.subscribe({
        stream: 'alerts',
        group: 'chain',
        handle: async (event) => {
          log.push(event.eventTime);
          if (event.eventTime < 5) await bus.publish('alerts', [alert(event.eventTime + 1)]);
        },
      });
      await bus.publish('alerts', [alert(1)]);
      await bus.quiesce();
      expect(log).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('does not wait for a group nobody subscribes to', async () => {
    const bus = new MemoryBus({ dispatch: 'serial' });
    const subscription = await bus.subscribe({ stream: 'alerts', group: 'gone', handle: noop });
    await subscription.stop();
    await bus.publish('alerts', [alert(1)]);
    await expect(bus.quiesce()).resolves.toBeUndefined();
  });

  it('refuses a second subscriber of one group while the first listens', async () => {
    const bus = new MemoryBus();
    const first = await bus.subscribe({ stream: 'alerts', group: 'a', handle: noop });
    const second = () => bus.subscribe({ stream: 'alerts', group: 'a', handle: noop });
    await expect(second()).rejects.toMatchObject({ code: 'BUS_GROUP_TAKEN' });
    await first.stop();
    await expect(second()).resolves.toBeDefined();
  });

  it('delivers nothing more once halted, and tells everyone why', async () => {
    const bus = new MemoryBus({ dispatch: 'serial', capacity: 2 });
    const seen: string[] = [];
    const held = gate();
    await bus.subscribe({
      stream: 'alerts',
      group: 'a',
      handle: async (event) => {
        seen.push(event.eventId);
        await held.opened;
      },
    });
    await bus.publish('alerts', [alert(1), alert(2)]);
    await until(() => seen.length === 1);
    const waiting = bus.publish('alerts', [alert(3)]);
    bus.halt(new Error('broken'));
    held.open();
    await expect(waiting).rejects.toThrow('broken');
    await expect(bus.quiesce()).rejects.toThrow('broken');
    await expect(bus.publish('alerts', [alert(4)])).rejects.toThrow('broken');
    expect(seen).toEqual(['event-1']);
  });
});
