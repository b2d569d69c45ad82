import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asMoney, asPrice, asQuantity, asRatio } from '../domain/money/amounts.ts';
import { decimal } from '../domain/money/decimal.ts';
import { decodeEvent, encodeEvent } from './codec.ts';
import { STREAM_NAMES, type StreamEvents, type StreamName } from './event.ts';

const SEED = 20240229;

const units = (min: bigint) => fc.bigInt({ min, max: 10n ** 20n });
const scale = fc.integer({ min: 0, max: 18 });
const prices = fc.tuple(units(1n), scale).map(([u, s]) => asPrice(decimal(u, s)));
const quantities = fc.tuple(units(1n), scale).map(([u, s]) => asQuantity(decimal(u, s)));
const volumes = fc.tuple(units(0n), scale).map(([u, s]) => asMoney(decimal(u, s)));
const moneys = fc.tuple(units(-(10n ** 20n)), scale).map(([u, s]) => asMoney(decimal(u, s)));
const ratios = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(asRatio);
const times = fc.integer({ min: 0, max: 4_102_444_800_000 });
const ids = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const symbols = fc.stringMatching(/^[A-Z0-9]{2,12}$/);
const texts = fc.string({ maxLength: 100 });

const envelope = {
  schemaVersion: fc.constant(1 as const),
  eventId: ids,
  eventTime: times,
  createdTime: times,
  bot: ids,
};
const withOptional = <T extends object, O extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  extra: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<T & Partial<O>> =>
  fc
    .tuple(fc.record(required), fc.record(extra, { requiredKeys: [] }))
    .map(([a, b]) => ({ ...a, ...b }) as T & Partial<O>);

const sides = fc.constantFrom('BUY' as const, 'SELL' as const);
const purposes = fc.constantFrom('ENTRY' as const, 'EXIT' as const, 'FLATTEN' as const);
const exitReasons = fc.constantFrom('STOP_LOSS' as const, 'TAKE_PROFIT' as const, 'BREAKER' as const);
const states = fc.constantFrom('WORKING' as const, 'UNKNOWN' as const, 'PARTIALLY_CANCELED' as const);

const candles = fc.record({
  symbol: symbols,
  interval: fc.constantFrom(60_000, 300_000),
  openTime: times,
  open: prices,
  high: prices,
  low: prices,
  close: prices,
  volume: quantities,
  quoteVolume: volumes,
});
const fills = fc.record({
  tradeId: ids,
  orderId: ids,
  symbol: symbols,
  side: sides,
  price: prices,
  quantity: quantities,
  fee: fc.record({ asset: ids, amount: quantities, quoteValue: moneys }),
  liquidity: fc.constantFrom('TAKER' as const, 'MAKER' as const),
  time: times,
});
const positions = fc.record({
  symbol: symbols,
  quantity: quantities,
  totalCost: moneys,
  realizedPnl: moneys,
  fees: moneys,
  entryTime: times,
  boughtQuantity: quantities,
  boughtNotional: moneys,
  soldQuantity: quantities,
  soldNotional: moneys,
});
const orders = withOptional(
  {
    orderId: ids,
    account: ids,
    symbol: symbols,
    side: sides,
    purpose: purposes,
    type: fc.constantFrom('LIMIT_IOC' as const, 'LIMIT' as const, 'MARKET' as const),
    quantity: quantities,
    referencePrice: prices,
    verdictId: ids,
    attempt: fc.nat(9),
    decidedTime: times,
  },
  { limitPrice: prices, signalId: ids, exitReason: exitReasons, validUntil: times },
);
const signals = fc.record({
  signalId: ids,
  strategy: ids,
  symbol: symbols,
  side: fc.constant('BUY' as const),
  price: prices,
  changeRatio: ratios,
  quoteVolume: volumes,
  confidenceRatio: ratios,
  candleOpenTime: times,
  decidedTime: times,
});

