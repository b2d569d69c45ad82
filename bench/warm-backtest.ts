/** The engine in one process again and again: what a run costs once its code is compiled, as in a sweep. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInstruments } from '../workloads/src/adapters/replay/instruments.ts';
import { runBacktest } from '../workloads/src/backtest/run-backtest.ts';
import { readBotFiles } from '../workloads/src/cli/bot-files.ts';
import { makeStrategy } from '../workloads/src/domain/strategy/registry.ts';
import { type Sample, summarize } from './measure.ts';
import type { YearData } from './year-data.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');
const WARM_UP = 10;
const RUNS = 5;

/** Seconds of the engine for the rule of the check value on the year. */
export async function measureWarm({ path }: YearData): Promise<Sample> {
  const store = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  try {
    const [bot] = await readBotFiles(['backtest-btcusdt.yaml'], EXAMPLES);
    if (bot === undefined) throw new Error('backtest-btcusdt.yaml holds no bot');
    const instruments = await readInstruments(join(EXAMPLES, 'instruments.json'));
    const { settings } = bot;
    const seconds: number[] = [];
    for (let run = 0; run < WARM_UP + RUNS; run += 1) {
      const result = await runBacktest({
        settings,
        strategy: makeStrategy(settings.strategy),
        instruments,
        data: [{ path, symbol: 'BTCUSDT' }],
        store,
        breaker: 'latch',
        intrabar: 'close',
        latency: 0,
        elapsed: () => performance.now(),
      });
      seconds.push(result.seconds);
    }
    return summarize(seconds.slice(WARM_UP));
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}
