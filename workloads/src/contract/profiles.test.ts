import { describe, expect, it } from '@jest/globals';
import { bot, type Json } from '../../test/contract/bots.ts';
import { parseTradingBot } from './parse.ts';
import { type EffectiveLimit, RISK_FIELDS } from './profiles.ts';
import type { BotSettings } from './bot-settings.ts';

function settingsOf(changes: Readonly<Record<string, Json | undefined>>): BotSettings {
  const result = parseTradingBot(bot(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.settings;
}

const effective = (
  changes: Readonly<Record<string, Json | undefined>>,
): Readonly<Record<string, EffectiveLimit>> =>
  Object.fromEntries(settingsOf(changes).effectiveLimits.map((limit) => [limit.field, limit]));

describe('the limits in force', () => {
  it.each([
    {
      profile: 'conservative',
      maxPosition: '5%',
      maxDailyDrawdown: '3%',
      maxExposure: '20%',
      stopLoss: '1.5%',
    },
    { profile: 'balanced', maxPosition: '10%', maxDailyDrawdown: '5%', maxExposure: '30%', stopLoss: '2%' },
    { profile: 'aggressive', maxPosition: '15%', maxDailyDrawdown: '8%', maxExposure: '50%', stopLoss: '3%' },
  ])('follow the original system in the profile $profile', ({ profile, ...expected }) => {
    const limits = effective({ 'risk.profile': profile });
    for (const [field, value] of Object.entries(expected)) {
      expect(limits[field]).toEqual({ field, value, source: 'profile' });
    }
  });

  it('come from the spec first, then the profile, then the defaults', () => {
    expect(
      effective({ 'risk.profile': 'conservative', 'risk.maxPosition': '7%', 'risk.maxDataAge': '40s' }),
    ).toMatchObject({
      maxPosition: { value: '7%', source: 'spec' },
      maxDataAge: { value: '40s', source: 'spec' },
      maxExposure: { value: '20%', source: 'profile' },
      maxClockSkew: { value: '1s', source: 'default' },
      capital: { value: '10000', source: 'default' },
    });
  });

  it('are of the balanced profile when none is named', () => {
    expect(effective({})).toEqual(effective({ 'risk.profile': 'balanced' }));
  });

  it('are one for each limit of the risk manager, and the stop-loss', () => {
    const { limits } = settingsOf({ 'risk.maxOrderQuantity': '1' });
    const checked = Object.keys(limits).map((name) =>
      name === 'maxOrderToTradeRatio' ? name : name.replace(/Ratio$/, ''),
    );
    expect([...checked, 'stopLoss'].toSorted()).toEqual(RISK_FIELDS.toSorted());
  });

  it('get stricter from profile to profile, never looser', () => {
    const rank = (profile: string): readonly number[] => {
      const limits = effective({ 'risk.profile': profile });
      return [
        'maxPosition',
        'maxExposure',
        'maxDailyDrawdown',
        'stopLoss',
        'maxOpenPositions',
        'maxSlippage',
        'maxTradesPerHour',
        'maxEntriesPerDay',
        'maxConsecutiveLosses',
      ].map((field) => Number.parseFloat(limits[field]?.value ?? ''));
    };
    const [strict, middle, loose] = [rank('conservative'), rank('balanced'), rank('aggressive')];
    expect(strict.every((value, i) => value < (middle[i] ?? NaN))).toBe(true);
    expect(middle.every((value, i) => value < (loose[i] ?? NaN))).toBe(true);
  });

  it.each(['USDT', 'USDC'])('have absolute amounts by default in %s', (quote) => {
    const settings = settingsOf({ 'universe.quote': quote, 'universe.symbols': [`BTC${quote}`] });
    expect(settings.limits.capital).toEqual({ units: 10_000n, scale: 0 });
    expect(settings.limits.maxOrderNotional).toEqual({ units: 1_000n, scale: 0 });
    expect(settings.strategy.momentum?.minQuoteVolume).toEqual({ units: 100_000n, scale: 0 });
  });

  it('never presume an order above a small capital', () => {
    expect(effective({ 'risk.capital': '250.5' })).toMatchObject({
      maxOrderNotional: { value: '250.5', source: 'default' },
    });
  });

  it('take one candle as the price window where that is longer than five minutes', () => {
    const window = (interval: string): unknown =>
      effective({ 'strategy.momentum': { interval, lookback: '4h' } })['priceWindow']?.value;
    expect([window('1m'), window('5m'), window('4h')]).toEqual(['5m', '5m', '4h']);
  });

  it('may leave the quantity of an order free', () => {
    expect(settingsOf({}).limits).not.toHaveProperty('maxOrderQuantity');
    expect(effective({})).toMatchObject({ maxOrderQuantity: { value: 'none', source: 'default' } });
  });
});
