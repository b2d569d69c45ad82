import { describe, expect, it } from '@jest/globals';
import { LIMITS, NOW } from '../../../test/domain/entry-fixture.ts';
import { BrokenInvariantError } from '../invariant.ts';
import { price, quantity } from '../money/amounts.ts';
import type { BotState } from './bot-state.ts';
import { type ExitInput, decideExitOrder } from './decide-exit.ts';
import { limitsHash } from './limits-hash.ts';

const exit = (change: Partial<ExitInput> = {}): ExitInput => ({
  bot: 'momentum',
  account: 'paper:momentum',
  symbol: 'BTCUSDT',
  purpose: 'EXIT',
  exitReason: 'STOP_LOSS',
  positionKey: 'entry-order',
  attempt: 0,
  quantity: quantity('0.02'),
  held: quantity('0.02'),
  type: 'LIMIT_IOC',
  limitPrice: price('49500'),
  referencePrice: price('50000'),
  now: NOW,
  state: 'Running',
  limitsHash: limitsHash(LIMITS),
  ...change,
});

describe('deciding an exit', () => {
  it('sends what reduces risk', () => {
    const verdict = decideExitOrder(exit());
    expect(verdict).toMatchObject({ outcome: 'ALLOW', code: 'OK', subject: 'EXIT' });
    expect(verdict.order).toMatchObject({
      side: 'SELL',
      purpose: 'EXIT',
      exitReason: 'STOP_LOSS',
      quantity: quantity('0.02'),
      limitPrice: price('49500'),
      attempt: 0,
      decidedTime: NOW,
      verdictId: verdict.verdictId,
    });
    expect(verdict.order).not.toHaveProperty('validUntil');
  });

  it.each<[BotState, ExitInput['purpose'], string]>([
    ['Running', 'EXIT', 'OK'],
    ['ReduceOnly', 'EXIT', 'OK'],
    ['Halted', 'EXIT', 'STATE_HALTED'],
    ['Stopped', 'EXIT', 'STATE_STOPPED'],
    ['Running', 'FLATTEN', 'OK'],
    ['ReduceOnly', 'FLATTEN', 'OK'],
    ['Halted', 'FLATTEN', 'OK'],
    ['Stopped', 'FLATTEN', 'STATE_STOPPED'],
  ])('in %s answers an %s with %s', (state, purpose, code) => {
    expect(decideExitOrder(exit({ state, purpose })).code).toBe(code);
  });

  it('is not stopped by what stops entries: it takes no limit', () => {
    const checks = decideExitOrder(exit()).checks.map(({ check }) => check);
    expect(checks).toEqual(['state', 'exit-quantity']);
  });

  it('never sells more than is held, nor nothing', () => {
    expect(decideExitOrder(exit({ quantity: quantity('0.0200001') })).code).toBe('EXIT_TOO_LARGE');
    expect(decideExitOrder(exit({ quantity: quantity('0.02') })).code).toBe('OK');
    expect(decideExitOrder(exit({ quantity: quantity('0') })).code).toBe('EXIT_TOO_SMALL');
    expect(decideExitOrder(exit({ quantity: quantity('0.000001') })).code).toBe('OK');
  });

  it('gives each attempt its own order and verdict, and the same attempt the same', () => {
    const ids = [
      exit(),
      exit({ attempt: 1 }),
      exit({ purpose: 'FLATTEN' }),
      exit({ positionKey: 'other' }),
    ].map((input) => decideExitOrder(input));
    expect(new Set(ids.map(({ verdictId }) => verdictId)).size).toBe(4);
    expect(new Set(ids.map(({ order }) => order?.orderId)).size).toBe(4);
    expect(decideExitOrder(exit())).toEqual(decideExitOrder(exit()));
  });

  it('goes to the market without a price, and never as a limit order without one', () => {
    const { limitPrice, ...bare } = exit();
    expect(limitPrice).toBeDefined();
    expect(decideExitOrder({ ...bare, type: 'MARKET' }).order).not.toHaveProperty('limitPrice');
    expect(() => decideExitOrder(bare)).toThrow(BrokenInvariantError);
  });
});
