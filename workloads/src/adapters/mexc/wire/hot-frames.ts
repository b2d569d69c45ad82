/**
 * The three kinds of pushes that are nearly all traffic, read without reflection. This reader is never the judge: on
 * anything unusual (another kind, another order of fields, a broken or repeated part, text beyond ASCII, a number of more
 * than 49 bits) it answers undefined, and the general reader decides. A property test holds the two against each other.
 */
import type { DealItem, KlineBody, PushBodies, PushFrame } from './push-frame.ts';
import { WireCursor } from './wire-cursor.ts';

type HotFrame = Extract<PushFrame, { readonly kind: 'kline' | 'aggreDeals' | 'aggreBookTicker' }>;

/** Reads a frame of a hot kind; undefined leaves it to the general reader. */
export type ReadHotFrame = (bytes: Uint8Array) => HotFrame | undefined;

/** Protobuf's tag of a text or message field, and of an integer field. */
const text = (field: number): number => field * 8 + 2;
const integer = (field: number): number => field * 8;

const [TEXT_1, TEXT_2, TEXT_3, TEXT_4, TEXT_5] = [text(1), text(2), text(3), text(4), text(5)];
const [TEXT_6, TEXT_7, TEXT_8] = [text(6), text(7), text(8)];
const [INTEGER_2, INTEGER_3, INTEGER_4, INTEGER_5] = [integer(2), integer(3), integer(4), integer(5)];
const [INTEGER_6, INTEGER_9] = [integer(6), integer(9)];
const [KLINE, AGGRE_DEALS, AGGRE_BOOK_TICKER] = [text(308), text(314), text(315)];
/** The last field number of the wrapper. */
const LAST_BODY = 315;
const INT32_MAX = 2_147_483_647;

function readKline(cursor: WireCursor): KlineBody {
  return {
    interval: cursor.text(TEXT_1),
    windowStart: cursor.integer(INTEGER_2),
    openingPrice: cursor.text(TEXT_3),
    closingPrice: cursor.text(TEXT_4),
    highestPrice: cursor.text(TEXT_5),
    lowestPrice: cursor.text(TEXT_6),
    volume: cursor.text(TEXT_7),
    amount: cursor.text(TEXT_8),
    windowEnd: cursor.integer(INTEGER_9),
  };
}

function readBookTicker(cursor: WireCursor): PushBodies['aggreBookTicker'] {
  return {
    bidPrice: cursor.text(TEXT_1),
    bidQuantity: cursor.text(TEXT_2),
    askPrice: cursor.text(TEXT_3),
    askQuantity: cursor.text(TEXT_4),
    version: cursor.text(TEXT_5),
    lastOrderCreateTime: cursor.integer(INTEGER_6),
  };
}

function readDeal(cursor: WireCursor): DealItem {
  const deal = {
    price: cursor.text(TEXT_1),
    quantity: cursor.text(TEXT_2),
    tradeType: cursor.integer(INTEGER_3),
    time: cursor.integer(INTEGER_4),
    tradeId: cursor.text(TEXT_5),
  };
  // An int32 beyond its range would have to be wrapped.
  if (deal.tradeType > INT32_MAX) cursor.giveUp();
  return deal;
}

function readDeals(cursor: WireCursor): PushBodies['aggreDeals'] {
  const deals: DealItem[] = [];
  for (let outer = cursor.enterAt(TEXT_1); outer !== undefined; outer = cursor.enterAt(TEXT_1)) {
    deals.push(readDeal(cursor));
    cursor.leave(outer, 5);
  }
  return { deals, eventType: cursor.text(TEXT_2) };
}

/** Of a message that lies open before the cursor: its fields, and the last field number that is known. */
function readBody(
  cursor: WireCursor,
  tag: number,
): (Pick<HotFrame, 'kind' | 'body'> & { readonly last: number }) | undefined {
  if (tag === KLINE) return { kind: 'kline', body: readKline(cursor), last: 9 };
  if (tag === AGGRE_DEALS) return { kind: 'aggreDeals', body: readDeals(cursor), last: 2 };
  if (tag === AGGRE_BOOK_TICKER) return { kind: 'aggreBookTicker', body: readBookTicker(cursor), last: 6 };
  return undefined;
}

export function makeHotFrameReader(): ReadHotFrame {
  const cursor = new WireCursor();
  return (bytes) => {
    cursor.begin(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes));
    const channel = cursor.text(TEXT_1);
    const symbol = cursor.text(TEXT_3);
    cursor.text(TEXT_4);
    const [createTime, sendTime] = [cursor.integer(INTEGER_5), cursor.integer(INTEGER_6)];
    const tag = cursor.varint();
    const outer = cursor.enter();
    const read = readBody(cursor, tag);
    if (read === undefined) return undefined;
    cursor.leave(outer, read.last);
    cursor.leave(0, LAST_BODY);
    const time = createTime === 0 ? sendTime : createTime;
    return cursor.sure
      ? ({ kind: read.kind, channel, symbol, time, body: read.body } as HotFrame)
      : undefined;
  };
}
