import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataFolder, makeDataFolder } from '../../../test/replay/data-folder.ts';
import { FILLS, makeInstrument, makeIntent, reportText } from '../../../test/replay/paper-market.ts';
import { money, price } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarketUpdate } from '../../ports/venue.ts';
import { EventClock } from '../memory/event-clock.ts';
import { PaperExchange } from '../paper/paper-exchange.ts';
import type { ReplayHooks, ReplayPosition } from './play.ts';
import { type ReplayOptions, ReplayVenue } from './replay-venue.ts';
import { MAX_SPEED, parseSpeed } from './speed.ts';

/** A whole number of hours. */
const T = 1_704_067_200_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const HEADER = 'open_time,symbol,open,high,low,close,volume,quote_volume';
const line = (hour: number, symbol: string): string =>
  `${T + hour * HOUR},${symbol},100,100,100,100,200,20000`;

interface Stage {
  readonly venue: ReplayVenue;
  readonly exchange: PaperExchange;
  readonly clock: EventClock;
  /** What happened, in order. */
  readonly seen: string[];
  readonly hooks: ReplayHooks;
  /** Called with every update of the market. */
  onUpdate: (update: MarketUpdate) => Promise<void>;
}

const hourOf = (time: number): number => (time - T) / HOUR;

function updateText(update: MarketUpdate): string {
  if (update.kind === 'candle') {
    return `${update.origin} ${update.candle.symbol}${hourOf(update.candle.openTime)}`;
  }
  const quotes = update.kind === 'tick' ? [update.price, update.bid, update.ask] : [];
  return `${update.kind} ${update.symbol} ${quotes.map((quote) => (quote ? formatDecimal(quote) : '-')).join(' ')}`;
}

