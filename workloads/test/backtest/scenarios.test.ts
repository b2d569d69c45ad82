/**
 * Scenarios that a person can check with a pocket calculator. Every market is quiet for 80 candles (closes 100 and 100.4 by
 * turns; nothing happens), then come the closes of the table. The bot buys after a rise of 3 % within three candles, sells at
 * 2 % below or 4 % above its average entry or after four hours; it has 10,000 USDT.
 *
 * How a row is checked:
 * - size: 10,000 × 10 % × min(rise / 10 %, 1) / close, down to 0.001; at most 1,000 USDT at the worst price it may pay (1 % more).
 * - price: the next open × (1 ± slippage), against us to 0.01; slippage in bps = 5 + 1000 × filled / depth + 0.05 × σ + extra.
 *   At most 0.8 × depth is filled in one candle, and nothing beyond 1 % of the deciding close.
 * - depth: half of the median quote volume of the last 12 candles (1,000,000 where nothing is said).
 * - σ: sample deviation, in bps, of the log returns between closes one hour (12 candles) apart, back from the latest close.
 *   E.g. at the first entry five returns are 0 and the latest is ln(104.416 / 100.4) = 392.2 bps: σ = 160.1.
 * - fee: 0.06 % of quantity × price, up to 0.00000001.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BotSettings } from '../../src/contract/index.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import { decimal, formatDecimal } from '../../src/domain/money/decimal.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import {
  INTERVAL,
  instruments,
  quiet,
  type ScriptCandle,
  START,
  WARM_UP,
  writeMarket,
} from '../pipeline/market-script.ts';
import { botSettings, withMomentum } from '../pipeline/test-pipeline.ts';
import { backtest } from './harness.ts';

interface Scenario {
  readonly name: string;
  /** From candle 80 on. */
  readonly candles: readonly ScriptCandle[];
  readonly settings?: (settings: BotSettings) => BotSettings;
  /** Side, quantity, price, fee, and the candle at whose open it was filled. */
  readonly fills: readonly string[];
  /** Why the positions were sold. */
  readonly reasons?: readonly string[];
  readonly realizedPnl: string;
  readonly equity: string;
}

const times = (count: number, close: number): readonly number[] => Array.from({ length: count }, () => close);
/** A candle of little volume. */
const thin = (close: number, quoteVolume: number): ScriptCandle => ({ close, quoteVolume });
const withFills =
  (fills: Partial<BotSettings['fills']>) =>
  (settings: BotSettings): BotSettings => ({ ...settings, fills: { ...settings.fills, ...fills } });

const withoutVolumeFloor = (settings: BotSettings): BotSettings =>
  withMomentum(settings, { minQuoteVolume: money('0') });
