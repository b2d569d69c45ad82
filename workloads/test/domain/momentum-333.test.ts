import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { Position } from '../../src/domain/account/account.ts';
import { checkCandle } from '../../src/domain/market/candle-check.ts';
import { CandleWindow } from '../../src/domain/market/candle-window.ts';
import { type Candle, closeTime } from '../../src/domain/market/candle.ts';
import {
  NO_MONEY,
  NO_QUANTITY,
  money,
  notional,
  price,
  quantity,
  ratio,
} from '../../src/domain/money/amounts.ts';
import { decideExit } from '../../src/domain/risk/exits.ts';
import { entryGate } from '../../src/domain/strategy/entry-gate.ts';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { buildCandle } from './build-candle.ts';

const FOLDER = process.env['CLAIRE_DATA'];
const SIZE = quantity('1');

const STRATEGY = makeStrategy({
  momentum: {
    thresholdRatio: ratio('0.01'),
    lookback: 15 * MINUTE,
    interval: MINUTE,
    minQuoteVolume: money('0'),
    cooldown: 15 * MINUTE,
  },
});
const EXITS = {
  stopLossRatio: ratio('0.02'),
  takeProfitRatio: ratio('0.04'),
  maxHolding: 240 * MINUTE,
};

async function* readCandles(file: string): AsyncGenerator<Candle> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
  let header = true;
  for await (const line of lines) {
    const [time = '', open = '', high = '', low = '', close = '', volume = '', quoteVolume = ''] =
      line.split(',');
    if (!header) {
      yield {
        symbol: 'BTCUSDT',
        interval: MINUTE,
        openTime: Number(time),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        volume: quantity(volume),
        quoteVolume: money(quoteVolume),
      };
    }
    header = false;
  }
}

/** A position bought whole at the open of a candle. */
const boughtAtOpen = (candle: Candle): Position => ({
  symbol: candle.symbol,
  quantity: SIZE,
  totalCost: notional(candle.open, SIZE),
  realizedPnl: NO_MONEY,
  fees: NO_MONEY,
  entryTime: candle.openTime,
  boughtQuantity: SIZE,
  boughtNotional: notional(candle.open, SIZE),
  soldQuantity: NO_QUANTITY,
  soldNotional: NO_MONEY,
});

/** Fixed size, no fees, no other limit: what is decided at a close is done at the next open. */
class Engine {
  readonly #window = new CandleWindow({ interval: STRATEGY.interval, capacity: STRATEGY.warmupCandles });
  readonly #cooldownFrom: 'decision' | 'fill';
  #position: Position | undefined;
  #decided: 'buy' | 'sell' | undefined;
  #lastEntryTime: number | undefined;
  roundTrips = 0;
  candles = 0;

  /** Neither a position nor an order for one. */
  get flat(): boolean {
    return this.#position === undefined && this.#decided === undefined;
  }

  constructor(cooldownFrom: 'decision' | 'fill') {
    this.#cooldownFrom = cooldownFrom;
  }

  take(candle: Candle): void {
    this.candles += 1;
    this.#fillAtOpen(candle);
    this.#window.put(candle);
    this.#decideAtClose(candle);
  }

  #fillAtOpen(candle: Candle): void {
    if (this.#decided === 'buy') {
      this.#position = boughtAtOpen(candle);
      if (this.#cooldownFrom === 'fill') this.#lastEntryTime = candle.openTime;
    } else if (this.#decided === 'sell') {
      this.#position = undefined;
      this.roundTrips += 1;
    }
    this.#decided = undefined;
  }

  #decideAtClose(candle: Candle): void {
    const now = closeTime(candle);
    const position = this.#position;
    const decision = STRATEGY.evaluate(this.#window);
    if (decision.kind === 'trigger') {
      const input = { now, lastEntryTime: this.#lastEntryTime, cooldown: STRATEGY.cooldown };
      if (entryGate({ ...input, positionOpen: position !== undefined }) === undefined) {
        this.#decided = 'buy';
        if (this.#cooldownFrom === 'decision') this.#lastEntryTime = now;
      }
    }
    if (position && decideExit({ position, close: candle.close, closeTime: now, settings: EXITS })) {
      this.#decided = 'sell';
    }
  }
}

describe('the rule on a hand-made series', () => {
  it('buys at the open after the rise, sells at the open after the target, and waits before it buys again', () => {
    const engine = new Engine('fill');
    const flat = Array.from({ length: 16 }, () => '100');
    // Bought at 101; 105.04 is + 4 %; sold at the next open. The second rise comes within the cooldown.
    const closes = [...flat, '101', '101', '105.04', '105.04', '107'];
    for (const [index, close] of closes.entries()) {
      engine.take(buildCandle({ openTime: index * MINUTE, open: closes[index - 1] ?? close, close }));
    }
    expect(engine).toMatchObject({ candles: 21, roundTrips: 1, flat: true });
  });
});

// The big data files are not in the repository: without their folder there is nothing to test.
if (FOLDER !== undefined && FOLDER !== '') {
  describe('the momentum rule on BTCUSDT 1-minute candles of 2024', () => {
    it('makes the 333 round trips of the check value, wherever the cooldown starts', async () => {
      const engines = [new Engine('decision'), new Engine('fill')];
      const problems: string[] = [];
      for await (const candle of readCandles(join(FOLDER, 'BTCUSDT-1m-2024.csv.gz'))) {
        const problem = checkCandle(candle);
        if (problem) problems.push(problem.text);
        for (const engine of engines) engine.take(candle);
      }
      expect(problems).toEqual([]);
      expect(engines.map(({ candles, roundTrips }) => ({ candles, roundTrips }))).toEqual([
        { candles: 527_040, roundTrips: 333 },
        { candles: 527_040, roundTrips: 333 },
      ]);
    });
  });
}
