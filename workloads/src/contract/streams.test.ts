import { describe, expect, it } from '@jest/globals';
import { streamKey } from './streams.ts';

describe('the key of a stream', () => {
  const bot = { namespace: 'trading', name: 'momentum' };
  it('keeps all streams of a bot on one node', () => {
    expect(streamKey(bot, 'signals')).toBe('claire:{trading/momentum}:signals');
  });
  it('names the shard, also the first', () => {
    expect(streamKey(bot, 'market_data', 0)).toBe('claire:{trading/momentum}:market_data:0');
  });
});
