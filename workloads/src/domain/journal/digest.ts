/**
 * The digest of a run (trading-rules: journal and digest): SHA-256 over its verdicts and fills, sorted by event time,
 * symbol, kind and id, in a canonical text without creation times and offsets. Two runs over the same data with the same
 * settings have the same digest, however often they were interrupted.
 */
import { createHash } from 'node:crypto';
import { formatDecimal } from '../money/decimal.ts';
import type { Fill, OrderIntent } from '../orders/order.ts';
import type { Verdict } from '../risk/verdict.ts';
import type { Timestamp } from '../time.ts';

interface Line {
  readonly time: Timestamp;
  readonly symbol: string;
  readonly kind: 'fill' | 'verdict';
  readonly id: string;
  readonly facts: readonly unknown[];
}

/** What an order asks for; null for the order of a denied verdict. */
const orderFacts = (order: OrderIntent | undefined): readonly unknown[] | null =>
  order === undefined
    ? null
    : [
        order.orderId,
        order.account,
        order.side,
        order.purpose,
        order.type,
        formatDecimal(order.quantity),
        order.limitPrice === undefined ? null : formatDecimal(order.limitPrice),
        formatDecimal(order.referencePrice),
        order.exitReason ?? null,
        order.attempt,
        order.decidedTime,
        order.validUntil ?? null,
      ];

const verdictLine = (verdict: Verdict): Line => ({
  time: verdict.time,
  symbol: verdict.symbol,
  kind: 'verdict',
  id: verdict.verdictId,
  facts: [
    verdict.subject,
    verdict.outcome,
    verdict.code,
    verdict.signalId ?? null,
    verdict.limitsHash,
    verdict.checks.map((check) => [
      check.check,
      check.passed,
      check.value,
      check.limit,
      check.trimmedTo ?? null,
    ]),
    orderFacts(verdict.order),
  ],
});

const fillLine = (fill: Fill): Line => ({
  time: fill.time,
  symbol: fill.symbol,
  kind: 'fill',
  id: fill.tradeId,
  facts: [
    fill.orderId,
    fill.side,
    formatDecimal(fill.price),
    formatDecimal(fill.quantity),
    fill.fee.asset,
    formatDecimal(fill.fee.amount),
    formatDecimal(fill.fee.quoteValue),
    fill.liquidity,
  ],
});

/** By UTF-16 code units: the same on every machine, unlike a locale's order. */
const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const byPlace = (a: Line, b: Line): number =>
  a.time - b.time || byText(a.symbol, b.symbol) || byText(a.kind, b.kind) || byText(a.id, b.id);

/** The digest, in hexadecimal. The order in which verdicts and fills are given does not matter. */
export function digest(verdicts: Iterable<Verdict>, fills: Iterable<Fill>): string {
  const lines = [...Array.from(verdicts, verdictLine), ...Array.from(fills, fillLine)].sort(byPlace);
  const hash = createHash('sha256');
  for (const { time, symbol, kind, id, facts } of lines) {
    hash.update(JSON.stringify([time, symbol, kind, id, ...facts])).update('\n');
  }
  return hash.digest('hex');
}
