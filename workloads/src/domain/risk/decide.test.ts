import { describe, expect, it } from '@jest/globals';
import {
  EMPTY_POSITION,
  FEELESS_INSTRUMENT,
  entry,
  type EntryChange,
  LIMITS,
  NOW,
  SIGNAL,
  TERMS,
} from '../../../test/domain/entry-fixture.ts';
import { money, price, quantity, ratio } from '../money/amounts.ts';
import { formatDecimal } from '../money/decimal.ts';
import { SECOND, utcDay } from '../time.ts';
import { RISK_CODES } from './codes.ts';
import { ENTRY_CHECKS, decideEntry } from './decide.ts';

import { flat, times, instrument, QUANTITY, COST, CASES, BASIC } from '../../../test/domain/code-cases.ts';

describe('deciding an entry', () => {
  it('allows what passes every check and sends it at its collar', () => {
    const verdict = decideEntry(entry());
    expect(verdict).toMatchObject({ outcome: 'ALLOW', code: 'OK', subject: 'ENTRY', symbol: 'BTCUSDT' });
    expect(verdict.checks).toHaveLength(ENTRY_CHECKS.length);
    expect(verdict.checks.every((check) => check.passed)).toBe(true);
    expect(verdict.order).toMatchObject({
      account: 'paper:momentum',
      side: 'BUY',
      purpose: 'ENTRY',
      type: 'LIMIT_IOC',
      quantity: quantity(QUANTITY),
      limitPrice: price('35602.5'),
      referencePrice: price('35250'),
      signalId: SIGNAL.signalId,
      verdictId: verdict.verdictId,
      attempt: 0,
      decidedTime: NOW,
      validUntil: NOW + 5 * SECOND,
    });
  });

  it('names every check once', () => {
    const names = decideEntry(entry()).checks.map(({ check }) => check);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CASES)('denies with $code, and with nothing else', ({ code, denies }) => {
    const verdict = decideEntry(entry(denies));
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([code]);
    expect(verdict).toMatchObject({ outcome: 'DENY', code });
    expect(verdict.order).toBeUndefined();
    expect(RISK_CODES.find((known) => known.code === code)?.check).toBe(
      verdict.checks.find((check) => !check.passed)?.check,
    );
  });

  it.each(BASIC)('denies with $code and leaves out what cannot be judged', ({ code, denies }) => {
    const verdict = decideEntry(entry(denies));
    expect(verdict).toMatchObject({ outcome: 'DENY', code });
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([code]);
    expect(verdict.checks.length).toBeLessThan(ENTRY_CHECKS.length);
    expect(verdict.order).toBeUndefined();
  });

  it.each([...CASES, ...BASIC])('passes at the boundary of $code', ({ passes }) => {
    const verdict = decideEntry(entry(passes));
    expect(verdict.checks.filter((check) => !check.passed)).toEqual([]);
    expect(verdict.order).toBeDefined();
  });

  it('reports all checks of a denial and takes the code of the first that failed', () => {
    const verdict = decideEntry(
      entry({ state: 'Halted', money: { equity: money('9000') }, activity: { entryTimes: times(10, NOW) } }),
    );
    expect(verdict.checks).toHaveLength(ENTRY_CHECKS.length);
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([
      'STATE_HALTED',
      'DAILY_DRAWDOWN',
      'TRADES_PER_HOUR',
    ]);
    expect(verdict.code).toBe('STATE_HALTED');
  });

  it('says what it measured and what it held it against', () => {
    const checks = new Map(decideEntry(entry()).checks.map((check) => [check.check, check]));
    expect(checks.get('state')).toEqual({ check: 'state', passed: true, value: 'Running', limit: 'Running' });
    expect(checks.get('exposure')).toMatchObject({ value: `${COST} USDT`, limit: 'at most 50% (5000 USDT)' });
    expect(checks.get('daily-drawdown')).toMatchObject({ value: '0%', limit: 'below 5%' });
    expect(checks.get('data-age')).toMatchObject({ value: '0s', limit: 'at most 1m30s' });
    expect(checks.get('spread')).toMatchObject({ limit: 'at most 5 × the 24 h average (0.04%)' });
  });

  it('says which inputs are modelled', () => {
    const quality = { spread: 'modelled', depth: 'modelled', clockOffset: 'modelled', balances: 'modelled' };
    const checks = decideEntry(entry({ market: { quality: quality as never } })).checks;
    expect(checks.filter(({ value }) => value.endsWith('(modelled)')).map(({ check }) => check)).toEqual([
      'spread',
      'depth',
      'clock-skew',
      'balance',
    ]);
  });

  it('gives the same verdict for the same input, and another for another', () => {
    expect(decideEntry(entry())).toEqual(decideEntry(entry()));
    const ids = [
      entry(),
      entry({ bot: 'other' }),
      entry({ account: 'paper:other' }),
      entry({ now: NOW + 1 }),
      entry({ signal: { ...SIGNAL, signalId: 'another' } }),
      entry({ limits: { maxOpenPositions: 9 } }),
    ].map((input) => decideEntry(input).verdictId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('trimming an entry', () => {
  const traded = (change: EntryChange) => {
    const verdict = decideEntry(entry(change));
    const trimmed = verdict.checks.filter(({ trimmedTo }) => trimmedTo !== undefined);
    return {
      code: verdict.code,
      outcome: verdict.outcome,
      quantity: verdict.order && formatDecimal(verdict.order.quantity),
      by: trimmed.map(({ check, trimmedTo }) => `${check} ${trimmedTo ?? ''}`),
    };
  };

  it('trims a confidence above 1 to the position limit', () => {
    expect(traded({ signal: { ...SIGNAL, confidenceRatio: ratio('1.5') } })).toEqual({
      code: 'TRIMMED',
      outcome: 'TRIM',
      quantity: '0.028368',
      by: ['position-size 0.028368'],
    });
  });

  it('trims to maxOrderNotional at the price the order is sent with', () => {
    expect(traded({ limits: { maxOrderNotional: money('356.025') } })).toMatchObject({
      quantity: '0.01',
      by: ['order-notional 0.01'],
    });
  });

  it('trims to maxOrderQuantity, floored to the lot', () => {
    expect(traded({ limits: { maxOrderQuantity: quantity('0.0123456789') } })).toMatchObject({
      quantity: '0.012345',
      by: ['order-quantity 0.012345'],
    });
  });

  it('takes the smallest of several', () => {
    const limits = { maxOrderQuantity: quantity('0.005'), maxOrderNotional: money('356.025') };
    expect(traded({ limits })).toMatchObject({
      quantity: '0.005',
      by: ['order-notional 0.01', 'order-quantity 0.005'],
    });
  });

  it('leaves room for the dust that the symbol holds', () => {
    const dust = new Map([
      ['BTCUSDT', { ...EMPTY_POSITION, symbol: 'BTCUSDT', quantity: quantity('0.0000001') }],
    ]);
    const full = { signal: { ...SIGNAL, confidenceRatio: ratio('1') } };
    expect(traded(full)).toMatchObject({ quantity: '0.028368', by: [] });
    const atLimit = { ...full, ...instrument({ lotSize: quantity('0.0000001') }) };
    expect(traded({ ...atLimit, money: { book: { ...flat, dust } } })).toMatchObject({
      quantity: '0.0283686',
      by: ['position-size 0.0283686'],
    });
  });

  it('does not trim what is exactly at a limit', () => {
    const exact = {
      limits: { maxOrderQuantity: quantity(QUANTITY), maxOrderNotional: money('807.9987375') },
    };
    expect(traded(exact)).toEqual({ code: 'OK', outcome: 'ALLOW', quantity: QUANTITY, by: [] });
  });
});

describe('the order of an entry', () => {
  it('goes to the market without a price where that is wanted and taken', () => {
    const order = decideEntry(entry({ terms: { ...TERMS, orderType: 'MARKET' } })).order;
    expect(order?.type).toBe('MARKET');
    expect(order).not.toHaveProperty('limitPrice');
  });

  it('reserves a MARKET order up to the collar all the same', () => {
    const marketAndPoor = {
      terms: { ...TERMS, orderType: 'MARKET' },
      money: { cash: money('808') },
    } as const;
    expect(decideEntry(entry(marketAndPoor)).code).toBe('BALANCE');
  });

  it('becomes IOC at the collar where the venue takes no MARKET orders', () => {
    const change = {
      ...instrument({ marketOrders: false }),
      terms: { ...TERMS, orderType: 'MARKET' as const },
    };
    expect(decideEntry(entry(change)).order).toMatchObject({
      type: 'LIMIT_IOC',
      limitPrice: price('35602.5'),
    });
  });

  it('prices the fee of the settings where the instrument names none', () => {
    const change: EntryChange = {
      market: { instrument: FEELESS_INSTRUMENT },
      terms: { ...TERMS, takerFeeRatio: ratio('0.01') },
      money: { cash: money('816') },
    };
    expect(decideEntry(entry(change)).code).toBe('BALANCE');
    expect(decideEntry(entry({ ...change, money: { cash: money('816.07872488') } })).code).toBe('OK');
  });

  it('reserves the higher of the two fees of the instrument', () => {
    const change: EntryChange = {
      ...instrument({ makerFeeRatio: ratio('0.01') }),
      money: { cash: money('816') },
    };
    expect(decideEntry(entry(change)).code).toBe('BALANCE');
    expect(decideEntry(entry({ ...change, money: { cash: money('816.07872488') } })).code).toBe('OK');
  });

  it('takes percentage limits of the equity when that is below the capital', () => {
    const poorer = {
      equity: money('5000'),
      dayMark: { day: utcDay(NOW), openingEquity: money('5000'), highWater: money('5000') },
    };
    const verdict = decideEntry(entry({ money: poorer }));
    expect(verdict.order && formatDecimal(verdict.order.quantity)).toBe('0.011347');
    expect(LIMITS.capital).toEqual(money('10000'));
  });
});
