import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ORDER_ID_LENGTH, isOwnOrderId, orderId, orderIdPrefix } from './client-id.ts';
import type { OrderPurpose } from './order.ts';

const prefix = orderIdPrefix('paper:momentum', 'momentum');
const parts = { prefix, subject: 'signal-1', purpose: 'ENTRY', attempt: 0 } as const;

describe('our order ids', () => {
  it('are what they were: a change would make a restart send an order again', () => {
    expect(orderId(parts)).toBe('rsd52a8pnl-hcokfagnl1apkv-e0');
  });

  it('begin with a hash of account and bot, which tells our orders from others', () => {
    expect(orderId(parts).startsWith(`${prefix}-`)).toBe(true);
    expect(isOwnOrderId(prefix, orderId(parts))).toBe(true);
    for (const other of [
      orderIdPrefix('paper:momentum', 'other'),
      orderIdPrefix('mexc:1', 'momentum'),
      orderIdPrefix('paper:', 'momentummomentum'),
    ]) {
      expect(isOwnOrderId(other, orderId(parts))).toBe(false);
    }
  });

  it('fit every venue, whatever they are made from', () => {
    fc.assert(
      fc.property(
        fc.record({
          account: fc.string(),
          bot: fc.string(),
          subject: fc.string(),
          purpose: fc.constantFrom<OrderPurpose>('ENTRY', 'EXIT', 'FLATTEN'),
          attempt: fc.integer({ min: 0, max: 1_679_615 }),
        }),
        ({ account, bot, ...rest }) => {
          const id = orderId({ prefix: orderIdPrefix(account, bot), ...rest });
          expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(id.length).toBeLessThanOrEqual(MAX_ORDER_ID_LENGTH);
          expect(id).toBe(id.toLowerCase());
          expect(id).toBe(orderId({ prefix: orderIdPrefix(account, bot), ...rest }));
        },
      ),
      { seed: 11, numRuns: 1_000 },
    );
  });

  it('differ by subject, leg and attempt', () => {
    const ids = [
      orderId(parts),
      orderId({ ...parts, subject: 'signal-2' }),
      orderId({ ...parts, purpose: 'EXIT' }),
      orderId({ ...parts, purpose: 'FLATTEN' }),
      orderId({ ...parts, purpose: 'EXIT', attempt: 1 }),
      orderId({ ...parts, purpose: 'EXIT', attempt: 36 }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([-1, 0.5, NaN, 1_679_616])('refuse attempt %s', (attempt) => {
    expect(() => orderId({ ...parts, attempt })).toThrow(
      `attempt must be a whole number from 0 to 1679615: was ${attempt}`,
    );
  });
});
