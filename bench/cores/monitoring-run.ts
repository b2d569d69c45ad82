/**
 * What metrics cost the whole bot in one process (screener, signal, risk, execution, journal, on its own PostgreSQL): one
 * replay, in which recording is switched on and off at every breath of the run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusMetrics } from '../../workloads/src/adapters/prometheus/prometheus-metrics.ts';
import { openLedger } from '../../workloads/src/adapters/postgres/open-ledger.ts';
import { readInstruments } from '../../workloads/src/adapters/replay/instruments.ts';
import { MAX_SPEED } from '../../workloads/src/adapters/replay/speed.ts';
import { readBotFiles } from '../../workloads/src/cli/bot-files.ts';
import { ledgerIdentity } from '../../workloads/src/contract/ledger-identity.ts';
import { runReplay } from '../../workloads/src/pipeline/replay-run.ts';
import { SystemClock } from '../../workloads/src/process/system-clock.ts';
import type { Overhead } from './monitoring.ts';
import { comparePairs, type Pair } from './pairs.ts';
import { SwitchedMetrics } from './switched-metrics.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const WARM_UP = 20;
const BATCHES = 200;

/** Processor time of this process so far, µs. */
const used = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Goes from batch to batch: on, off, off, on, and so forth. */
class Batches {
  readonly #metrics: SwitchedMetrics;
  readonly #times: { readonly isOn: boolean; readonly perCandle: number }[] = [];
  readonly #done: () => void;
  #seen = 0;
  #candles = 0;
  #used = used();

  constructor(metrics: SwitchedMetrics, done: () => void) {
    this.#metrics = metrics;
    this.#done = done;
  }

  next(candles: number): void {
    const now = used();
    if (this.#seen >= WARM_UP && candles > this.#candles) {
      const perCandle = (now - this.#used) / (candles - this.#candles);
      this.#times.push({ isOn: this.#metrics.isOn, perCandle });
    }
    this.#seen += 1;
    [this.#candles, this.#used] = [candles, now];
    this.#metrics.isOn = Math.floor((this.#seen + 1) / 2) % 2 === 0;
    if (this.#times.length >= BATCHES) this.#done();
  }

  /** Each batch with recording beside the nearest one without. */
  get pairs(): readonly Pair[] {
    const on = this.#times.filter(({ isOn }) => isOn).map(({ perCandle }) => perCandle);
    const off = this.#times.filter(({ isOn }) => !isOn).map(({ perCandle }) => perCandle);
    return on.slice(0, off.length).map((time, index) => ({ on: time, off: off[index] ?? time }));
  }
}

/** @param data a year of one-minute candles of BTCUSDT */
export async function measureWholeRun(data: string): Promise<Overhead> {
  const [bot] = await readBotFiles(['backtest-btcusdt.yaml'], EXAMPLES);
  if (bot === undefined) throw new Error('examples/backtest-btcusdt.yaml holds no bot');
  const scratch = await mkdtemp(join(tmpdir(), 'claire-bench-'));
  const metrics = new SwitchedMetrics(new PrometheusMetrics());
  const end = new AbortController();
  const batches = new Batches(metrics, () => {
    end.abort();
  });
  const identity = ledgerIdentity(bot.settings);
  const ledger = await openLedger({ location: join(scratch, 'ledger'), identity });
  try {
    await runReplay({
      settings: bot.settings,
      ledger,
      data: [{ symbol: 'BTCUSDT', path: data }],
      instruments: await readInstruments(join(EXAMPLES, 'instruments.json')),
      speed: MAX_SPEED,
      wall: new SystemClock(),
      signal: end.signal,
      metrics,
      onProgress: ({ candles }) => {
        batches.next(candles);
      },
    });
  } finally {
    await ledger.close();
    await rm(scratch, { recursive: true, force: true });
  }
  return {
    service: 'all, execution included',
    what: 'a replayed candle through the whole bot (batches of 100 ms)',
    ...comparePairs(batches.pairs),
  };
}
