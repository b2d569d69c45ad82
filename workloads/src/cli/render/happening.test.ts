import { describe, expect, it } from '@jest/globals';
import { A_DENIAL, A_FILL, A_SIGNAL, A_VERDICT, DECIDED } from '../../../test/cli/sample-trade.ts';
import { money, quantity } from '../../domain/money/amounts.ts';
import type { Happening } from '../../pipeline/run-watch.ts';
import { showHappening } from './happening.ts';

const POSITION = {
  symbol: 'TRXBTC',
  quantity: quantity('0'),
  totalCost: money('0'),
  realizedPnl: money('0.004'),
  fees: money('0.00012'),
  entryTime: DECIDED,
  boughtQuantity: quantity('10000'),
  boughtNotional: money('0.1'),
  soldQuantity: quantity('10000'),
  soldNotional: money('0.104'),
};
const time = DECIDED;
const HAPPENINGS: readonly (readonly [Happening, string | undefined])[] = [
  [{ kind: 'signal', time, signal: A_SIGNAL }, undefined],
  [{ kind: 'verdict', time, verdict: A_VERDICT }, 'BUY 10000 TRXBTC at 0.0000101 or better (ENTRY, trimmed)'],
  [{ kind: 'verdict', time, verdict: A_DENIAL }, 'no entry of ADABTC: OPEN_POSITIONS'],
  [{ kind: 'fill', time, fill: A_FILL, purpose: 'ENTRY' }, 'bought 10000 TRXBTC at 0.00001005'],
  [
    { kind: 'closed', time, position: POSITION, reason: 'TAKE_PROFIT' },
    'TRXBTC closed (TAKE_PROFIT), net +0.00388000 BTC',
  ],
  [{ kind: 'state', time, state: 'ReduceOnly', reason: 'DRAWDOWN' }, 'state ReduceOnly: DRAWDOWN'],
];

describe('a happening', () => {
  it.each(HAPPENINGS.map(([happening, text]) => [happening.kind, text, happening] as const))(
    '%s is told as %s',
    (_, expected, happening) => {
      expect(showHappening(happening, 'BTC')?.what).toBe(expected);
    },
  );
});