const eventArbitraries: { [Name in StreamName]: fc.Arbitrary<StreamEvents[Name]> } = {
  market_data: fc.oneof(
    withOptional(
      {
        ...envelope,
        type: fc.constant('candle' as const),
        candle: candles,
        origin: fc.constantFrom('live' as const, 'backfill' as const, 'correction' as const),
      },
      { cause: ids },
    ),
    withOptional(
      { ...envelope, type: fc.constant('tick' as const), symbol: symbols, price: prices },
      { cause: ids, quantity: quantities, bid: prices, ask: prices },
    ),
    withOptional(
      {
        ...envelope,
        type: fc.constant('feed' as const),
        symbol: symbols,
        status: fc.constantFrom('GAP' as const, 'STALE' as const, 'RECOVERED' as const),
        detail: texts,
      },
      { cause: ids },
    ),
  ),
  signals: withOptional(
    { ...envelope, type: fc.constant('signal' as const), signal: signals },
    { cause: ids },
  ),
  orders: fc.oneof(
    withOptional({ ...envelope, type: fc.constant('order' as const), order: orders }, { cause: ids }),
    withOptional(
      {
        ...envelope,
        type: fc.constant('bot_state' as const),
        state: fc.constantFrom('Running' as const, 'ReduceOnly' as const, 'Halted' as const),
        reason: texts,
      },
      { cause: ids },
    ),
  ),
  order_results: fc.oneof(
    withOptional(
      {
        ...envelope,
        type: fc.constant('order_state' as const),
        orderId: ids,
        symbol: symbols,
        purpose: purposes,
        state: states,
        filledQuantity: quantities,
      },
      { cause: ids, reason: texts },
    ),
    withOptional(
      { ...envelope, type: fc.constant('fill' as const), fill: fills, purpose: purposes, state: states },
      { cause: ids, exitReason: exitReasons },
    ),
    withOptional(
      { ...envelope, type: fc.constant('position_closed' as const), position: positions, orderId: ids },
      { cause: ids, exitReason: exitReasons },
    ),
  ),
  alerts: withOptional(
    {
      ...envelope,
      type: fc.constant('alert' as const),
      level: fc.constantFrom('INFO' as const, 'WARNING' as const, 'CRITICAL' as const),
      code: ids,
      message: texts,
      context: fc.dictionary(ids, texts, { maxKeys: 5 }),
    },
    { cause: ids },
  ),
};

describe.each(STREAM_NAMES)('the wire form of %s', (stream) => {
  it('reads back as the same event', () => {
    fc.assert(
      fc.property(eventArbitraries[stream], (event) => {
        expect(decodeEvent(stream, encodeEvent(stream, event))).toEqual({ ok: true, event });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('refuses arbitrary JSON with a reason and never throws', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const result = decodeEvent(stream, text);
        expect(result.ok).toBe(false);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('never throws on an event one field of which became something else', () => {
    fc.assert(
      fc.property(eventArbitraries[stream], fc.nat(), fc.jsonValue({ maxDepth: 1 }), (event, at, value) => {
        const json = JSON.parse(encodeEvent(stream, event)) as Record<string, unknown>;
        const keys = Object.keys(json);
        json[keys[at % keys.length] ?? ''] = value;
        expect(typeof decodeEvent(stream, JSON.stringify(json)).ok).toBe('boolean');
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('the event codec', () => {
  const [sample] = fc.sample(eventArbitraries.market_data, { seed: SEED, numRuns: 1 });
  const json = (): Record<string, unknown> =>
    JSON.parse(encodeEvent('market_data', sample!)) as Record<string, unknown>;

  it('writes money as strings', () => {
    const tick = fc
      .sample(eventArbitraries.market_data, { seed: SEED, numRuns: 99 })
      .find((e) => e.type === 'tick');
    const wire = JSON.parse(encodeEvent('market_data', tick!)) as { price: unknown };
    expect(typeof wire.price).toBe('string');
  });

  it.each([
    ['another schema version', { schemaVersion: 2 }, /^schemaVersion: /],
    ['a field nobody knows', { surprise: 1 }, /surprise/],
    ['a time with a fraction', { eventTime: 1.5 }, /^eventTime: /],
    ['a negative time', { eventTime: -1 }, /^eventTime: /],
    ['an empty id', { eventId: '' }, /^eventId: /],
  ])('refuses %s and names it', (_, change, reason) => {
    const result = decodeEvent('market_data', JSON.stringify({ ...json(), ...change }));
    expect(result).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it.each([
    ['a price of zero', '0'],
    ['a negative price', '-1'],
    ['a price with an exponent', '1e5'],
    ['NaN', 'NaN'],
    ['a price as a number', 5],
  ])('refuses %s and names the path', (_, value) => {
    const tick = { ...envelopeOf('tick'), symbol: 'BTCUSDT', price: value };
    const result = decodeEvent('market_data', JSON.stringify(tick));
    expect(result).toEqual({ ok: false, reason: expect.stringMatching(/^price: /) });
  });

  it('refuses what is not JSON and what is too long', () => {
    expect(decodeEvent('signals', '{')).toEqual({ ok: false, reason: expect.stringMatching(/^not JSON/) });
    const long = decodeEvent('signals', ' '.repeat(70_000));
    expect(long).toEqual({ ok: false, reason: expect.stringMatching(/was 70000$/) });
  });

  it('refuses an event of another stream', () => {
    const [order] = fc.sample(eventArbitraries.orders, { seed: SEED, numRuns: 1 });
    expect(decodeEvent('signals', encodeEvent('orders', order!)).ok).toBe(false);
  });
});

function envelopeOf(type: string): object {
  return { type, schemaVersion: 1, eventId: 'e', eventTime: 1, createdTime: 1, bot: 'b' };
}
