import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeHotFrameReader } from './hot-frames.ts';
import { makeGeneralPushCodec, makePushCodec } from './push-codec.ts';
import type { DecodedPush, PushFrame } from './push-frame.ts';
import { WireError } from './wire-error.ts';

const general = makeGeneralPushCodec();
const whole = makePushCodec();
const readHot = makeHotFrameReader();

interface Parts {
  readonly text: fc.Arbitrary<string>;
  readonly time: fc.Arbitrary<number>;
  readonly side: fc.Arbitrary<number>;
}

const amount = fc.oneof(
  fc.constantFrom('', '0', '92925.17', '0.04438210'),
  fc.stringMatching(/^\d{1,9}\.\d{1,9}$/),
);
const USUAL: Parts = { text: amount, time: fc.nat(2_000_000_000_000), side: fc.nat(2) };
const ODD: Parts = {
  text: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('龙虾USDT', 'x'.repeat(300))),
  time: fc.maxSafeNat(),
  side: fc.integer(),
};

function framesOf({ text, time, side }: Parts): fc.Arbitrary<PushFrame> {
  const kline = fc.record({
    interval: text,
    windowStart: time,
    openingPrice: text,
    closingPrice: text,
    highestPrice: text,
    lowestPrice: text,
    volume: text,
    amount: text,
    windowEnd: time,
  });
  const deal = fc.record({ price: text, quantity: text, tradeType: side, time, tradeId: text });
  const deals = fc.record({ deals: fc.array(deal, { maxLength: 4 }), eventType: text });
  const bookTicker = fc.record({
    bidPrice: text,
    bidQuantity: text,
    askPrice: text,
    askQuantity: text,
    version: text,
    lastOrderCreateTime: time,
  });
  const envelope = fc.record({ channel: text, symbol: text, time });
  return fc.oneof(
    fc.tuple(envelope, kline).map(([head, body]): PushFrame => ({ kind: 'kline', ...head, body })),
    fc.tuple(envelope, deals).map(([head, body]): PushFrame => ({ kind: 'aggreDeals', ...head, body })),
    fc
      .tuple(envelope, bookTicker)
      .map(([head, body]): PushFrame => ({ kind: 'aggreBookTicker', ...head, body })),
  );
}
const frame = fc.oneof(framesOf(USUAL), framesOf(ODD));

/** Bytes replaced, parts cut out, doubled or put elsewhere. */
const mutated = fc
  .tuple(
    frame,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    fc.constantFrom('whole', 'whole', 'whole', 'cut', 'doubled', 'turned'),
    fc.nat(),
    fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 4 })),
  )
  .map(([valid, changes, what, at, tail]) => {
    const bytes = Buffer.from(general.encode(valid));
    for (const [place, value] of changes) if (bytes.length > 0) bytes[place % bytes.length] = value;
    const middle = bytes.length === 0 ? 0 : at % bytes.length;
    const [head, rest] = [bytes.subarray(0, middle), bytes.subarray(middle)];
    const parts = { whole: [bytes], cut: [head], doubled: [bytes, rest], turned: [rest, head] }[what];
    return Buffer.concat([...parts, tail]);
  });

function outcome(decode: () => DecodedPush): DecodedPush | string {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** Whether the hot reader was sure; it must then say what the general one says, and so must the codec always. */
function judge(bytes: Buffer): boolean {
  const expected = outcome(() => general.decode(bytes));
  const hot = readHot(bytes);
  if (hot !== undefined) expect(hot).toEqual(expected);
  expect(outcome(() => whole.decode(bytes))).toEqual(expected);
  return hot !== undefined;
}

const usual: PushFrame = {
  kind: 'kline',
  channel: 'spot@public.kline.v3.api.pb@BTCUSDT@Min1',
  symbol: 'BTCUSDT',
  time: 1_736_410_707_571,
  body: {
    interval: 'Min1',
    windowStart: 1_736_410_680,
    openingPrice: '92925',
    closingPrice: '93158.47',
    highestPrice: '93158.47',
    lowestPrice: '92800',
    volume: '36.83803224',
    amount: '3424811.05',
    windowEnd: 1_736_410_740,
  },
};
const bytesOf = (valid: PushFrame): Buffer => Buffer.from(general.encode(valid));
/** A text and an integer with the numbers 40 and 41, which nobody knows yet. */
const ADDED = Buffer.from([0xc2, 0x02, 1, 0x41, 0xc8, 0x02, 7]);

describe('the reader of hot frames', () => {
  it('reads what the venue usually sends, also with fields added later behind the others', () => {
    const deals: PushFrame = {
      kind: 'aggreDeals',
      channel: 'spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT',
      symbol: 'BTCUSDT',
      time: 1_736_409_765_052,
      body: {
        deals: [
          { price: '93220', quantity: '0.04438243', tradeType: 2, time: 1_736_409_765_051, tradeId: '5059' },
        ],
        eventType: 'spot@public.aggre.deals.v3.api.pb@100ms',
      },
    };
    expect(readHot(bytesOf(usual))).toEqual(usual);
    expect(readHot(bytesOf(deals))).toEqual(deals);
    const inner = Buffer.concat([bytesOf({ ...usual, channel: '', symbol: '', time: 0 }).subarray(3), ADDED]);
    const added = Buffer.concat([Buffer.from([0xa2, 0x13, inner.length]), inner]);
    expect(readHot(added)).toEqual({ ...usual, channel: '', symbol: '', time: 0 });
    expect(judge(added)).toBe(true);
  });

  it('leaves to the general reader what it is not sure of', () => {
    const bytes = bytesOf(usual);
    expect(readHot(bytesOf({ ...usual, symbol: '龙虾USDT' }))).toBeUndefined();
    expect(readHot(bytesOf({ ...usual, time: 2 ** 52 }))).toBeUndefined();
    // Twice the same body, and nothing but an envelope.
    expect(readHot(Buffer.concat([bytes, bytes]))).toBeUndefined();
    expect(readHot(Buffer.from([0x0a, 1, 0x41]))).toBeUndefined();
    for (let end = 0; end < bytes.length; end += 1) expect(readHot(bytes.subarray(0, end))).toBeUndefined();
  });

  it('says of valid frames what the general reader says', () => {
    let sure = 0;
    fc.assert(
      fc.property(frame, (valid) => {
        if (judge(bytesOf(valid))) sure += 1;
      }),
      { seed: 44, numRuns: 1_000 },
    );
    expect(sure).toBeGreaterThan(200);
  });

  it('says of mutated frames and of arbitrary bytes what the general reader says', () => {
    let [sure, unsure] = [0, 0];
    fc.assert(
      fc.property(fc.oneof(mutated, mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        if (judge(Buffer.from(bytes))) sure += 1;
        else unsure += 1;
      }),
      { seed: 45, numRuns: 5_000 },
    );
    expect(sure).toBeGreaterThan(50);
    expect(unsure).toBeGreaterThan(1_000);
  });
});
