import { join } from 'node:path';
import type { DataSpec } from '../../src/adapters/replay/data-spec.ts';
import { type BacktestOptions, runBacktest } from '../../src/backtest/run-backtest.ts';
import type { BacktestResult } from '../../src/backtest/result.ts';
import type { BotSettings } from '../../src/contract/index.ts';
import type { TradingSymbol } from '../../src/domain/market/candle.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';

export interface Market {
  readonly settings: BotSettings;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly data: readonly DataSpec[];
  /** For the columns. */
  readonly folder: string;
}

/** Back-tests with the command's defaults. */
export const backtest = (
  { settings, instruments, data, folder }: Market,
  changes: Partial<BacktestOptions> = {},
): Promise<BacktestResult> =>
  runBacktest({
    settings,
    strategy: makeStrategy(settings.strategy),
    instruments,
    data,
    store: join(folder, 'columns'),
    breaker: 'latch',
    intrabar: 'close',
    latency: 0,
    elapsed: () => performance.now(),
    ...changes,
  });
