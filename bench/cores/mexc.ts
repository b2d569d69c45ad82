import { readKlinePush } from '../../workloads/src/adapters/mexc/candle-reader.ts';
import { TickTracker } from '../../workloads/src/adapters/mexc/tick-tracker.ts';
import { makePushCodec } from '../../workloads/src/adapters/mexc/wire/push-codec.ts';
import type { DealItem, PushFrame } from '../../workloads/src/adapters/mexc/wire/push-frame.ts';
import { MINUTE } from '../../workloads/src/domain/time.ts';
import type { Core } from './market.ts';

/** Different frames, so that a figure is not that of one cached input. */
const VARIANTS = 64;
const START_S = 1_736_410_680;

const klineFrame = (at: number): PushFrame => ({
  kind: 'kline',
  channel: 'spot@public.kline.v3.api.pb@BTCUSDT@Min1',
  symbol: 'BTCUSDT',
  time: (START_S + at) * 1_000,
  body: {
    interval: 'Min1',
    windowStart: START_S + 60 * at,
    openingPrice: '92925.17',
    closingPrice: `93${100 + at}.47`,
    highestPrice: '93958.47',
    lowestPrice: '92800.01',
    volume: `36.838032${10 + at}`,
    amount: `34248${10 + at}.05`,
    windowEnd: START_S + 60 * at + 60,
  },
});

const deal = (at: number, item: number): DealItem => ({
  price: `93${100 + at}.2${item}`,
  quantity: `0.044382${10 + at}`,
  tradeType: 1 + (item % 2),
  time: (START_S + at) * 1_000 + item,
  tradeId: `50597901743900${1_000 * at + item}`,
});

const dealsFrame = (at: number): PushFrame => ({
  kind: 'aggreDeals',
  channel: 'spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT',
  symbol: 'BTCUSDT',
  time: (START_S + at) * 1_000,
  body: {
    deals: [deal(at, 0), deal(at, 1), deal(at, 2)],
    eventType: 'spot@public.aggre.deals.v3.api.pb@100ms',
  },
});

const codec = makePushCodec();
const encoded = (make: (at: number) => PushFrame): readonly Buffer[] =>
  Array.from({ length: VARIANTS }, (_, at) => Buffer.from(codec.encode(make(at))));

function runKlines(frames: readonly Buffer[], iterations: number): number {
  let sum = 0;
  for (let at = 0; at < iterations; at += 1) {
    const push = codec.decode(frames[at % VARIANTS] ?? Buffer.alloc(0));
    if (push.kind === 'kline') sum += readKlinePush(push.symbol, MINUTE, push.body).close.scale;
  }
  return sum;
}

function runDeals(frames: readonly Buffer[], iterations: number): number {
  let sum = 0;
  let tracker = new TickTracker('BTCUSDT');
  for (let at = 0; at < iterations; at += 1) {
    // A repeated round would be dropped as seen.
    if (at % VARIANTS === 0) tracker = new TickTracker('BTCUSDT');
    const push = codec.decode(frames[at % VARIANTS] ?? Buffer.alloc(0));
    if (push.kind === 'aggreDeals') sum += tracker.onDeals(push.body.deals)?.price.scale ?? 0;
  }
  return sum;
}

const KLINES = encoded(klineFrame);
const DEALS = encoded(dealsFrame);

/** Messages decoded and normalised: targets are 200,000/s of klines and 150,000/s of frames of three deals on a core. */
export const mexcCores: readonly Core[] = [
  {
    name: 'MEXC kline pushes decoded and normalised to candles',
    iterations: 200_000,
    run: (iterations) => runKlines(KLINES, iterations),
  },
  {
    name: 'MEXC pushes of three deals decoded and normalised to ticks',
    iterations: 150_000,
    run: (iterations) => runDeals(DEALS, iterations),
  },
];
