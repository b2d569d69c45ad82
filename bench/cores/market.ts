/**
 * The pure cores of the market side, one function each, for the benchmark runner. Inputs are made before the clock
 * starts and are deterministic; each run returns something that depends on all the work, so that none is optimised away.
 */
import { DepthEstimate } from '../../workloads/src/domain/market/depth.ts';
import { CandleWindow } from '../../workloads/src/domain/market/candle-window.ts';
import type { Candle } from '../../workloads/src/domain/market/candle.ts';
import { checkCandle } from '../../workloads/src/domain/market/candle-check.ts';
import { Volatility } from '../../workloads/src/domain/market/volatility.ts';
import { modelFill } from '../../workloads/src/domain/fills/fill-model.ts';
import {
  asMoney,
  asPrice,
  asQuantity,
  money,
  price,
  quantity,
  ratio,
} from '../../workloads/src/domain/money/amounts.ts';
import { decimal, multiply, parseDecimal } from '../../workloads/src/domain/money/decimal.ts';
import { decideExit } from '../../workloads/src/domain/risk/exits.ts';
import { evaluateMomentum } from '../../workloads/src/domain/strategy/momentum.ts';
import { HOUR, MINUTE } from '../../workloads/src/domain/time.ts';

/** One pure core: what it does once, so often. The runner divides its time by `iterations`. */
export interface Core {
  readonly name: string;
  readonly iterations: number;
  run(iterations: number): unknown;
}

const CANDLES = 8_192;
const MASK = CANDLES - 1;
const MOMENTUM = {
  thresholdRatio: ratio('0.01'),
  lookback: 15 * MINUTE,
  interval: MINUTE,
  minQuoteVolume: money('100000'),
  cooldown: 15 * MINUTE,
};
const EXITS = { stopLossRatio: ratio('0.02'), takeProfitRatio: ratio('0.04'), maxHolding: 4 * HOUR };

/** A price in cents that wanders up to 0.4 % a minute: wild for BTCUSDT, so that every branch is taken. */
function makeCandles(): readonly Candle[] {
  const candles: Candle[] = [];
  let cents = 6_000_000;
  let seed = 1;
  for (let index = 0; index < CANDLES; index += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const open = asPrice(decimal(BigInt(cents), 2));
    cents += (seed % 48_001) - 24_000;
    const close = asPrice(decimal(BigInt(cents), 2));
    const up = close.units * 10n ** BigInt(open.scale) > open.units * 10n ** BigInt(close.scale);
    candles.push({
      symbol: 'BTCUSDT',
      interval: MINUTE,
      openTime: index * MINUTE,
      open,
      high: up ? close : open,
      low: up ? open : close,
      close,
      volume: asQuantity(decimal(BigInt(seed % 9_999_999), 5)),
      quoteVolume: asMoney(decimal(BigInt(seed) * 1_000n + 7n, 7)),
    });
  }
  return candles;
}

const SAMPLE = makeCandles();

/** Candle `index` of an endless series: the sample again and again, with times that go on. */
function runCandles(iterations: number, take: (candle: Candle) => unknown): unknown {
  let last: unknown;
  for (let index = 0; index < iterations; index += 1) {
    const candle = SAMPLE[index & MASK];
    if (candle) last = take(candle);
  }
  return last;
}

function momentumPerCandle(iterations: number): number {
  let triggers = 0;
  let window = new CandleWindow({ interval: MINUTE, capacity: 16 });
  runCandles(iterations, (candle) => {
    // The sample starts again: so does the window.
    if (candle.openTime === 0) window = new CandleWindow({ interval: MINUTE, capacity: 16 });
    window.put(candle);
    if (evaluateMomentum(window, MOMENTUM).kind === 'trigger') triggers += 1;
  });
  return triggers;
}

function exitsPerCandle(iterations: number): number {
  const size = quantity('0.01666');
  const position = { quantity: size, totalCost: money('1000.12345'), entryTime: 0 };
  let exits = 0;
  runCandles(iterations, (candle) => {
    const question = { position, close: candle.close, closeTime: candle.openTime + MINUTE, settings: EXITS };
    if (decideExit(question)) exits += 1;
  });
  return exits;
}

function statisticsPerCandle(iterations: number): unknown {
  let volatility = new Volatility(MINUTE);
  let depth = new DepthEstimate(MINUTE);
  runCandles(iterations, (candle) => {
    if (candle.openTime === 0) {
      volatility = new Volatility(MINUTE);
      depth = new DepthEstimate(MINUTE);
    }
    volatility.put(candle);
    depth.put(candle);
  });
  return [volatility.hourlySigmaBps(), depth.depth(ratio('0.5'))];
}

function hourlySigma(iterations: number): number {
  const volatility = new Volatility(MINUTE);
  for (const candle of SAMPLE) volatility.put(candle);
  let sum = 0;
  for (let index = 0; index < iterations; index += 1) sum += volatility.hourlySigmaBps() ?? 0;
  return sum;
}

const INSTRUMENT = { tickSize: price('0.01'), lotSize: quantity('0.00001'), quote: 'USDT' };
const FEES = { takerFeeRatio: ratio('0.0006'), makerFeeRatio: ratio('0.0002') };

function fills(iterations: number): number {
  const depth = money('500000.123');
  const wanted = quantity('0.016');
  const limitPrice = price('1000000');
  let filled = 0;
  runCandles(iterations, (candle) => {
    const result = modelFill({
      side: 'BUY',
      type: 'LIMIT_IOC',
      limitPrice,
      quantity: wanted,
      marketPrice: candle.open,
      depth,
      sigma1hBps: 42.5,
      instrument: INSTRUMENT,
      settings: FEES,
    });
    if (result.kind === 'fill') filled += 1;
  });
  return filled;
}

function checks(iterations: number): number {
  let problems = 0;
  runCandles(iterations, (candle) => {
    if (checkCandle(candle)) problems += 1;
  });
  return problems;
}

function multiplications(iterations: number): unknown {
  const size = quantity('0.01666');
  return runCandles(iterations, (candle) => multiply(candle.close, size));
}

function parses(iterations: number): unknown {
  const texts = SAMPLE.map((candle) => `${candle.openTime}.42`);
  let last: unknown;
  for (let index = 0; index < iterations; index += 1) last = parseDecimal(texts[index & MASK] ?? '0');
  return last;
}

export const marketCores: readonly Core[] = [
  { name: 'momentum: window and decision, per candle', iterations: 4_000_000, run: momentumPerCandle },
  { name: 'exits: decision for an open position, per candle', iterations: 2_000_000, run: exitsPerCandle },
  { name: 'volatility and depth: taking in a candle', iterations: 4_000_000, run: statisticsPerCandle },
  { name: 'volatility: σ of one-hour returns over 24 h', iterations: 200_000, run: hourlySigma },
  { name: 'fill model: one order', iterations: 500_000, run: fills },
  { name: 'candle check, per candle', iterations: 2_000_000, run: checks },
  { name: 'decimal: multiply', iterations: 4_000_000, run: multiplications },
  { name: 'decimal: parse', iterations: 2_000_000, run: parses },
];
