import { describe, expect, it } from '@jest/globals';
import {
  FILLS,
  INTERVAL,
  makeCandle,
  makeInstrument,
  makeIntent,
  reportText,
  START,
  warmup,
} from '../../../test/replay/paper-market.ts';
import { money, price } from '../../domain/money/amounts.ts';
import type { MarketData, MarketUpdate } from '../../ports/venue.ts';
import { EventClock } from '../memory/event-clock.ts';
import { PaperExchange } from './paper-exchange.ts';
import { PaperVenue } from './paper-venue.ts';

const INSTRUMENTS = new Map([['BTCUSDT', makeInstrument()]]);

/** Public data that the test pushes. */
class PushedData implements MarketData {
  push: (update: MarketUpdate) => Promise<void> = () => Promise.resolve();

  instruments(): ReturnType<MarketData['instruments']> {
    return Promise.resolve(INSTRUMENTS);
  }
  history(): ReturnType<MarketData['history']> {
    return Promise.resolve(warmup());
  }
  subscribe(
    _: unknown,
    listener: (update: MarketUpdate) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }> {
    this.push = listener;
    return Promise.resolve({
      stop: () => {
        this.push = () => Promise.resolve();
        return Promise.resolve();
      },
    });
  }
}

function makeVenue(): { venue: PaperVenue; data: PushedData; exchange: PaperExchange } {
  const data = new PushedData();
  const exchange = new PaperExchange({
    quote: 'USDT',
    capital: money('1000'),
    instruments: INSTRUMENTS,
    fills: FILLS,
    interval: INTERVAL,
    clock: new EventClock(START),
    latency: 0,
  });
  const inputs = {
    candles: 'measured',
    spread: 'measured',
    depth: 'absent',
    clockOffset: 'measured',
    balances: 'absent',
  } as const;
  return { venue: new PaperVenue({ name: 'mexc', marketData: data, inputs, exchange }), data, exchange };
}

describe('PaperVenue', () => {
  it('fills an order at the next tick, before the listener sees it', async () => {
    const { venue, data, exchange } = makeVenue();
    const seen: string[] = [];
    exchange.onReport((report) => Promise.resolve(void seen.push(reportText(report))));
    await venue.marketData.history('BTCUSDT', INTERVAL, 26);
    await venue.marketData.subscribe({ symbols: ['BTCUSDT'], interval: INTERVAL }, (update) => {
      seen.push(update.kind);
      return Promise.resolve();
    });
    await exchange.submit(makeIntent());
    await data.push({ kind: 'tick', symbol: 'BTCUSDT', price: price('100'), time: START + 5 });
    await data.push({ kind: 'feed', symbol: 'BTCUSDT', status: 'STALE', detail: 'silent', time: START + 6 });
    expect(seen).toEqual(['BUY 1 at 100.15 fee 0.06009 USDT TAKER', 'order-1 FILLED', 'tick', 'feed']);
  });

  it('knows the market from the candles of the feed as well as from history', async () => {
    const { venue, data, exchange } = makeVenue();
    const seen: string[] = [];
    exchange.onReport((report) => Promise.resolve(void seen.push(reportText(report))));
    await venue.marketData.subscribe({ symbols: ['BTCUSDT'], interval: INTERVAL }, () => Promise.resolve());
    for (const candle of warmup()) await data.push({ kind: 'candle', candle, origin: 'live' });
    await data.push({ kind: 'candle', candle: makeCandle(START, { interval: 1 }), origin: 'live' });
    await exchange.submit(makeIntent());
    await data.push({ kind: 'tick', symbol: 'BTCUSDT', price: price('100'), time: START });
    expect(seen).toEqual(['BUY 1 at 100.15 fee 0.06009 USDT TAKER', 'order-1 FILLED']);
  });

  it('gives up an entry in time whose symbol has gone silent', async () => {
    const { venue, data, exchange } = makeVenue();
    const seen: string[] = [];
    exchange.onReport((report) => Promise.resolve(void seen.push(reportText(report))));
    await venue.marketData.subscribe({ symbols: ['BTCUSDT'], interval: INTERVAL }, () => Promise.resolve());
    await exchange.submit(makeIntent({ validUntil: START + 10 }));
    const others = { kind: 'feed', symbol: 'ETHUSDT', status: 'RECOVERED', detail: '' } as const;
    await data.push({ ...others, time: START + 9 });
    expect(exchange.hasWorking('BTCUSDT')).toBe(true);
    await data.push({ ...others, time: START + 10 });
    expect(seen).toEqual(['order-1 CANCELED EXPIRED_STALE']);
    expect(exchange.hasWorking('BTCUSDT')).toBe(false);
  });

  it('takes the place of the venue, with modelled depth and balances', async () => {
    const { venue, exchange } = makeVenue();
    expect(venue.name).toBe('mexc');
    expect(venue.orders).toBe(exchange);
    expect(venue.inputs).toEqual({
      candles: 'measured',
      spread: 'measured',
      depth: 'modelled',
      clockOffset: 'measured',
      balances: 'modelled',
    });
    expect(await venue.marketData.instruments(['BTCUSDT'])).toBe(INSTRUMENTS);
    await venue.close();
  });
});
