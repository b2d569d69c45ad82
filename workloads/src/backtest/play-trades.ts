import { type CandleGroup, candleGroups } from '../adapters/replay/candle-groups.ts';
import { DataFile } from '../adapters/replay/data-file.ts';
import { modelSpread } from '../domain/fills/model-spread.ts';
import type { SlotTick } from './engine/engine.ts';
import type { BacktestOptions, Played, Stage } from './run-backtest.ts';

/** Plays single trades as they are read: orders are filled at the trades, stops are judged at each of them. */
export async function playTrades(stage: Stage, options: BacktestOptions): Promise<Played> {
  const { data, elapsed, onProgress } = options;
  const request = { symbols: options.settings.universe.symbols, interval: options.strategy.interval };
  const files: DataFile[] = [];
  for (const spec of data) files.push(await DataFile.open(spec, request));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  for (const figures of stage.figures.values()) figures.expectTicks();
  const began = elapsed();
  let [candles, playMs] = [0, 0];
  for await (const group of candleGroups(files)) {
    const before = elapsed();
    candles += playGroup(stage, group, options);
    playMs += elapsed() - before;
    onProgress?.({
      phase: 'playing',
      fraction: files.reduce((sum, { bytesRead }) => sum + bytesRead, 0) / total,
    });
  }
  return { candles, loadMs: elapsed() - began - playMs, playMs };
}

/** Returns how many candles were traded on. */
function playGroup(stage: Stage, group: CandleGroup, options: BacktestOptions): number {
  const { from = 0, to = Infinity, strategy } = options;
  const { engine, tapes, sampler } = stage;
  const slot = group.openTime / strategy.interval;
  for (const { candle } of group.rows) {
    const tape = tapes.get(candle.symbol);
    tape?.reserve(slot, 1);
    tape?.put(candle);
  }
  if (group.openTime < from || group.openTime >= to) {
    engine.skip(slot + 1);
    return 0;
  }
  const traded = new Set(
    group.rows.filter(({ ticks }) => ticks !== undefined).map(({ candle }) => candle.symbol),
  );
  engine.playTicks(slot, ticksOf(stage, group, options), traded);
  for (const { candle } of group.rows) {
    const tape = tapes.get(candle.symbol);
    if (tape !== undefined) sampler.take(tape, slot, slot + 1);
  }
  return group.rows.length;
}

/** By time, then by symbol; the order of a file is kept (sorting is stable). */
function ticksOf(
  { figures }: Stage,
  { rows }: CandleGroup,
  { settings }: BacktestOptions,
): readonly SlotTick[] {
  const seen = rows.flatMap(({ candle: { symbol }, ticks = [] }) => {
    const tickSize = figures.get(symbol)?.instrument.tickSize;
    if (tickSize === undefined) return [];
    return ticks.map(({ time, price }) => {
      const { bid, ask } = modelSpread(price, settings.fills.halfSpreadRatio, tickSize);
      return { symbol, time, price, bid, ask };
    });
  });
  return seen.sort((a, b) => a.time - b.time);
}
