import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface SyntheticMarket {
  readonly symbols: readonly string[];
  readonly candles: number;
  readonly interval: number;
  readonly seed: number;
  /** Typical move of a candle, as a fraction. */
  readonly move: number;
  /** Share of candles left out. */
  readonly missing?: number;
  /** Added to the next move, per unit of the last one: above 0 rises go on, which is an edge for momentum. */
  readonly persistence?: number;
}

const START = Date.UTC(2024, 0, 1);

interface Walk {
  price: number;
  last: number;
}

function row(walk: Walk, market: SyntheticMarket, random: () => number): readonly string[] {
  const open = walk.price;
  const shock = (random() + random() + random() - 1.5) * 2 * market.move;
  walk.last = Math.max(-0.2, Math.min(0.2, shock + (market.persistence ?? 0) * walk.last));
  const close = Math.max(1, open * (1 + walk.last));
  const high = Math.max(open, close) * (1 + random() * market.move);
  const low = Math.min(open, close) * (1 - random() * market.move);
  const volume = 500 + random() * 1_000;
  walk.price = Number(close.toFixed(4));
  return [
    open.toFixed(4),
    (high + 0.0001).toFixed(4),
    Math.max(0.5, low - 0.0001).toFixed(4),
    close.toFixed(4),
    volume.toFixed(3),
    (volume * close).toFixed(5),
  ];
}

/** Writes a made market as a data file; the same for the same seed. Returns its path. */
export async function writeSynthetic(folder: string, name: string, market: SyntheticMarket): Promise<string> {
  const random = makeRandom(market.seed);
  const walks = new Map(market.symbols.map((symbol) => [symbol, { price: 50 + random() * 50, last: 0 }]));
  const lines = ['open_time,symbol,open,high,low,close,volume,quote_volume'];
  for (let i = 0; i < market.candles; i += 1) {
    for (const [symbol, walk] of walks) {
      const amounts = row(walk, market, random);
      if (random() < (market.missing ?? 0)) continue;
      lines.push([START + i * market.interval, symbol, ...amounts].join(','));
    }
  }
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}
