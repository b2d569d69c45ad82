import { describe, expect, it } from '@jest/globals';
import { A_ROUND_TRIP, DECIDED } from '../../../test/cli/sample-trade.ts';
import { EMPTY_HEAD } from '../../domain/journal/chain.ts';
import { asRatio, money } from '../../domain/money/amounts.ts';
import type { RunSummary } from '../../pipeline/summary.ts';
import { tallyTrades } from '../gather/trade-tally.ts';
import { renderJson } from './json.ts';
import { type FinishedRun, renderRunSummary, runJson } from './run-summary.ts';
import { PLAIN_SCREEN, widthOf } from './screen.ts';

const SUMMARY: RunSummary = {
  bot: 'momentum',
  mode: 'paper',
  venue: 'replay',
  quote: 'BTC',
  candles: 11_520,
  time: DECIDED,
  signals: 91,
  orders: 57,
  fills: 48,
  roundTrips: 1,
  rejected: { CONSECUTIVE_LOSSES: 3, EXPOSURE_LIMIT: 9 },
  noSignal: { BELOW_THRESHOLD: 11_328 },
  capital: money('1'),
  equity: money('1.00388'),
  realizedPnl: money('0.004'),
  unrealizedPnl: money('0'),
  fees: money('0.00012'),
  maxDrawdown: asRatio(1_388_351n),
  openPositions: 0,
  data: { gaps: 2, missing: 7, late: 0, refused: {} },
  journalHead: {
    screener: EMPTY_HEAD,
    'screener-rest': EMPTY_HEAD,
    signal: EMPTY_HEAD,
    risk: { count: 1_234, hash: 'ab'.repeat(32) },
    execution: EMPTY_HEAD,
    control: EMPTY_HEAD,
  },
  digest: 'cd'.repeat(32),
};
const RUN: FinishedRun = {
  bot: 'momentum',
  tally: tallyTrades([A_ROUND_TRIP]),
  outcome: {
    status: 'finished',
    summary: SUMMARY,
    files: [
      {
        path: 'alts.csv.gz',
        counts: {
          rows: 12_000,
          candles: 11_520,
          outsideRows: 480,
          outsideSymbols: new Set(['XRPBTC']),
          droppedWindows: { first: 1, inner: 0, last: 0 },
          flatCandles: 0,
          ticks: 0,
        },
      },
    ],
  },
};

describe('the summary of a run', () => {
  it('says what came of it, what was denied, and what was left out of the data', () => {
    expect(renderRunSummary([RUN], PLAIN_SCREEN).join('\n')).toBe(
      `momentum  finished: 11,520 candles, up to 2018-01-16 00:05:00 UTC
  result       +0.00388000 BTC (+0.39%)
  equity       1.00388000 BTC of 1.00000000 to begin with
  realized     0.00400000 BTC before fees, fees 0.00012000
  open         0.00000000 BTC not realized
  drawdown     1.39% at most
  signals      91; 12 denied: EXPOSURE_LIMIT 9, CONSECUTIVE_LOSSES 3
  orders       57, 48 fills
  round trips  1: 1 won, 0 lost; TAKE_PROFIT 1
  positions    0 open
  data         alts.csv.gz: 12,000 rows, 11,520 candles, 480 rows of other symbols, 1 incomplete window left out
  candles      2 gaps (7 candles missing)
  journal      1,234 entries (prove it: claire verify-journal)
  digest       ${'cd'.repeat(32)}
next: 'claire export round-trips' lists the trades, 'claire explain ID' says why`,
    );
  });

  it('gives several bots a line each, narrow enough for the screen', () => {
    const lines = renderRunSummary([RUN, { ...RUN, bot: 'second' }], { width: 80, colour: false });
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^momentum +11,520 +1 +1 +12 +1\.00388000 BTC +\+0\.39% +1\.39%$/);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  it('has the promised names and exact figures as JSON', () => {
    expect(JSON.parse(renderJson(runJson(RUN)))).toMatchObject({
      status: 'finished',
      candles: 11_520,
      rejected: { EXPOSURE_LIMIT: 9 },
      equity: '1.00388',
      maxDrawdown: '0.01388351',
      journalHead: { risk: { count: 1_234 } },
      exits: { TAKE_PROFIT: 1 },
      files: [{ counts: { outsideSymbols: ['XRPBTC'] } }],
    });
  });
});
