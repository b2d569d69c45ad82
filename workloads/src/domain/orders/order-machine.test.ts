import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '../../../test/domain/entry-fixture.ts';
import { BrokenInvariantError } from '../invariant.ts';
import { asQuantity, money, price, quantity, ratio } from '../money/amounts.ts';
import { atMost, compare, decimal, isPositive, isZero, subtract } from '../money/decimal.ts';
import {
  AT_VENUE_STATES,
  OPEN_STATES,
  type OrderEvent,
  type OrderEventKind,
  TRANSITIONS,
  isTerminal,
  openOrder,
  remainingQuantity,
  transition,
} from './order-machine.ts';
import type { Fill, Order, OrderIntent, OrderState } from './order.ts';
import { reservationOf } from './reservation.ts';

const INTENT: OrderIntent = {
  orderId: 'own-1-e0',
  account: 'paper:momentum',
  symbol: 'BTCUSDT',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT_IOC',
  quantity: quantity('10'),
  limitPrice: price('101'),
  referencePrice: price('100'),
  verdictId: 'v1',
  signalId: 's1',
  attempt: 0,
  decidedTime: NOW,
  validUntil: NOW + 5_000,
};
const TERMS = { feeRatio: ratio('0.001'), marketCollarRatio: ratio('0.01') };

