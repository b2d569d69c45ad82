import { describe, expect, it } from '@jest/globals';
import { bot } from '../../../test/contract/bots.ts';
import { cautiousLimits } from '../../adapters/mexc/rate-limiter.ts';
import { componentSettings, parseTradingBot } from '../../contract/index.ts';
import { mexcSettings } from '../../pipeline/venues/connection.ts';
import { executionClientSettings, screenerClientSettings } from './venue-client.ts';
import { VENUE_SHARES } from './venue-shares.ts';

function botSettings() {
  const result = parseTradingBot(bot());
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.settings;
}

describe('the shares that the processes of a bot have of the budget of their address', () => {
  it('are at most the whole together', () => {
    const parts = Object.values(VENUE_SHARES);
    // Three is how many can keep to it together: each may send one request at once.
    expect(parts).toHaveLength(3);
    for (const what of ['requests', 'weight'] as const) {
      expect(parts.reduce((sum, part) => sum + Math.round(part[what] * 1_000), 0)).toBeLessThanOrEqual(1_000);
    }
  });

  it('are what the client of each process keeps to', () => {
    const { execution, screener } = componentSettings(botSettings());
    const limits = {
      execution: executionClientSettings(execution).limits,
      'screener-ws': screenerClientSettings(screener, 'screener-ws').limits,
      'screener-rest': screenerClientSettings(screener, 'screener-rest').limits,
    };
    for (const [name, share] of Object.entries(VENUE_SHARES)) {
      expect(limits[name as keyof typeof limits]).toEqual(cautiousLimits(share));
    }
  });

  it('let screener-ws confirm a candle of each of 200 symbols every minute', () => {
    const { requests, weight } = cautiousLimits(VENUE_SHARES['screener-ws']);
    expect(Math.min(requests.perSecond, weight.perSecond) * 60).toBeGreaterThanOrEqual(200);
  });

  it('leave execution the whole pool of order writes', () => {
    const { orderPool } = executionClientSettings(componentSettings(botSettings()).execution).limits;
    expect(orderPool).toEqual(cautiousLimits().orderPool);
  });

  it('do not bind a bot that runs in one process', () => {
    expect(mexcSettings(botSettings()).limits).toEqual(cautiousLimits());
  });
});
