import type { BacktestOptions, Played, Stage } from './run-backtest.ts';
import { BLOCK } from './store/block.ts';
import type { OpenStore } from './store/candle-store.ts';
import { SEGMENT } from './tape/symbol-tape.ts';

/** The slots to trade on. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function spanOf({ from, to, strategy: { interval } }: BacktestOptions): Span {
  return {
    from: from === undefined ? 0 : Math.ceil(from / interval),
    to: to === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(to / interval),
  };
}

/** The first slot of any symbol that was not read yet; undefined at the end of the data. */
function nextSlot({ readers }: OpenStore): number | undefined {
  let first: number | undefined;
  for (const reader of readers.values()) {
    const slot = reader.nextSlot();
    if (slot !== undefined && (first === undefined || slot < first)) first = slot;
  }
  return first;
}

/** Puts the next stretch of every symbol on its tape. */
function load({ tapes }: Stage, { readers }: OpenStore, start: number): void {
  for (const [symbol, tape] of tapes) {
    const reader = readers.get(symbol);
    tape.reserve(start, SEGMENT);
    reader?.readTo(tape, start + SEGMENT);
  }
}

function findFirst(stage: Stage, store: OpenStore): void {
  for (const { symbol, firstOpenTime, candles } of store.quality) {
    const tape = stage.tapes.get(symbol);
    if (tape !== undefined && candles > 0) tape.first = firstOpenTime / tape.interval;
  }
}

/** Plays kept columns, a stretch at a time: memory does not depend on how many years there are. */
export function playStore(stage: Stage, store: OpenStore, options: BacktestOptions): Played {
  const { elapsed, onProgress } = options;
  const { engine, tapes, sampler } = stage;
  const span = spanOf(options);
  const total = [...store.readers.values()].reduce((sum, reader) => sum + reader.candles, 0);
  let [candles, seen, loadMs, playMs] = [0, 0, 0, 0];
  findFirst(stage, store);
  sampler.spread(store.quality, options);
  for (let start = nextSlot(store); start !== undefined && start < span.to; start = nextSlot(store)) {
    start -= start % BLOCK;
    const began = elapsed();
    load(stage, store, start);
    if (options.onLoaded !== undefined) tapes.forEach(options.onLoaded);
    const loaded = elapsed();
    const [from, to] = [Math.max(start, span.from), Math.min(start + SEGMENT, span.to)];
    if (from < to) engine.play(from, to);
    else engine.skip(start + SEGMENT);
    const played = elapsed();
    loadMs += loaded - began;
    playMs += played - loaded;
    for (const tape of tapes.values()) {
      candles += tape.countBetween(from, to);
      seen += tape.countBetween(start, start + SEGMENT);
      sampler.take(tape, from, to);
    }
    onProgress?.({ phase: 'playing', fraction: total === 0 ? 1 : seen / total });
  }
  return { candles, loadMs, playMs };
}
