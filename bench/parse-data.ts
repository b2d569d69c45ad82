import { DataFile } from '../workloads/src/adapters/replay/data-file.ts';
import { MINUTE } from '../workloads/src/domain/time.ts';
import { RUNS, type Sample, summarize } from './measure.ts';

export interface ParseResult {
  readonly candles: number;
  /** Unpacking, reading, checking; candles per second. */
  readonly perSecond: Sample;
}

async function readOnce(path: string): Promise<number> {
  const file = await DataFile.open({ path }, { symbols: ['BTCUSDT'], interval: MINUTE });
  let candles = 0;
  for await (const batch of file.batches()) candles += batch.length;
  return candles;
}

/** How fast a data file becomes checked candles, after one reading to warm up. */
export async function measureParsing(path: string): Promise<ParseResult> {
  const candles = await readOnce(path);
  const values: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    await readOnce(path);
    values.push((candles * 1_000) / (performance.now() - start));
  }
  return { candles, perSecond: summarize(values) };
}
