import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../../test/domain/entry-fixture.ts';
import { money, quantity, ratio } from '../money/amounts.ts';
import { MINUTE } from '../time.ts';
import { decideLimits, limitTexts } from './change-limits.ts';

describe('limits that change while the bot runs', () => {
  it('are applied, and say what changed as people read it', () => {
    const next = { ...LIMITS, maxDailyDrawdownRatio: ratio('0.03'), maxOrderQuantity: quantity('2') };
    expect(decideLimits(LIMITS, next, money('0'))).toEqual({
      applied: true,
      changes: [
        { name: 'maxDailyDrawdown', from: '5%', to: '3%' },
        { name: 'maxOrderQuantity', from: 'none', to: '2' },
      ],
    });
  });

  it('may lower the capital to what is at stake, and not below', () => {
    const next = { ...LIMITS, capital: money('4000') };
    expect(decideLimits(LIMITS, next, money('4000'))).toMatchObject({ applied: true });
    expect(decideLimits(LIMITS, next, money('4000.01'))).toMatchObject({
      applied: false,
      code: 'BELOW_EXPOSURE',
      reason: expect.stringContaining('4000.01 is at stake now') as unknown,
    });
    expect(decideLimits(LIMITS, next, undefined)).toMatchObject({ applied: false, code: 'EXPOSURE_MISSING' });
  });

  it('may raise the capital, whatever is at stake', () => {
    expect(decideLimits(LIMITS, { ...LIMITS, capital: money('20000') }, undefined)).toMatchObject({
      applied: true,
    });
  });

  it('need a restart where windows are built from them', () => {
    const next = { ...LIMITS, priceWindow: 10 * MINUTE };
    expect(decideLimits(LIMITS, next, money('0'))).toMatchObject({ applied: false, code: 'NEEDS_RESTART' });
  });

  it('are shown by the names of their fields', () => {
    const names = limitTexts(LIMITS).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['capital', 'maxExposure', 'maxOrderToTradeRatio']));
  });
});
