import type { StreamEvent, StreamEvents } from '../../events/event.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The shard of a symbol: FNV-1a over its UTF-16 units, modulo the number of shards. Every process must agree. */
export function shardOf(symbol: string, shards: number): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < symbol.length; i += 1) {
    hash = Math.imul(hash ^ symbol.charCodeAt(i), FNV_PRIME);
  }
  return (hash >>> 0) % shards;
}

/** The symbol market data is about. */
export const marketSymbol = (event: StreamEvents['market_data']): string =>
  event.type === 'candle' ? event.candle.symbol : event.symbol;

/** Whether an event is market data: the type says it. */
export const isMarketData = (event: StreamEvent): event is StreamEvents['market_data'] =>
  event.type === 'candle' || event.type === 'tick' || event.type === 'feed';
