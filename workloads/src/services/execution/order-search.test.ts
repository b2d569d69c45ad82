import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../adapters/memory/event-clock.ts';
import type { Order, OrderState } from '../../domain/orders/order.ts';
import { MINUTE, SECOND } from '../../domain/time.ts';
import type { Ledger, LedgerTransaction } from '../../ports/ledger.ts';
import type { LookUp, OrderDesk } from './order-desk.ts';
import { OrderSearch } from './order-search.ts';

const START = 1_000_000;

let clock: EventClock;
let state: OrderState;
let answer: LookUp;
/** What the search did, in order. */
let deeds: string[];
let pending: Promise<void>[];
let search: OrderSearch;

const orderNow = (): Order => ({ orderId: 'o', state }) as unknown as Order;

/** So long on the clock, with all that its timers start. */
async function pass(duration: number): Promise<void> {
  for (const end = clock.now() + duration; clock.now() < end;) {
    clock.advanceTo(Math.min(end, clock.now() + SECOND));
    await Promise.all(pending.splice(0));
  }
}
const told = (what: string): number => deeds.filter((deed) => deed === what).length;

beforeEach(() => {
  clock = new EventClock(START);
  state = 'UNKNOWN';
  answer = 'absent';
  deeds = [];
  pending = [];
  const tx = { order: () => Promise.resolve(orderNow()) } as unknown as LedgerTransaction;
  const desk = {
    lookUp: () => Promise.resolve(answer).finally(() => deeds.push('look-up')),
    conclude: () => {
      deeds.push('concluded');
      state = 'REJECTED';
      return Promise.resolve(true);
    },
    overdue: (_order: Order, _since: number, isSettled: boolean) => {
      deeds.push(isSettled ? 'no longer overdue' : 'overdue');
      return Promise.resolve();
    },
  } as unknown as OrderDesk;
  search = new OrderSearch({
    ledger: { transaction: <T>(work: (one: LedgerTransaction) => Promise<T>) => work(tx) } as Ledger,
    clock,
    desk,
    run: (work) => pending.push(work()),
    mayConclude: () => true,
    onSettled: () => {
      deeds.push('settled');
      return Promise.resolve();
    },
  });
});

describe('the search for an order whose fate is not known', () => {
  it('concludes from five absences, and not before 20 s, that the venue does not have it', async () => {
    search.begin('o');
    await pass(19 * SECOND);
    expect(told('concluded')).toBe(0);
    await pass(MINUTE);
    expect(deeds).toEqual([...Array.from({ length: 5 }, () => 'look-up'), 'concluded', 'settled']);
    expect(search.size).toBe(0);
  });

  it('tells people after a minute, and that it is over', async () => {
    answer = 'silent';
    search.begin('o');
    await pass(2 * MINUTE);
    expect(told('overdue')).toBeGreaterThan(0);
    answer = 'proved';
    await pass(MINUTE);
    expect(deeds.slice(-2)).toEqual(['no longer overdue', 'settled']);
    expect(search.size).toBe(0);
  });

  it('ends at once, and tells nobody, when its fate was proved before it began', async () => {
    state = 'REJECTED';
    search.begin('o');
    await pass(5 * MINUTE);
    expect(deeds).toEqual(['settled']);
    expect(search.size).toBe(0);
  });

  it('ends with the word that it is over when its fate is proved on another way', async () => {
    answer = 'silent';
    search.begin('o');
    await pass(2 * MINUTE);
    state = 'FILLED';
    await pass(MINUTE);
    expect(deeds.slice(-2)).toEqual(['no longer overdue', 'settled']);
  });
});