describe('ReplayVenue', () => {
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await makeDataFolder();
  });
  afterEach(() => folder.remove());

  const makeStage = async (changes: Partial<ReplayOptions>): Promise<Stage> => {
    const clock = new EventClock();
    const instruments = new Map(
      SYMBOLS.map((symbol) => [symbol, makeInstrument({ symbol, base: symbol.slice(0, 3) })]),
    );
    const interval = changes.interval ?? HOUR;
    const exchange = new PaperExchange({
      quote: 'USDT',
      capital: money('100000'),
      instruments,
      fills: FILLS,
      interval,
      clock,
      latency: 0,
    });
    const venue = await ReplayVenue.open({
      files: [],
      symbols: SYMBOLS,
      interval,
      instruments,
      fills: FILLS,
      exchange,
      speed: MAX_SPEED,
      wall: new EventClock(),
      ...changes,
    });
    const seen: string[] = [];
    const hooks: ReplayHooks = {
      advance: (time) => {
        clock.advanceTo(time);
      },
      quiesce: () => Promise.resolve(void seen.push('quiesce')),
      groupDone: ({ candles, size, time }) =>
        Promise.resolve(void seen.push(`done ${candles} (+${size}) at ${hourOf(time)}`)),
    };
    const stage: Stage = { venue, exchange, clock, seen, hooks, onUpdate: () => Promise.resolve() };
    exchange.onReport((report) =>
      Promise.resolve(void seen.push(`${hourOf(clock.now())}: ${reportText(report)}`)),
    );
    await venue.marketData.subscribe({ symbols: SYMBOLS, interval }, async (update) => {
      seen.push(`${hourOf(clock.now())}: ${updateText(update)}`);
      await stage.onUpdate(update);
    });
    return stage;
  };

  const write = (name: string, ...lines: readonly string[]): Promise<string> =>
    folder.write(name, [HEADER, ...lines, ''].join('\n'));

  /** Two symbols over a day and more: enough for the fill model. */
  const writeDay = (hours = 30): Promise<string> =>
    write(
      'market.csv',
      ...Array.from({ length: hours }, (_, hour) => [line(hour, 'ETHUSDT'), line(hour, 'BTCUSDT')]).flat(),
    );

  it('closes candle by candle in alphabetical order, each handled before the next', async () => {
    const path = await write(
      'm.csv',
      line(0, 'ETHUSDT'),
      line(0, 'BTCUSDT'),
      line(1, 'ETHUSDT'),
      line(3, 'ETHUSDT'),
    );
    const { venue, hooks, seen } = await makeStage({ files: [{ path }] });
    expect(await venue.play(hooks)).toEqual({ finished: true, candles: 4, time: T + 4 * HOUR });
    expect(seen).toEqual([
      '1: live BTCUSDT0',
      'quiesce',
      '1: live ETHUSDT0',
      'quiesce',
      'done 2 (+2) at 1',
      '2: live ETHUSDT1',
      'quiesce',
      'done 3 (+1) at 2',
      '4: live ETHUSDT3',
      'quiesce',
      'done 4 (+1) at 4',
    ]);
    expect(venue.progress).toMatchObject({ candles: 4, time: T + 4 * HOUR });
    expect(venue.progress.bytesRead).toBe(venue.progress.totalBytes);
    expect(venue.counts).toMatchObject([{ path, counts: { rows: 4, candles: 4 } }]);
  });

  it('fills an order at the open of the next candle of its symbol, before any candle closes', async () => {
    const stage = await makeStage({ files: [{ path: await writeDay() }] });
    stage.onUpdate = async (update) => {
      if (
        update.kind !== 'candle' ||
        update.candle.symbol !== 'BTCUSDT' ||
        stage.clock.now() !== T + 28 * HOUR
      ) {
        return;
      }
      const time = stage.clock.now();
      await stage.exchange.submit(makeIntent({ decidedTime: time, validUntil: time + HOUR }));
    };
    await stage.venue.play(stage.hooks);
    const at = stage.seen.findIndex((text) => text.includes('BUY'));
    expect(stage.seen.slice(at - 3, at + 5)).toEqual([
      '28: live ETHUSDT27',
      'quiesce',
      'done 56 (+2) at 28',
      '28: BUY 1 at 100.15 fee 0.06009 USDT TAKER',
      '28: order-1 FILLED',
      'quiesce',
      '29: live BTCUSDT28',
      'quiesce',
    ]);
  });

  it('waits for what a report sets going, and for the reports that follow from it', async () => {
    const stage = await makeStage({ files: [{ path: await writeDay(3) }] });
    let cancels = 0;
    stage.onUpdate = async (update) => {
      if (update.kind === 'candle' && hourOf(update.candle.openTime) === 0) {
        await stage.exchange.submit(
          makeIntent({ orderId: update.candle.symbol, symbol: update.candle.symbol }),
        );
      }
    };
    const hooks: ReplayHooks = {
      ...stage.hooks,
      quiesce: async () => {
        stage.seen.push('quiesce');
        cancels += 1;
        if (cancels === 1) await stage.exchange.cancel({ orderId: 'BTCUSDT' });
      },
    };
    await stage.venue.play(hooks);
    expect(stage.seen.slice(0, 4)).toEqual([
      '1: live BTCUSDT0',
      'quiesce',
      '1: BTCUSDT CANCELED CANCEL_REQUESTED',
      'quiesce',
    ]);
  });

  it('delivers again what an earlier run handled, as the past', async () => {
    const path = await writeDay(4);
    const from: ReplayPosition = { candles: 4, time: T + 2 * HOUR };
    const { venue, hooks, seen } = await makeStage({ files: [{ path }], from });
    expect(await venue.play(hooks)).toMatchObject({ finished: true, candles: 8 });
    expect(seen).toEqual([
      '1: backfill BTCUSDT0',
      '1: backfill ETHUSDT0',
      '2: backfill BTCUSDT1',
      '2: backfill ETHUSDT1',
      'quiesce',
      '3: live BTCUSDT2',
      'quiesce',
      '3: live ETHUSDT2',
      'quiesce',
      'done 6 (+2) at 3',
      '4: live BTCUSDT3',
      'quiesce',
      '4: live ETHUSDT3',
      'quiesce',
      'done 8 (+2) at 4',
    ]);
  });

  it('delivers nothing live when an earlier run came to the end', async () => {
    const from: ReplayPosition = { candles: 4, time: T + 2 * HOUR };
    const { venue, hooks, seen } = await makeStage({ files: [{ path: await writeDay(2) }], from });
    expect(await venue.play(hooks)).toEqual({ finished: true, candles: 4, time: T + 2 * HOUR });
    expect(seen.filter((text) => text.includes('live'))).toEqual([]);
  });

  it.each([
    ['between two groups', { candles: 3, time: T + 2 * HOUR }],
    ['at another time', { candles: 4, time: T + 5 * HOUR }],
    ['after the end', { candles: 40, time: T + 20 * HOUR }],
  ])('refuses a position %s', async (_, from) => {
    const { venue, hooks, seen } = await makeStage({ files: [{ path: await writeDay(4) }], from });
    await expect(venue.play(hooks)).rejects.toMatchObject({ code: 'POSITION_UNKNOWN' });
    expect(seen.filter((text) => text.includes('live'))).toEqual([]);
  });

  it('stops after the group in hand, and can be continued to the same end', async () => {
    const path = await writeDay(6);
    const whole = await makeStage({ files: [{ path }] });
    await whole.venue.play(whole.hooks);
    const first = await makeStage({ files: [{ path }] });
    const stop = new AbortController();
    first.onUpdate = (update) => {
      if (update.kind === 'candle' && hourOf(update.candle.openTime) === 2) stop.abort();
      return Promise.resolve();
    };
    const stopped = await first.venue.play(first.hooks, stop.signal);
    expect(stopped).toEqual({ finished: false, candles: 6, time: T + 3 * HOUR });
    const second = await makeStage({ files: [{ path }], from: { candles: 6, time: T + 3 * HOUR } });
    await second.venue.play(second.hooks);
    const live = (seen: readonly string[]): readonly string[] =>
      seen.filter((text) => !text.includes('backfill'));
    expect([...first.seen, ...live(second.seen).slice(1)]).toEqual(whole.seen);
  });

  it('hands over every sound group before it fails', async () => {
    const path = await write('m.csv', line(0, 'BTCUSDT'), line(1, 'BTCUSDT'), `${line(2, 'BTCUSDT')},9`);
    const { venue, hooks, seen } = await makeStage({ files: [{ path }] });
    await expect(venue.play(hooks)).rejects.toMatchObject({ code: 'FIELD_COUNT_WRONG', line: 4 });
    expect(seen.filter((text) => text.startsWith('done'))).toEqual(['done 1 (+1) at 1', 'done 2 (+1) at 2']);
  });

  it('plays single trades as ticks with a modelled spread, and fills at them', async () => {
    const trades = Array.from({ length: 40 }, (_, i) => `${T + i * 45 * MINUTE},${i},buy,100,200`);
    const path = await folder.write(
      'BTCUSDT-trades.csv',
      ['time,id,side,price,quantity', ...trades, ''].join('\n'),
    );
    const stage = await makeStage({ files: [{ path }] });
    stage.onUpdate = async (update) => {
      if (update.kind === 'candle' && hourOf(update.candle.openTime) === 26) {
        await stage.exchange.submit(makeIntent({ purpose: 'EXIT', limitPrice: price('120') }));
      }
    };
    await stage.venue.play(stage.hooks);
    const at = stage.seen.indexOf('27: live BTCUSDT26');
    expect(stage.seen.slice(at, at + 10)).toEqual([
      '27: live BTCUSDT26',
      'quiesce',
      'done 26 (+1) at 27',
      '27: BUY 1 at 100.15 fee 0.06009 USDT TAKER',
      '27: order-1 FILLED',
      '27: tick BTCUSDT 100 99.98 100.02',
      'quiesce',
      '27.75: tick BTCUSDT 100 99.98 100.02',
      'quiesce',
      '28: live BTCUSDT27',
    ]);
  });

  it('paces event time by the clock on the wall', async () => {
    const time = new EventClock();
    let waits = 0;
    const wall: Clock = {
      now: () => time.now(),
      after: (delay, task) => {
        waits += 1;
        return time.after(delay, task);
      },
    };
    const path = await writeDay(3);
    const { venue, hooks, seen } = await makeStage({ files: [{ path }], speed: parseSpeed('60x'), wall });
    const ended = new AbortController();
    const playing = venue.play(hooks).finally(() => {
      ended.abort();
    });
    for (const minute of [1, 2, 3]) {
      while (waits < minute && !ended.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      expect(seen.filter((text) => text.includes('live'))).toHaveLength(2 * (minute - 1));
      time.advanceTo(minute * MINUTE);
    }
    expect(await playing).toMatchObject({ finished: true, candles: 6 });
  });

  it('declares what it models', async () => {
    const { venue } = await makeStage({ files: [{ path: await writeDay(1) }] });
    expect(venue.name).toBe('replay');
    expect(venue.inputs).toEqual({
      candles: 'measured',
      spread: 'modelled',
      depth: 'modelled',
      clockOffset: 'measured',
      balances: 'modelled',
    });
    const instruments = await venue.marketData.instruments(['BTCUSDT', 'XXX']);
    expect([...instruments.keys()]).toEqual(['BTCUSDT']);
    expect(await venue.marketData.history()).toEqual([]);
    const request = { symbols: SYMBOLS, interval: MINUTE };
    await expect(venue.marketData.subscribe(request, () => Promise.resolve())).rejects.toThrow(
      /candles of 1h: was asked for 1m/,
    );
    await venue.close();
  });

  it('says that a file is missing before anything is played', async () => {
    await expect(makeStage({ files: [{ path: '/nowhere/x.csv' }] })).rejects.toMatchObject({
      code: 'FILE_MISSING',
    });
  });
});
