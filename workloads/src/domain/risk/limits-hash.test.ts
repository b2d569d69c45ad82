import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../../test/domain/entry-fixture.ts';
import { type Money, asRatio, money, quantity } from '../money/amounts.ts';
import { decimal } from '../money/decimal.ts';
import { limitsHash } from './limits-hash.ts';
import type { RiskLimits } from './limits.ts';

/** Another value for every limit. */
const OTHERS: RiskLimits = {
  capital: money('1'),
  maxDailyDrawdownRatio: asRatio(1n),
  onBreaker: 'Halt',
  maxExposureRatio: asRatio(1n),
  maxPositionRatio: asRatio(1n),
  maxOpenPositions: 1,
  maxSlippageRatio: asRatio(1n),
  maxPriceMoveRatio: asRatio(1n),
  priceWindow: 1,
  maxSpreadMultiple: 1,
  maxVolatilityMultiple: 1,
  maxDataAge: 1,
  maxClockSkew: 1,
  maxOrderNotional: money('1'),
  maxOrderQuantity: quantity('1'),
  maxOrdersPerSecond: 1,
  maxOrdersPerMinute: 1,
  maxOrderToTradeRatio: 1,
  maxEntriesPerDay: 1,
  maxTradesPerHour: 1,
  maxConsecutiveLosses: 1,
  lossCooldown: 1,
  duplicateWindow: 1,
};

describe('the version hash of limits', () => {
  it('is the same for equal limits, however they are written', () => {
    const reversed = Object.fromEntries(Object.entries(LIMITS).reverse()) as unknown as RiskLimits;
    expect(limitsHash(reversed)).toBe(limitsHash(LIMITS));
    const padded = { ...LIMITS, capital: decimal(10_000_00n, 2) as Money };
    expect(limitsHash(padded)).toBe(limitsHash(LIMITS));
    expect(limitsHash(LIMITS)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(Object.keys(OTHERS) as (keyof RiskLimits)[])('changes with %s', (field) => {
    expect(limitsHash({ ...LIMITS, [field]: OTHERS[field] })).not.toBe(limitsHash(LIMITS));
  });
});
