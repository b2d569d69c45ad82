import { access, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

const RECORDED = 'BTCUSDT-1m-2024.csv.gz';
const MADE = 'BTCUSDT-1m-made.csv';
const HEADER = 'open_time,open,high,low,close,volume,quote_volume\n';
const FIRST = Date.UTC(2024, 0, 1);
const MINUTES = 366 * 24 * 60;
const MINUTE = 60_000;
const LINES_AT_ONCE = 10_000;

/** A year of one-minute candles of BTCUSDT. */
export interface YearData {
  readonly path: string;
  readonly description: string;
}

/** The recorded year of CLAIRE_DATA where there is one, else a made one that is always the same. */
export async function yearData(folder: string, scratch: string): Promise<YearData> {
  if (folder !== '') {
    const path = join(folder, RECORDED);
    await access(path);
    return { path, description: `${RECORDED} (recorded)` };
  }
  return { path: await makeYear(scratch), description: `${MADE} (made from a seed: CLAIRE_DATA is not set)` };
}

/** A random number generator of one known sequence (Lehmer, 48271 mod 2^31 − 1): values in (0, 1). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One candle a call: a price that wanders, and runs for a quarter of an hour now and then, so that the bot has work. */
function makeLines(): (index: number) => string {
  const random = makeRandom(1);
  let cents = 4_200_000;
  let drift = 0;
  return (index) => {
    if (index % 15 === 0) drift = random() < 0.01 ? (random() - 0.4) * 0.002 : 0;
    const open = cents;
    cents = Math.max(100_000, Math.round(cents * (1 + drift + (random() - 0.5) * 0.001)));
    const high = Math.round(Math.max(open, cents) * (1 + random() * 0.0003));
    const low = Math.round(Math.min(open, cents) * (1 - random() * 0.0003));
    const volume = 5 + random() * 40;
    const quote = (volume * cents) / 100;
    const prices = [open, high, low, cents].map((value) => (value / 100).toFixed(2));
    return `${FIRST + index * MINUTE},${prices.join(',')},${volume.toFixed(5)},${quote.toFixed(7)}\n`;
  };
}

async function makeYear(scratch: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, MADE);
  const file = await open(path, 'w');
  try {
    await file.write(HEADER);
    const line = makeLines();
    for (let first = 0; first < MINUTES; first += LINES_AT_ONCE) {
      const count = Math.min(LINES_AT_ONCE, MINUTES - first);
      await file.write(Array.from({ length: count }, (_, i) => line(first + i)).join(''));
    }
  } finally {
    await file.close();
  }
  return path;
}