const fillOf = (amount: string, change: Partial<Fill> = {}): Fill => ({
  tradeId: 't1',
  orderId: INTENT.orderId,
  symbol: 'BTCUSDT',
  side: 'BUY',
  price: price('100.5'),
  quantity: quantity(amount),
  fee: { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') },
  liquidity: 'TAKER',
  time: NOW,
  ...change,
});
const filled = (amount: string): OrderEvent => ({ kind: 'fill', at: NOW, fill: fillOf(amount) });

/** One event of each kind that is not a fill. */
const EVENTS: Readonly<Record<Exclude<OrderEventKind, 'fill'>, OrderEvent>> = {
  approve: { kind: 'approve', at: NOW },
  deny: { kind: 'deny', at: NOW, reason: 'DAILY_DRAWDOWN' },
  expire: { kind: 'expire', at: NOW, reason: 'EXPIRED_STALE' },
  submit: { kind: 'submit', at: NOW },
  accepted: { kind: 'accepted', at: NOW, venueOrderId: 'venue-1' },
  unknown: { kind: 'unknown', at: NOW, reason: 'TIMEOUT' },
  'cancel-requested': { kind: 'cancel-requested', at: NOW },
  'cancel-refused': { kind: 'cancel-refused', at: NOW },
  cancelled: { kind: 'cancelled', at: NOW, reason: 'NO_LIQUIDITY' },
  rejected: { kind: 'rejected', at: NOW, reason: 'VENUE_SAYS_NO' },
  'not-found-proved': { kind: 'not-found-proved', at: NOW },
};
const KINDS = Object.keys(EVENTS) as Exclude<OrderEventKind, 'fill'>[];
const STATES: readonly OrderState[] = [
  ...OPEN_STATES,
  'FILLED',
  'CANCELED',
  'PARTIALLY_CANCELED',
  'REJECTED',
  'EXPIRED',
];

/** Carry out events that must all be allowed. */
const after = (...events: readonly OrderEvent[]): Order =>
  events.reduce<Order>(
    (order, event) => {
      const result = transition(order, event);
      if (!result.ok) throw new Error(result.refusal.message);
      return result.order;
    },
    openOrder(INTENT, NOW),
  );

const E = EVENTS;
const sent = [E.approve, E.submit] as const;
const working = [...sent, E.accepted] as const;

describe('the life of an order', () => {
  it.each([
    ['NEW', []],
    ['APPROVED', [E.approve]],
    ['REJECTED', [E.deny]],
    ['EXPIRED', [E.expire]],
    ['EXPIRED', [E.approve, E.expire]],
    ['SUBMITTING', sent],
    ['WORKING', working],
    ['REJECTED', [...sent, E.rejected]],
    ['UNKNOWN', [...sent, E.unknown]],
    ['UNKNOWN', [...sent, E.unknown, E.unknown]],
    ['WORKING', [...sent, E.unknown, E.accepted]],
    ['REJECTED', [...sent, E.unknown, E.rejected]],
    ['REJECTED', [...sent, E.unknown, E['not-found-proved']]],
    ['CANCELED', [...working, E.unknown, E['not-found-proved']]],
    ['PARTIALLY_CANCELED', [...sent, E.unknown, filled('1'), E['not-found-proved']]],
    ['PARTIALLY_FILLED', [...working, filled('1')]],
    ['PARTIALLY_FILLED', [...sent, filled('1')]],
    ['PARTIALLY_FILLED', [...sent, filled('1'), E.accepted]],
    ['FILLED', [...working, filled('10')]],
    ['FILLED', [...sent, filled('4'), filled('6')]],
    ['UNKNOWN', [...sent, E.unknown, filled('4')]],
    ['PARTIALLY_FILLED', [...sent, E.unknown, filled('4'), E.accepted]],
    ['FILLED', [...sent, E.unknown, filled('10')]],
    ['CANCEL_PENDING', [...working, E['cancel-requested']]],
    ['CANCEL_PENDING', [...working, E['cancel-requested'], filled('4')]],
    ['FILLED', [...working, E['cancel-requested'], filled('10')]],
    ['WORKING', [...working, E['cancel-requested'], E['cancel-refused']]],
    ['PARTIALLY_FILLED', [...working, filled('1'), E['cancel-requested'], E['cancel-refused']]],
    ['CANCELED', [...working, E['cancel-requested'], E.cancelled]],
    ['PARTIALLY_CANCELED', [...working, filled('4'), E.cancelled]],
    ['CANCELED', [...sent, E.cancelled]],
    ['CANCELED', [...sent, E.unknown, E.cancelled]],
    ['UNKNOWN', [...working, E['cancel-requested'], E.unknown]],
    ['PARTIALLY_CANCELED', [...working, E.cancelled, filled('4')]],
    ['FILLED', [...working, E.cancelled, filled('4'), filled('6')]],
    ['FILLED', [...sent, E.unknown, E['not-found-proved'], filled('10')]],
  ] as const)('ends %s after these events (case %#)', (state, events) => {
    expect(after(...events).state).toBe(state);
  });

  it('keeps what the events tell', () => {
    expect(after(...working)).toMatchObject({ venueOrderId: 'venue-1', updatedTime: NOW });
    expect(after(...working, filled('4'), filled('2'))).toMatchObject({
      filledQuantity: quantity('6'),
      filledNotional: money('603'),
    });
    expect(after(E.approve, E.expire).reason).toBe('EXPIRED_STALE');
    expect(after(...sent, E.unknown).reason).toBe('TIMEOUT');
    expect(after(...sent, E.unknown, E['not-found-proved']).reason).toBe('NOT_AT_VENUE');
    expect(remainingQuantity(after(...working, filled('4')))).toEqual(quantity('6'));
  });

  it('tells evidence that repeats what is known from a change', () => {
    const order = after(...working);
    expect(transition(order, E.accepted)).toEqual({ ok: true, order, changed: false, late: false });
    expect(transition(order, E['cancel-refused'])).toMatchObject({ changed: false });
    expect(transition(order, E['cancel-requested'])).toMatchObject({ changed: true });
  });

  it('marks a fill that comes after the end as late', () => {
    expect(transition(after(...working, E.cancelled), filled('4'))).toMatchObject({ ok: true, late: true });
    expect(transition(after(...working), filled('4'))).toMatchObject({ ok: true, late: false });
  });

  it('lets the time of an order only grow', () => {
    const early = transition({ ...after(...working), updatedTime: NOW + 10 }, E['cancel-requested']);
    expect(early.ok && early.order.updatedTime).toBe(NOW + 10);
    const earlyFill = transition({ ...after(...working), updatedTime: NOW + 10 }, filled('1'));
    expect(earlyFill.ok && earlyFill.order.updatedTime).toBe(NOW + 10);
  });
});

describe('what is refused', () => {
  const inState = (state: OrderState): Order => ({ ...openOrder(INTENT, NOW), state });

  it.each(STATES.flatMap((state) => KINDS.map((kind) => [kind, state] as const)))(
    'decides %s of a %s order by the table alone',
    (kind, state) => {
      const result = transition(inState(state), EVENTS[kind]);
      if (isTerminal(state)) expect(result).toMatchObject({ ok: false, refusal: { code: 'TERMINAL' } });
      else if (TRANSITIONS[kind][state] === undefined) {
        expect(result).toMatchObject({ ok: false, refusal: { code: 'NOT_ALLOWED' } });
      } else expect(result.ok).toBe(true);
    },
  );

  it('never sends an order that was not approved, and never twice', () => {
    expect(TRANSITIONS.submit).toEqual({ APPROVED: 'SUBMITTING' });
  });

  it('ends an order without the venue only before it is sent', () => {
    for (const kind of ['deny', 'expire'] as const) {
      for (const state of AT_VENUE_STATES) expect(TRANSITIONS[kind][state]).toBeUndefined();
    }
    expect(Object.keys(TRANSITIONS['not-found-proved'])).toEqual(['UNKNOWN']);
  });

  it('does not end an order while the venue counts more fills than are booked', () => {
    const order = after(...working, filled('4'));
    const ended = (counted: string) =>
      transition(order, { kind: 'cancelled', at: NOW, filledQuantity: quantity(counted) });
    expect(ended('4.1')).toMatchObject({ ok: false, refusal: { code: 'FILLS_MISSING' } });
    expect(ended('4')).toMatchObject({ ok: true, order: { state: 'PARTIALLY_CANCELED' } });
  });

  it('does not believe a rejection of an order with fills', () => {
    expect(transition(after(...working, filled('4')), E.rejected)).toMatchObject({
      ok: false,
      refusal: { code: 'CONTRADICTS_FILLS' },
    });
  });

  it('does not believe a second order id of the venue', () => {
    expect(
      transition(after(...working), { kind: 'accepted', at: NOW, venueOrderId: 'venue-2' }),
    ).toMatchObject({
      ok: false,
      refusal: { code: 'VENUE_ID_DIFFERS' },
    });
  });
});

describe('what cannot be', () => {
  const codeOf = (order: Order, event: OrderEvent): string => {
    try {
      transition(order, event);
      return 'no error';
    } catch (error) {
      return error instanceof BrokenInvariantError ? error.code : String(error);
    }
  };

  it('is a fill beyond the quantity, in every state', () => {
    for (const state of STATES) {
      const order = { ...openOrder(INTENT, NOW), state, filledQuantity: quantity('9') };
      expect(codeOf(order, filled('1.0001'))).toBe('ORDER_OVERFILLED');
      expect(codeOf(order, filled('1'))).toBe('no error');
    }
    expect(codeOf(after(...working), filled('0'))).toBe('ORDER_OVERFILLED');
  });

  it('is a fill of another order', () => {
    for (const change of [{ orderId: 'x' }, { symbol: 'ETHUSDT' }, { side: 'SELL' }] as const) {
      const event: OrderEvent = { kind: 'fill', at: NOW, fill: fillOf('1', change) };
      expect(codeOf(after(...working), event)).toBe('FILL_OF_ANOTHER_ORDER');
    }
  });
});

const events: fc.Arbitrary<OrderEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...KINDS).map((kind) => EVENTS[kind]) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 60 }).map((tenths): OrderEvent => ({
      kind: 'fill',
      at: NOW,
      fill: { ...fillOf('1'), quantity: asQuantity(decimal(BigInt(tenths), 1)) },
    })),
  },
);
/** Histories start anywhere on the usual way, so that deep states are met often. */
const histories = fc
  .tuple(
    fc.constantFrom([], [E.approve], [...sent], [...working], [...sent, E.unknown]),
    fc.array(events, { maxLength: 25 }),
  )
  .map(([start, rest]): readonly OrderEvent[] => [...start, ...rest]);

