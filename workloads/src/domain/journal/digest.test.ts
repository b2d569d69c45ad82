import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW, SIGNAL, entry } from '../../../test/domain/entry-fixture.ts';
import { type Price, money, price, quantity } from '../money/amounts.ts';
import { decimal } from '../money/decimal.ts';
import type { Fill } from '../orders/order.ts';
import { decideEntry } from '../risk/decide.ts';
import type { Verdict } from '../risk/verdict.ts';
import { sha256 } from './chain.ts';
import { digest } from './digest.ts';

const fill: Fill = {
  tradeId: 't1',
  orderId: 'o1',
  symbol: 'BTCUSDT',
  side: 'BUY',
  price: price('35250'),
  quantity: quantity('0.02'),
  fee: { asset: 'USDT', amount: quantity('0.4'), quoteValue: money('0.4') },
  liquidity: 'TAKER',
  time: NOW,
};
const verdict: Verdict = decideEntry(entry());
const verdicts = ['a', 'b', 'c', 'd'].map((id, i) =>
  decideEntry(
    entry({
      now: NOW + (i % 2),
      signal: { ...SIGNAL, signalId: id, symbol: i < 2 ? 'BTCUSDT' : 'ETHUSDT' },
    }),
  ),
);
const fills = ['t1', 't2', 't3', 't4'].map((tradeId, i): Fill => ({ ...fill, tradeId, time: NOW + (i % 2) }));

describe('the digest of a run', () => {
  it('is that of nothing for an empty run', () => {
    expect(digest([], [])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('is the hash of one line each in canonical text, by time, symbol, kind and id', () => {
    const denied: Verdict = {
      verdictId: 'v1',
      outcome: 'DENY',
      code: 'STATE_HALTED',
      symbol: 'BTCUSDT',
      subject: 'ENTRY',
      signalId: 's1',
      checks: [{ check: 'state', passed: false, value: 'Halted', limit: 'Running', code: 'STATE_HALTED' }],
      limitsHash: 'l1',
      time: NOW,
    };
    const text =
      `[${NOW},"BTCUSDT","fill","t1","o1","BUY","35250","0.02","USDT","0.4","0.4","TAKER"]\n` +
      `[${NOW},"BTCUSDT","verdict","v1","ENTRY","DENY","STATE_HALTED","s1","l1",` +
      `[["state",false,"Halted","Running",null]],null]\n`;
    expect(digest([denied], [fill])).toBe(sha256(text));
    const before = `[${NOW - 1},"ZZZUSDT","fill","t9","o1","BUY","35250","0.02","USDT","0.4","0.4","TAKER"]\n`;
    const after = `[${NOW},"ETHUSDT","fill","t0","o1","BUY","35250","0.02","USDT","0.4","0.4","TAKER"]\n`;
    const others: readonly Fill[] = [
      { ...fill, symbol: 'ETHUSDT', tradeId: 't0' },
      { ...fill, symbol: 'ZZZUSDT', tradeId: 't9', time: NOW - 1 },
    ];
    expect(digest([denied], [...others, fill])).toBe(sha256(before + text + after));
  });

  it('does not depend on the order in which things were recorded', () => {
    const expected = digest(verdicts, fills);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(verdicts, { minLength: 4 }),
        fc.shuffledSubarray(fills, { minLength: 4 }),
        (someVerdicts, someFills) => {
          expect(digest(someVerdicts, someFills)).toBe(expected);
        },
      ),
      { seed: 18, numRuns: 100 },
    );
  });

  it('depends on every fact of a fill', () => {
    const changes: readonly Partial<Fill>[] = [
      { tradeId: 't2' },
      { orderId: 'o2' },
      { symbol: 'ETHUSDT' },
      { side: 'SELL' },
      { price: price('35250.01') },
      { quantity: quantity('0.021') },
      { fee: { ...fill.fee, asset: 'BTC' } },
      { fee: { ...fill.fee, amount: quantity('0.5') } },
      { fee: { ...fill.fee, quoteValue: money('0.5') } },
      { liquidity: 'MAKER' },
      { time: NOW + 1 },
    ];
    const digests = [{}, ...changes].map((change) => digest([], [{ ...fill, ...change }]));
    expect(new Set(digests).size).toBe(changes.length + 1);
  });

  it('depends on every fact of a verdict, and on its checks and order', () => {
    const [first] = verdict.checks;
    const order = verdict.order;
    if (!first || !order) throw new Error('the verdict allows');
    const changes: readonly Partial<Verdict>[] = [
      { verdictId: 'v2' },
      { outcome: 'TRIM' },
      { code: 'TRIMMED' },
      { symbol: 'ETHUSDT' },
      { subject: 'EXIT' },
      { signalId: 'other' },
      { limitsHash: 'other' },
      { time: NOW + 1 },
      { checks: [] },
      ...[{ check: 'x' }, { passed: false }, { value: 'x' }, { limit: 'x' }, { trimmedTo: '1' }].map(
        (change) => ({
          checks: [{ ...first, ...change }, ...verdict.checks.slice(1)],
        }),
      ),
      ...[
        { orderId: 'x' },
        { account: 'x' },
        { side: 'SELL' as const },
        { purpose: 'EXIT' as const },
        { type: 'LIMIT' as const },
        { quantity: quantity('1') },
        { limitPrice: price('1') },
        { referencePrice: price('1') },
        { exitReason: 'STOP_LOSS' as const },
        { attempt: 1 },
        { decidedTime: 1 },
        { validUntil: 1 },
      ].map((change) => ({ order: { ...order, ...change } })),
    ];
    const digests = [{}, ...changes].map((change) => digest([{ ...verdict, ...change }], []));
    expect(new Set(digests).size).toBe(changes.length + 1);
  });

  it('depends on values and not on how they are kept', () => {
    const padded = { ...fill, price: decimal(3_525_000n, 2) as Price };
    expect(digest([], [padded])).toBe(digest([], [fill]));
  });
});
