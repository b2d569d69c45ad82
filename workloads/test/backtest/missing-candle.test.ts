/** A candle that is missing decides nothing, whatever the engine expected of its slot. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';
import type { Strategy } from '../../src/domain/strategy/strategy.ts';
import { money, NO_MONEY, ratio } from '../../src/domain/money/amounts.ts';
import { HOUR } from '../../src/domain/time.ts';
import { instruments, INTERVAL, START } from '../pipeline/market-script.ts';
import { botSettings } from '../pipeline/test-pipeline.ts';
import { backtest } from './harness.ts';

const SYMBOLS = ['AAAUSDT', 'BBBUSDT'] as const;
const CANDLES = 700;
/** Figures over a day are believed after six hours of them. */
const ENTRY = 100;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-missing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A flat market of two symbols; the first has no candle at `missing`. */
async function market(missing: number): Promise<string> {
  const rows = ['open_time,symbol,open,high,low,close,volume,quote_volume'];
  for (let index = 0; index < CANDLES; index += 1) {
    for (const symbol of SYMBOLS) {
      if (symbol === 'AAAUSDT' && index === missing) continue;
      const close = index % 2 === 0 ? '100' : '100.1';
      rows.push([START + index * INTERVAL, symbol, close, close, close, close, '10000', '1000000'].join(','));
    }
  }
  const path = join(folder, `missing-${missing}.csv`);
  await writeFile(path, `${rows.join('\n')}\n`);
  return path;
}

/** Wants in at these candles of each symbol. */
function entersAt(slots: Readonly<Record<string, readonly number[]>>, cooldown: number): Strategy {
  const base = makeStrategy({
    momentum: {
      thresholdRatio: ratio('0.01'),
      lookback: INTERVAL,
      interval: INTERVAL,
      minQuoteVolume: NO_MONEY,
      cooldown,
    },
  });
  const wanted = new Set(Object.values(slots).flat());
  return {
    ...base,
    // The columns do not say whose they are: any symbol's slot may be a candidate.
    nextCandidate: ({ close }, from, to) => {
      for (let i = from; i < to; i += 1) if (close[i] !== 0) return i;
      return to;
    },
    evaluate: ({ latest }) => {
      const index = latest === undefined ? -1 : (latest.openTime - START) / INTERVAL;
      const isWanted = latest !== undefined && wanted.has(index) && slots[latest.symbol]?.includes(index);
      return isWanted === true
        ? {
            kind: 'trigger',
            changeRatio: ratio('0.05'),
            quoteVolume: NO_MONEY,
            confidenceRatio: ratio('0.5'),
          }
        : { kind: 'none', reason: 'BELOW_THRESHOLD' };
    },
  };
}

describe('a missing candle', () => {
  it.each([516, 519, 520, 521])(
    'is no second chance for the signal before it, which a cooldown of %d candles refused',
    async (candles) => {
      const cooldown = candles * INTERVAL;
      // Filled at the open of the candle after the signal; the first close after the cooldown is missing.
      const missing = ENTRY + candles;
      const strategy = entersAt({ AAAUSDT: [ENTRY, missing - 1], BBBUSDT: [ENTRY + 3] }, cooldown);
      const base = botSettings({}, { maxOrderNotional: money('1000'), maxConsecutiveLosses: 50 });
      const settings = {
        ...base,
        exits: { ...base.exits, maxHolding: HOUR / 2 },
        universe: { ...base.universe, symbols: [...SYMBOLS] },
      };
      const { verdicts } = await backtest(
        { settings, instruments: instruments(SYMBOLS), data: [{ path: await market(missing) }], folder },
        { strategy },
      );
      const judged = verdicts.filter(({ subject }) => subject === 'ENTRY');
      expect(judged.map(({ symbol, code }) => [symbol, code])).toEqual([
        ['AAAUSDT', 'OK'],
        ['BBBUSDT', 'OK'],
      ]);
    },
  );
});
