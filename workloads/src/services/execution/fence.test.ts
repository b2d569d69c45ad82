import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../adapters/memory/event-clock.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { Ledger, LedgerTransaction, WriterEpoch } from '../../ports/ledger.ts';
import { LedgerError } from '../../ports/ledger.ts';
import { EpochFence, FencedError, fencedLedger } from './fence.ts';

const START = 1_000_000;

/** A ledger with an epoch and one order, which can be taken away. */
class EpochLedger {
  epoch: WriterEpoch | undefined;
  order: Pick<Order, 'state' | 'validUntil'> | undefined;
  isAway = false;

  readonly ledger = {
    transaction: async <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => {
      if (this.isAway) throw new LedgerError('LEDGER_UNAVAILABLE', 'gone', { retryable: true });
      return work({
        epoch: () => Promise.resolve(this.epoch),
        putEpoch: (next: WriterEpoch) => {
          this.epoch = next;
          return Promise.resolve();
        },
        order: () => Promise.resolve(this.order),
      } as unknown as LedgerTransaction);
    },
  } as unknown as Ledger;
}

let clock: EventClock;
let place: EpochLedger;
const fenceOf = (holder: string): EpochFence =>
  new EpochFence({ ledger: place.ledger, holder, venueNow: () => clock.now(), clock });
const stampOf = (fence: EpochFence, purpose: 'submit' | 'cancel' | 'read') =>
  fence.takeStamp({ purpose, orderId: 'o', venueNow: () => clock.now() });

beforeEach(() => {
  clock = new EventClock(START);
  place = new EpochLedger();
  place.order = { state: 'SUBMITTING' };
});

describe('the fence', () => {
  it('lets the first owner trade at once, and a later one only when nothing of the earlier can be accepted', async () => {
    const first = fenceOf('a');
    expect(await first.acquire()).toBe(START);
    expect(first.mayTrade()).toBe(true);
    const second = fenceOf('b');
    // Lease 10 s, window 5 s, 1 s more.
    expect(await second.acquire()).toBe(START + 16_000);
    expect(second.mayTrade()).toBe(false);
    clock.advanceTo(START + 16_000);
    expect(second.mayTrade()).toBe(true);
  });

  it('waits less after an owner that gave its lease back', async () => {
    const first = fenceOf('a');
    await first.acquire();
    await first.release();
    expect(await fenceOf('b').acquire()).toBe(START + 6_000);
  });

  it('ends a process whose epoch is over, in the transaction that would have written', async () => {
    const first = fenceOf('a');
    await first.acquire();
    await fenceOf('b').acquire();
    const write = fencedLedger(place.ledger, first).transaction(() => Promise.resolve('written'));
    await expect(write).rejects.toThrow(FencedError);
    expect(await stampOf(first, 'submit')).toBeUndefined();
    expect(await stampOf(first, 'cancel')).toBeUndefined();
    expect(first.mayTrade()).toBe(false);
    await first.release();
    expect(place.epoch).toMatchObject({ epoch: 2, holder: 'b', leaseUntil: START + 10_000 });
  });

  it('stamps with the time before the check and a window that ends before the lease', async () => {
    const fence = fenceOf('a');
    await fence.acquire();
    expect(await stampOf(fence, 'submit')).toEqual({ timestamp: START, recvWindow: 5_000 });
    clock.advanceTo(START + 4_000);
    const late = await stampOf(fence, 'read');
    expect(late).toEqual({ timestamp: START + 4_000, recvWindow: 5_000 });
    expect(late!.timestamp + late!.recvWindow).toBeLessThan(place.epoch!.leaseUntil);
    clock.advanceTo(START + 9_000);
    // Renewed in the same transaction.
    expect(await stampOf(fence, 'read')).toEqual({ timestamp: START + 9_000, recvWindow: 5_000 });
    expect(place.epoch?.leaseUntil).toBe(START + 19_000);
  });

  it('stamps an order only while the ledger says SUBMITTING, and never beyond its validity', async () => {
    const fence = fenceOf('a');
    await fence.acquire();
    place.order = { state: 'SUBMITTING', validUntil: START + 1_500 };
    expect(await stampOf(fence, 'submit')).toEqual({ timestamp: START, recvWindow: 1_500 });
    clock.advanceTo(START + 2_000);
    expect(await stampOf(fence, 'submit')).toMatchObject({ recvWindow: 0 });
    place.order = { state: 'UNKNOWN' };
    expect(await stampOf(fence, 'submit')).toBeUndefined();
  });

  it('stamps no order while the ledger is away, but cancels and reads', async () => {
    const fence = fenceOf('a');
    await fence.acquire();
    place.isAway = true;
    await expect(stampOf(fence, 'submit')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(await stampOf(fence, 'cancel')).toEqual({ timestamp: START, recvWindow: 5_000 });
    clock.advanceTo(START + 60_000);
    expect(await stampOf(fence, 'read')).toEqual({ timestamp: START + 60_000, recvWindow: 1_000 });
  });

  it('renews the lease of a living owner, also after it has lapsed, unless somebody else came', async () => {
    const fence = fenceOf('a');
    await fence.acquire();
    clock.advanceTo(START + 60_000);
    await fence.renew();
    expect(place.epoch).toMatchObject({ epoch: 1, leaseUntil: START + 70_000 });
    await fenceOf('b').acquire();
    clock.advanceTo(START + 130_000);
    await expect(fence.renew()).rejects.toThrow(FencedError);
  });
});
