import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { price } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { TickTracker } from './tick-tracker.ts';
import type { DealItem } from './wire/push-frame.ts';
import { WireError } from './wire/wire-error.ts';

const deal = (change: Partial<DealItem> = {}): DealItem => ({
  price: '100',
  quantity: '1',
  tradeType: 1,
  time: 1_000,
  tradeId: 'a',
  ...change,
});

const book = (bidPrice: string, askPrice: string) => ({
  bidPrice,
  bidQuantity: '1',
  askPrice,
  askQuantity: '1',
});

describe('ticks', () => {
  it('tell the latest trade of a frame whatever its order', () => {
    const tracker = new TickTracker('BTCUSDT');
    const tick = tracker.onDeals([
      deal({ price: '102', time: 3, tradeId: 'c' }),
      deal({ price: '101', time: 2 }),
    ]);
    expect(tick && formatDecimal(tick.price)).toBe('102');
  });

  it('drop trades that were seen, also where the server sends no ids', () => {
    const tracker = new TickTracker('BTCUSDT');
    expect(tracker.onDeals([deal({ tradeId: '' })])).toBeDefined();
    expect(tracker.onDeals([deal({ tradeId: '' })])).toBeUndefined();
    expect(tracker.onDeals([deal({ tradeId: '', quantity: '2' })])).toBeDefined();
  });

  it('tell best prices only once a price is known, and forget them after an outage', () => {
    const tracker = new TickTracker('BTCUSDT');
    expect(tracker.onBook(book('99', '101'), 5)).toBeUndefined();
    expect(tracker.onKline(price('100'), 6)).toMatchObject({ bid: price('99'), ask: price('101') });
    tracker.forgetBook();
    expect(tracker.onKline(price('100'), 7)).not.toHaveProperty('bid');
    expect(tracker.onBook(book('', '101'), 8)).not.toHaveProperty('bid');
    expect(tracker.onBook(book('98', '101'), 7)).toBeUndefined();
  });

  it.each([
    deal({ price: '0' }),
    deal({ price: '-1' }),
    deal({ price: '' }),
    deal({ quantity: '-1' }),
    deal({ price: 'NaN' }),
  ])('refuse an impossible trade: %j', (impossible) => {
    expect(() => new TickTracker('X1').onDeals([impossible])).toThrow(WireError);
  });

  it('never go back in time, whatever comes in which order', () => {
    const input = fc.oneof(
      fc.record({ kind: fc.constant('deal' as const), at: fc.nat(20), id: fc.nat(5) }),
      fc.record({ kind: fc.constant('book' as const), at: fc.nat(20), id: fc.nat(5) }),
      fc.record({ kind: fc.constant('kline' as const), at: fc.nat(20), id: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(input), (inputs) => {
        const tracker = new TickTracker('X1');
        let latest = 0;
        for (const { kind, at, id } of inputs) {
          let tick;
          if (kind === 'deal') tick = tracker.onDeals([deal({ time: at, tradeId: String(id) })]);
          else if (kind === 'book') tick = tracker.onBook(book('99', '101'), at);
          else tick = tracker.onKline(price('100'), at);
          if (tick === undefined) continue;
          expect(tick.time).toBeGreaterThanOrEqual(latest);
          latest = tick.time;
        }
      }),
      { seed: 72 },
    );
  });
});
