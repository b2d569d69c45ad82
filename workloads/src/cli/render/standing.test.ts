import { describe, expect, it } from '@jest/globals';
import { AN_ORDER, DECIDED } from '../../../test/cli/sample-trade.ts';
import { EMPTY_HEAD } from '../../domain/journal/chain.ts';
import { asRatio, money, price, quantity } from '../../domain/money/amounts.ts';
import type { BotStanding } from '../gather/standing.ts';
import { strictest } from '../gather/standing.ts';
import { PLAIN_SCREEN } from './screen.ts';
import { renderOpenOrders, renderPositions, renderStatus } from './standing.ts';

const DEMAND = {
  source: 'breaker:DRAWDOWN',
  state: 'ReduceOnly',
  reason: 'daily drawdown of 5.1%',
  evidence: {},
  since: DECIDED,
} as const;

const STANDING: BotStanding = {
  identity: {
    bot: 'momentum',
    mode: 'paper',
    venue: 'replay',
    market: 'spot',
    account: 'paper:momentum',
    quote: 'USDT',
  },
  holder: 'claire pid 4711 on host',
  latched: 'ReduceOnly',
  demands: [DEMAND],
  cursor: { dataHash: '', settingsHash: '', candles: 5_310, time: DECIDED, finished: false },
  account: {
    capital: money('10000'),
    cash: money('9000'),
    realizedPnl: money('-12.5'),
    fees: money('3.25'),
    positions: new Map(),
    dust: new Map(),
  },
  equity: {
    time: DECIDED,
    equity: money('9990'),
    cash: money('9000'),
    realizedPnl: money('-12.5'),
    unrealizedPnl: money('5.75'),
    fees: money('3.25'),
  },
  maxDrawdown: asRatio(5_100_000n),
  openOrders: [AN_ORDER],
  tally: { roundTrips: 3, won: 1, lost: 2, byReason: { STOP_LOSS: 2, TAKE_PROFIT: 1 } },
  commands: [{ commandId: 'flatten-1', kind: 'FLATTEN', requestedTime: DECIDED }],
  journal: [
    { component: 'risk', count: 1_200, hash: '' },
    { component: 'control', ...EMPTY_HEAD },
  ],
};

describe('the status of a bot', () => {
  it('names what is latched, who trades, and the figures', () => {
    expect(renderStatus([STANDING], PLAIN_SCREEN).join('\n')).toBe(
      `momentum  paper on replay (spot), account paper:momentum
  state        ReduceOnly (latched by breaker:DRAWDOWN: daily drawdown of 5.1%, since 2018-01-16 00:05:00)
  process      claire pid 4711 on host trades
  replay       not finished: 5,310 candles, up to 2018-01-16 00:05:00 UTC
  equity       9990.00 USDT (-0.10%) at 2018-01-16 00:05:00 UTC
  open PnL     +5.75 USDT
  cash         9000.00 USDT
  realized     -12.50 USDT before fees
  fees         3.25 USDT
  drawdown     5.10% at most
  positions    0 open, 1 order not done
  round trips  3 (1 won, 2 lost)
  command      FLATTEN waits since 2018-01-16 00:05:00 UTC
  journal      1,200 entries: risk 1,200`,
    );
  });

  it('is the strictest of what is demanded', () => {
    expect(strictest([])).toBe('Running');
    expect(strictest([{ ...DEMAND, state: 'Halted' }, DEMAND])).toBe('Halted');
  });
});

describe('positions', () => {
  const position = {
    symbol: 'ADABTC',
    quantity: quantity('1000'),
    totalCost: money('0.04'),
    realizedPnl: money('0'),
    fees: money('0'),
    entryTime: DECIDED,
    boughtQuantity: quantity('1000'),
    boughtNotional: money('0.04'),
    soldQuantity: quantity('0'),
    soldNotional: money('0'),
  };

  it('show their mark and open result where it is known', () => {
    expect(renderPositions([{ position, mark: price('0.000042') }], 'BTC', PLAIN_SCREEN)).toEqual([
      'symbol  quantity    entry      mark  open PnL BTC          since (UTC)',
      'ADABTC      1000  0.00004  0.000042   +0.00200000  +5.00%  2018-01-16 00:05:00',
    ]);
  });

  it('show how far the price went where it is not', () => {
    const held = { position, adversePrice: price('0.000039'), favorablePrice: price('0.000044') };
    expect(renderPositions([held, { position, dust: true }], 'BTC', PLAIN_SCREEN)).toEqual([
      'symbol         quantity    entry    cost BTC   worst     best  since (UTC)',
      'ADABTC             1000  0.00004  0.04000000  -2.50%  +10.00%  2018-01-16 00:05:00',
      'ADABTC (dust)      1000  0.00004  0.04000000                   2018-01-16 00:05:00',
    ]);
  });

  it('are none in one sentence', () => {
    expect(renderPositions([], 'BTC', PLAIN_SCREEN)).toEqual(['no position is open']);
  });

  it('are followed by orders that are not done', () => {
    expect(renderOpenOrders([{ ...AN_ORDER, state: 'WORKING' }], PLAIN_SCREEN)[1]).toBe(
      '4n1c0m8k2q-0t5v3k2m1n0p9q-e0  TRXBTC  BUY   ENTRY  WORKING     10000   10000  0.0000101',
    );
  });
});
