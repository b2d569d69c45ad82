import { describe, expect, it } from '@jest/globals';
import { asRatio, money, price, quantity } from '../../domain/money/amounts.ts';
import { DECIDED } from '../../../test/cli/sample-trade.ts';
import { type BotView, type Happening, renderBar, renderRunView } from './run-view.ts';
import { widthOf } from './screen.ts';

const VIEW: BotView = {
  bot: 'momentum',
  quote: 'BTC',
  phase: 'trading',
  fraction: 0.46,
  candles: 5_310,
  time: DECIDED,
  remaining: 12_000,
  state: 'Running',
  capital: money('1'),
  equity: money('1.00213'),
  maxDrawdown: asRatio(430_000n),
  counts: { signals: 12, orders: 20, fills: 20, roundTrips: 9 },
  positions: [
    {
      position: {
        symbol: 'ADABTC',
        quantity: quantity('1250'),
        totalCost: money('0.05'),
        realizedPnl: money('0'),
        fees: money('0'),
        entryTime: DECIDED,
        boughtQuantity: quantity('1250'),
        boughtNotional: money('0.05'),
        soldQuantity: quantity('0'),
        soldNotional: money('0'),
      },
      mark: price('0.0000412'),
    },
  ],
};
const HAPPENINGS: readonly Happening[] = [
  { time: DECIDED, bot: 'momentum', what: 'BUY 1250 ADABTC', tone: 'good' },
  { time: DECIDED, bot: 'momentum', what: 'denied TRXBTC: MAX_OPEN_POSITIONS' },
];
const at = (width: number) => ({ width, colour: false });

describe('the picture of a run', () => {
  it('shows one bot in full', () => {
    expect(renderRunView([VIEW], HAPPENINGS, at(80)).join('\n')).toBe(
      `momentum  Running  2018-01-16 00:05:00 UTC
  █████████████▊░░░░░░░░░░░░░░░░ 46%, 5,310 candles, 12s to go
  equity 1.00213000 BTC (+0.21%), largest drawdown 0.43%
  12 signals, 20 orders, 20 fills, 9 round trips

  symbol  quantity    entry       mark  open PnL BTC
  ADABTC      1250  0.00004  0.0000412   +0.00150000  +3.00%

  last decisions
  2018-01-16 00:05:00  BUY 1250 ADABTC
  2018-01-16 00:05:00  denied TRXBTC: MAX_OPEN_POSITIONS`,
    );
  });

  it('gives several bots a line each', () => {
    const other: BotView = { ...VIEW, bot: 'second', phase: 'finished', positions: [] };
    expect(renderRunView([VIEW, other], HAPPENINGS, at(100)).join('\n')).toBe(
      `bot       state                progress                           equity          open  trips
momentum  Running  ████▋░░░░░  46%, 5,310 candles, 12s to go  1.00213000  +0.21%     1      9
second    Running  ████▋░░░░░  finished                       1.00213000  +0.21%     0      9

  last decisions
  2018-01-16 00:05:00  momentum: BUY 1250 ADABTC
  2018-01-16 00:05:00  momentum: denied TRXBTC: MAX_OPEN_POSITIONS`,
    );
  });

  it.each([60, 80, 140])('is never wider than %d columns', (width) => {
    for (const views of [[VIEW], [VIEW, VIEW, VIEW]]) {
      for (const line of renderRunView(views, HAPPENINGS, at(width))) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('a bar', () => {
  it.each([
    [0, '░░░░'],
    [0.5, '██░░'],
    [0.53125, '██▏░'],
    [1, '████'],
    [2, '████'],
  ])('of %d is %s', (fraction, bar) => {
    expect(renderBar(fraction, 4)).toBe(bar);
  });
});
