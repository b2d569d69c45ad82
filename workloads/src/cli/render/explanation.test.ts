import { describe, expect, it } from '@jest/globals';
import {
  A_DENIAL,
  A_FILL,
  A_ROUND_TRIP,
  A_SIGNAL,
  A_VERDICT,
  AN_ORDER,
  DECIDED,
  MIDNIGHT,
} from '../../../test/cli/sample-trade.ts';
import type { Explanation } from '../gather/explanation.ts';
import { renderExplanation } from './explanation.ts';
import { PLAIN_SCREEN } from './screen.ts';

const EXPLANATION: Explanation = {
  bot: 'momentum',
  quote: 'BTC',
  candle: { symbol: 'TRXBTC', openTime: MIDNIGHT, closeTime: DECIDED, close: '0.00001' },
  signal: {
    signalId: A_SIGNAL.signalId,
    strategy: 'momentum',
    symbol: 'TRXBTC',
    side: 'BUY',
    price: '0.00001',
    change: '4.12%',
    quoteVolume: '35.25',
    confidence: '41.2%',
    candleOpenTime: MIDNIGHT,
    decidedTime: DECIDED,
  },
  verdict: A_VERDICT,
  order: AN_ORDER,
  steps: [
    { time: DECIDED, state: 'APPROVED', detail: '' },
    { time: DECIDED, state: 'FILLED', detail: '' },
  ],
  fills: [A_FILL],
  roundTrip: A_ROUND_TRIP,
};

describe('an explanation', () => {
  it('walks from the candle to the round trip', () => {
    expect(renderExplanation(EXPLANATION, PLAIN_SCREEN).join('\n')).toBe(
      `BUY 10000 TRXBTC · ENTRY · FILLED  bot momentum

1 Market data
  candle  TRXBTC, 5m
  covers  2018-01-16 00:00:00 to 2018-01-16 00:05:00 UTC
  close   0.00001

2 Signal
  id            0t5v3k2m1n0p9q8r
  rule          momentum BUY
  change        4.12%
  quote volume  35.25
  confidence    41.2% (scales the size; no probability)
  decided       2018-01-16 00:05:00 UTC

3 Verdict
  id       v-7c2f
  outcome  TRIM (TRIMMED)
  decided  2018-01-16 00:05:00 UTC
  limits   f00dfeed

     check            value    limit
  ✓  state            Running  Running
  ✓  exposure         12.1%    30%      trimmed to 10000
  ✓  trades per hour  2        10

4 Order
  id           4n1c0m8k2q-0t5v3k2m1n0p9q-e0
  order        LIMIT_IOC BUY 10000 TRXBTC
  collar       0.0000101 (+1.00% from the price decided on, 0.00001)
  valid until  2018-01-16 00:10:00 UTC

  time (UTC)           state
  2018-01-16 00:05:00  APPROVED
  2018-01-16 00:05:00  FILLED

5 Fills
  time (UTC)                price    slip  quantity         BTC         fee  trade id
  2018-01-16 00:05:00  0.00001005  +0.50%     10000  0.10050000  0.00006000  paper-1-1

6 Round trip
  entry         2018-01-16 00:05:00 UTC at 0.00001005, order 4n1c0m8k2q-0t5v3k2m1n0p9q-e0
  exit          2018-01-16 00:40:00 UTC at 0.00001045, order 4n1c0m8k2q-7h2j1k0p9s8d7f-x0
  closed by     TAKE_PROFIT after 35m
  gross         0.00400000 BTC, fees 0.00012000
  net           +0.00388000 BTC (+3.86%)
  went against  -1.00% at worst (0.00000995)
  went for      +4.48% at best (0.0000105)`,
    );
  });

  it('stops at the verdict that denied', () => {
    const denied = { bot: 'momentum', quote: 'BTC', verdict: A_DENIAL, steps: [], fills: [] };
    expect(renderExplanation(denied, PLAIN_SCREEN).join('\n')).toBe(
      `ENTRY ADABTC · DENY (OPEN_POSITIONS)  bot momentum

1 Verdict
  id       v-9d01
  outcome  DENY (OPEN_POSITIONS)
  means    There would be more positions than risk.maxOpenPositions.
  to do    Nothing: it passes again when a position closes.
  decided  2018-01-16 00:05:00 UTC
  limits   f00dfeed

     check           value    limit
  ✓  state           Running  Running
  ✗  open-positions  10       at most 10

2 Order
  none: the verdict denied it`,
    );
  });

  it('adds up several fills', () => {
    const second = { ...A_FILL, tradeId: 'paper-1-2', price: A_FILL.price };
    const text = renderExplanation({ ...EXPLANATION, fills: [A_FILL, second] }, PLAIN_SCREEN).join('\n');
    expect(text).toMatch(/together +0\.00001005 +\+0\.50% +20000 +0\.20100000 +0\.00012000/);
  });

  it('says that a position is still open', () => {
    const open: Explanation = { bot: 'momentum', quote: 'BTC', order: AN_ORDER, steps: [], fills: [A_FILL] };
    expect(renderExplanation(open, PLAIN_SCREEN).at(-1)).toBe('  the position is still open');
  });
});