/** It may pay up to 20 % more: the whole book is within reach. */
const LOOSE = (settings: BotSettings): BotSettings => ({
  ...withoutVolumeFloor(settings),
  limits: { ...settings.limits, maxSlippageRatio: ratio('0.2') },
});

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'sells at the target',
    candles: [104.416, 104.416, 104.416, 108.8, 108.8],
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81', 'SELL 3.83 @ 108.55 fee 0.2494479 at 84'],
    reasons: ['TAKE_PROFIT'],
    realizedPnl: '15.2434',
    equity: '10014.75365024',
  },
  {
    name: 'sells at the stop',
    candles: [104.416, 104.416, 102, 102],
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81', 'SELL 3.83 @ 101.89 fee 0.23414322 at 83'],
    reasons: ['STOP_LOSS'],
    realizedPnl: '-10.2644',
    equity: '9989.26115492',
  },
  {
    name: 'sells after four hours',
    candles: times(50, 104.416),
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81', 'SELL 3.83 @ 104.28 fee 0.23963544 at 129'],
    reasons: ['MAX_HOLDING'],
    realizedPnl: '-1.1107',
    equity: '9998.4093627',
  },
  {
    name: 'sells far below the stop when the price falls through it',
    candles: [104.416, 104.416, 95, 95],
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81', 'SELL 3.83 @ 94.84 fee 0.21794232 at 83'],
    reasons: ['STOP_LOSS'],
    realizedPnl: '-37.2659',
    equity: '9962.27585582',
  },
  {
    name: 'buys no more than the largest order, at full confidence',
    candles: [112, 112],
    fills: ['BUY 8.84 @ 112.34 fee 0.59585136 at 81'],
    realizedPnl: '0',
    equity: '9996.39854864',
  },
  {
    name: 'buys nothing when no candle follows',
    candles: [104.416],
    fills: [],
    realizedPnl: '0',
    equity: '10000',
  },
  {
    name: 'buys nothing when a candle of the look-back is missing',
    candles: ['missing', 104.416, 104.416],
    fills: [],
    realizedPnl: '0',
    equity: '10000',
  },
  {
    name: 'buys nothing on little volume',
    candles: [thin(100, 30_000), thin(100.4, 30_000), thin(104.416, 30_000), 104.416],
    fills: [],
    realizedPnl: '0',
    equity: '10000',
  },
  {
    name: 'buys no second time within an hour of the first',
    candles: [104.416, 104.416, 104.416, 108.8, 108.8, 113.2, 113.2],
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81', 'SELL 3.83 @ 108.55 fee 0.2494479 at 84'],
    reasons: ['TAKE_PROFIT'],
    realizedPnl: '15.2434',
    equity: '10014.75365024',
  },
  {
    name: 'adds nothing to what it holds',
    candles: [104.416, 106.5, 107.5, 107.5],
    fills: ['BUY 3.83 @ 104.57 fee 0.24030186 at 81'],
    realizedPnl: '0',
    equity: '10010.98159814',
  },
  {
    name: 'pays another fee',
    candles: [104.416, 104.416, 104.416, 108.8, 108.8],
    settings: withFills({ takerFeeRatio: ratio('0.001') }),
    fills: ['BUY 3.83 @ 104.57 fee 0.4005031 at 81', 'SELL 3.83 @ 108.55 fee 0.4157465 at 84'],
    reasons: ['TAKE_PROFIT'],
    realizedPnl: '15.2434',
    equity: '10014.4271504',
  },
  {
    name: 'pays ten more basis points',
    candles: [104.416, 104.416, 104.416, 109, 109],
    settings: withFills({ extraSlippageBps: decimal(10n, 0) }),
    fills: ['BUY 3.83 @ 104.68 fee 0.24055464 at 81', 'SELL 3.83 @ 108.64 fee 0.24965472 at 84'],
    reasons: ['TAKE_PROFIT'],
    realizedPnl: '15.1668',
    equity: '10014.67659064',
  },
  {
    name: 'gets what the book has, and no more',
    candles: [...quiet(12).map((close) => thin(close, 600)), thin(104.416, 600), thin(104.416, 600)],
    settings: LOOSE,
    fills: ['BUY 2.298 @ 112.91 fee 0.15568031 at 93'],
    realizedPnl: '0',
    equity: '9980.32510769',
  },
  {
    name: 'buys nothing where its price would be beyond the collar',
    candles: [...quiet(12).map((close) => thin(close, 600)), thin(104.416, 600), thin(104.416, 600)],
    settings: withoutVolumeFloor,
    fills: [],
    realizedPnl: '0',
    equity: '10000',
  },
];

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe('a back-test of a market made by hand', () => {
  it.each(SCENARIOS)('$name', async ({ name, candles, settings = (same) => same, ...expected }) => {
    const file = name.replaceAll(/\W+/g, '-');
    const path = await writeMarket(folder.path, file, { AAAUSDT: [...quiet(WARM_UP), ...candles] });
    const result = await backtest({
      settings: settings(botSettings()),
      data: [{ path }],
      instruments: instruments(['AAAUSDT']),
      folder: folder.path,
    });
    const fills = result.fills.map(({ side, quantity, price, fee, time }) =>
      [
        side,
        formatDecimal(quantity),
        '@',
        formatDecimal(price),
        'fee',
        formatDecimal(fee.amount),
        'at',
        (time - START) / INTERVAL,
      ].join(' '),
    );
    expect({
      fills,
      reasons: result.roundTrips.map(({ reason }) => reason),
      realizedPnl: formatDecimal(result.realizedPnl),
      equity: formatDecimal(result.equity),
    }).toEqual({ reasons: [], ...expected });
  });
});
