import { MAX_SUBSCRIPTIONS_PER_CONNECTION } from './wire/channels.ts';

/** Symbols that one connection carries, given how many channels each needs. */
export function symbolsPerConnection(channelsPerSymbol: number, maxSymbols: number): number {
  return Math.max(1, Math.min(maxSymbols, Math.floor(MAX_SUBSCRIPTIONS_PER_CONNECTION / channelsPerSymbol)));
}

/**
 * Symbols on connections, `size` at most on each, so that what stays keeps its connection: a change of the universe must
 * not move symbols about. `before` is the former packing; emptied connections come back empty.
 */
export function packSymbols(
  symbols: readonly string[],
  size: number,
  before: readonly (readonly string[])[] = [],
): readonly (readonly string[])[] {
  const wanted = new Set(symbols);
  const packs = before.map((pack) => pack.filter((symbol) => wanted.has(symbol)));
  const placed = new Set(packs.flat());
  for (const symbol of wanted) {
    if (placed.has(symbol)) continue;
    const roomy = packs.find((pack) => pack.length < size);
    if (roomy === undefined) packs.push([symbol]);
    else roomy.push(symbol);
  }
  return packs;
}
