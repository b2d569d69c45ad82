import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makePushCodec } from './push-codec.ts';
import type { PushFrame } from './push-frame.ts';
import { WireError } from './wire-error.ts';

const codec = makePushCodec();

const KLINE: PushFrame = {
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

const text = fc.string({ maxLength: 12 });
const integer = fc.maxSafeNat();
const deal = fc.record({
  price: text,
  quantity: text,
  tradeType: fc.integer({ min: 0, max: 2 }),
  time: integer,
  tradeId: text,
});
const order = fc.record({
  id: text,
  clientId: text,
  price: text,
  quantity: text,
  amount: text,
  avgPrice: text,
  orderType: fc.nat(102),
  tradeType: fc.nat(2),
  isMaker: fc.boolean(),
  remainAmount: text,
  remainQuantity: text,
  lastDealQuantity: text,
  cumulativeQuantity: text,
  cumulativeAmount: text,
  status: fc.nat(5),
  createTime: integer,
  market: text,
  triggerType: fc.nat(3),
  triggerPrice: text,
  state: fc.nat(9),
  ocoId: text,
  routeFactor: text,
  symbolId: text,
  marketId: text,
  marketCurrencyId: text,
  currencyId: text,
});
const level = fc.record({ price: text, quantity: text });
const frame: fc.Arbitrary<PushFrame> = fc
  .record({ channel: text, symbol: text, time: integer })
  .chain((envelope) =>
    fc.oneof(
      fc
        .record({ deals: fc.array(deal, { maxLength: 4 }), eventType: text })
        .map((body): PushFrame => ({ kind: 'aggreDeals', ...envelope, body })),
      order.map((body): PushFrame => ({ kind: 'privateOrder', ...envelope, body })),
      fc
        .record({
          asks: fc.array(level, { maxLength: 3 }),
          bids: fc.array(level, { maxLength: 3 }),
          eventType: text,
          fromVersion: text,
          toVersion: text,
          lastOrderCreateTime: integer,
        })
        .map((body): PushFrame => ({ kind: 'aggreDepths', ...envelope, body })),
    ),
  );

/** The same bytes with some replaced, cut or appended. */
const mutated = fc
  .tuple(
    frame,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.nat(),
    fc.uint8Array({ maxLength: 8 }),
  )
  .map(([valid, changes, cut, tail]) => {
    const bytes = Uint8Array.from(codec.encode(valid));
    for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
    const kept = bytes.subarray(0, bytes.length - (bytes.length > 0 ? cut % bytes.length : 0));
    return Buffer.concat([kept, tail]);
  });

function outcome(bytes: Uint8Array): string {
  try {
    return codec.decode(bytes).kind;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('the push codec', () => {
  it('reads the field numbers of a kline as the venue writes them', () => {
    // channel, symbol, createTime and the body by hand: an independent judge of the .proto.
    const body = Buffer.concat([
      Buffer.from([0x0a, 4]),
      Buffer.from('Min1'),
      Buffer.from([0x10, 0xb8, 0xd1, 0xfd, 0xbb, 0x06]),
      Buffer.from([0x1a, 5]),
      Buffer.from('92925'),
    ]);
    const bytes = Buffer.concat([
      Buffer.from([0x0a, 1]),
      Buffer.from('c'),
      Buffer.from([0x1a, 7]),
      Buffer.from('BTCUSDT'),
      Buffer.from([0x28, 0x80, 0x01]),
      // field 308, length-delimited: 308 << 3 | 2 = 2466
      Buffer.from([0xa2, 0x13, body.length]),
      body,
    ]);
    const decoded = codec.decode(bytes);
    expect(decoded).toMatchObject({ kind: 'kline', channel: 'c', symbol: 'BTCUSDT', time: 128 });
    expect(decoded.kind === 'kline' && decoded.body).toMatchObject({
      interval: 'Min1',
      windowStart: 1_736_403_128,
      openingPrice: '92925',
      closingPrice: '',
      windowEnd: 0,
    });
  });

  it('gives back what it wrote', () => {
    expect(codec.decode(codec.encode(KLINE))).toEqual(KLINE);
    fc.assert(
      fc.property(frame, (valid) => {
        expect(codec.decode(codec.encode(valid))).toEqual(valid);
      }),
      { seed: 41, numRuns: 500 },
    );
  });

  it('leaves proto3 defaults out of the bytes', () => {
    const bytes = codec.encode({
      ...KLINE,
      symbol: '',
      time: 0,
      body: { ...KLINE.body, volume: '', windowEnd: 0 },
    });
    expect(Buffer.from(bytes).includes(Buffer.from([0x4a]))).toBe(false);
    expect(codec.decode(bytes)).toMatchObject({ symbol: '', time: 0, body: { volume: '', windowEnd: 0 } });
  });

  it('takes the sending time of a push that states no creation time', () => {
    const sent = codec.encode({
      kind: 'aggreDeals',
      channel: 'c',
      symbol: 'S',
      time: 1_736_409_765_052,
      body: { deals: [], eventType: 'e' },
    });
    expect(codec.decode(sent).time).toBe(1_736_409_765_052);
  });

  it('skips fields and bodies added later', () => {
    const later = Buffer.from([0xa2, 0x1f, 2, 0x08, 1]);
    expect(codec.decode(later)).toEqual({ kind: 'unknown', channel: '', symbol: '', time: 0 });
    expect(codec.decode(Buffer.concat([codec.encode(KLINE), later]))).toEqual(KLINE);
  });

  it('refuses an int64 that a number cannot hold exactly', () => {
    const tooLarge = Buffer.from([0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    expect(outcome(tooLarge)).toBe('INT64_RANGE');
  });

  it('answers arbitrary bytes with a frame or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => typeof outcome(bytes) === 'string'),
      { seed: 42, numRuns: 5_000 },
    );
  });

  it('answers mutated frames with a frame or a typed error', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(mutated, (bytes) => {
        seen.add(outcome(bytes));
      }),
      { seed: 43, numRuns: 5_000 },
    );
    expect(seen).toContain('PROTOBUF_MALFORMED');
    expect(seen).toContain('aggreDeals');
  });
});