/** One step; an impossible fill changes nothing, as when the process stops. */
function step(order: Order, event: OrderEvent): Order {
  const fits = event.kind !== 'fill' || atMost(event.fill.quantity, remainingQuantity(order));
  if (!fits) {
    expect(() => transition(order, event)).toThrow(BrokenInvariantError);
    return order;
  }
  const result = transition(order, event);
  return result.ok ? result.order : order;
}

describe('any history of events', () => {
  it('never fills more than the quantity, never revives, and reserves exactly while it is open', () => {
    fc.assert(
      fc.property(histories, (history) => {
        let order = openOrder(INTENT, NOW);
        for (const event of history) {
          const next = step(order, event);
          expect(atMost(next.filledQuantity, INTENT.quantity)).toBe(true);
          if (isTerminal(order.state)) expect(isTerminal(next.state)).toBe(true);
          if (isTerminal(order.state) && event.kind !== 'fill') expect(next).toBe(order);
          const full = compare(next.filledQuantity, INTENT.quantity) === 0;
          expect(next.state === 'FILLED').toBe(full);
          const reserved = reservationOf(next, TERMS);
          expect(isPositive(reserved.quote)).toBe(!isTerminal(next.state));
          const rest = subtract(INTENT.quantity, next.filledQuantity);
          expect(isZero(rest)).toBe(full);
          order = next;
        }
      }),
      { seed: 9, numRuns: 3_000 },
    );
  });

  it('calls an order by its fills: partial forms with some, the others with none', () => {
    fc.assert(
      fc.property(histories, (history) => {
        let order = openOrder(INTENT, NOW);
        for (const event of history) order = step(order, event);
        const some = isPositive(order.filledQuantity);
        if (['PARTIALLY_FILLED', 'PARTIALLY_CANCELED', 'FILLED'].includes(order.state)) {
          expect(some).toBe(true);
        }
        if (
          ['NEW', 'APPROVED', 'SUBMITTING', 'WORKING', 'CANCELED', 'REJECTED', 'EXPIRED'].includes(
            order.state,
          )
        ) {
          expect(some).toBe(false);
        }
      }),
      { seed: 10, numRuns: 3_000 },
    );
  });
});
