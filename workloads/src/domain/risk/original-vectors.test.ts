/**
 * The worked examples of the original system, and its defects: each test of a defect fails for a system that has it.
 * Limits of the examples: position 10 %, exposure 50 %, drawdown 5 %.
 */
import { describe, expect, it } from '@jest/globals';
import { INSTRUMENT, LIMITS, NOW, SIGNAL, entry } from '../../../test/domain/entry-fixture.ts';
import { applyFill, openAccount } from '../account/book.ts';
import { isDrawdownBreached, markDay } from '../account/drawdown.ts';
import { equity } from '../account/equity.ts';
import { money, notional, price, quantity, ratio } from '../money/amounts.ts';
import { formatDecimal, formatFixed } from '../money/decimal.ts';
import type { Fill } from '../orders/order.ts';
import { purchaseCost, reservationOf, sumReservations } from '../orders/reservation.ts';
import { openOrder, transition } from '../orders/order-machine.ts';
import { utcDay } from '../time.ts';
import { decideEntry } from './decide.ts';
import { drawdownDemand } from './demands.ts';
import { ENTRY_CHECKS } from './decide.ts';
import type { EntryChange } from '../../../test/domain/entry-fixture.ts';

const at = (text: string, confidence: string): EntryChange => ({
  signal: { ...SIGNAL, price: price(text), confidenceRatio: ratio(confidence) },
  market: { referencePrice: price(text) },
});

describe('the worked examples of the original', () => {
  it('sizes 0.80 at 35,250 to 0.022695, which the document rounds to 0.0227 (800 USDT)', () => {
    const order = decideEntry(entry(at('35250', '0.8'))).order;
    expect(order && formatDecimal(order.quantity)).toBe('0.022695');
    expect(order && formatFixed(order.quantity, 4)).toBe('0.0227');
    expect(order && formatFixed(notional(price('35250'), order.quantity), 0)).toBe('800');
  });

  it('sizes 0.85 at 45,000 to 0.018888, which the document rounds to 0.01889', () => {
    const order = decideEntry(entry(at('45000', '0.85'))).order;
    expect(order && formatDecimal(order.quantity)).toBe('0.018888');
    expect(order && formatFixed(order.quantity, 5)).toBe('0.01889');
  });

  it('trims a confidence of 1.20 at 100 to 10.0', () => {
    const verdict = decideEntry(entry(at('100', '1.2')));
    expect(verdict).toMatchObject({ outcome: 'TRIM', code: 'TRIMMED' });
    expect(verdict.order && formatDecimal(verdict.order.quantity)).toBe('10');
    expect(verdict.checks.find(({ check }) => check === 'position-size')).toMatchObject({
      value: '1200 USDT',
      limit: 'at most 1000 USDT',
      trimmedTo: '10',
    });
  });

  it('rejects after a loss of 550 of 10,000', () => {
    expect(decideEntry(entry({ money: { equity: money('9450') } })).code).toBe('DAILY_DRAWDOWN');
  });

  it('rejects 850 more with 4,800 open and a limit of 5,000 (50 %)', () => {
    const change = { ...at('45000', '0.85'), money: { holdings: money('4800') } };
    expect(decideEntry(entry(change)).code).toBe('EXPOSURE_LIMIT');
    expect(decideEntry(entry({ ...change, money: { holdings: money('4100') } })).code).toBe('OK');
  });

  it('runs its seven layers in their order', () => {
    const names = decideEntry(entry()).checks.map(({ check }) => check);
    const layers = [
      'state',
      'daily-drawdown',
      'price-collar',
      'spread',
      'data-age',
      'position-size',
      'exposure',
      'trades-per-hour',
    ];
    expect(names.filter((name) => layers.includes(name))).toEqual(layers);
    expect(names).toHaveLength(ENTRY_CHECKS.length);
  });
});

const buy = (text: string, amount: string): Fill => ({
  tradeId: `t-${text}-${amount}`,
  orderId: 'o1',
  symbol: 'BTCUSDT',
  side: 'BUY',
  price: price(text),
  quantity: quantity(amount),
  fee: { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') },
  liquidity: 'TAKER',
  time: NOW,
});

describe('the defects of the original are absent', () => {
  it('never takes USDT for a quantity of coins: 800 USDT do not buy 800 BTC', () => {
    const order = decideEntry(entry()).order;
    expect(order && notional(price('35250'), order.quantity)).not.toEqual(money('800'));
    expect(order && Number(formatDecimal(order.quantity))).toBeLessThan(0.03);
  });

  it('accounts the drawdown from fills and marks: the breaker fires without anybody telling it a loss', () => {
    const opened = applyFill(openAccount(money('10000')), buy('50000', '0.2'), {
      instrument: INSTRUMENT,
      orderDone: true,
    }).account;
    const worth = (mark: string) => equity(opened, new Map([['BTCUSDT', price(mark)]])) ?? money('0');
    const morning = markDay(undefined, worth('50000'), NOW);
    const noon = markDay(morning, worth('52500'), NOW + 60_000);
    expect(isDrawdownBreached(noon, worth('49875.01'), LIMITS.maxDailyDrawdownRatio)).toBe(false);
    expect(isDrawdownBreached(noon, worth('49875'), LIMITS.maxDailyDrawdownRatio)).toBe(true);
    const verdict = decideEntry(
      entry({
        signal: { ...SIGNAL, symbol: 'BTCUSDT' },
        money: { equity: worth('49875'), dayMark: noon, book: openAccount(money('10000')) },
      }),
    );
    expect(verdict.code).toBe('DAILY_DRAWDOWN');
    expect(drawdownDemand(LIMITS.onBreaker).state).toBe('ReduceOnly');
    expect(noon.day).toBe(utcDay(NOW));
  });

  it('counts working orders and the order itself in the exposure, unknown ones too', () => {
    const first = decideEntry(entry({ limits: { maxExposureRatio: ratio('0.1') } })).order;
    if (!first) throw new Error('the first entry is allowed');
    const terms = { feeRatio: ratio('0.0006'), marketCollarRatio: ratio('0') };
    const sent = [
      { kind: 'approve', at: NOW },
      { kind: 'submit', at: NOW },
      { kind: 'unknown', at: NOW, reason: 'TIMEOUT' },
    ] as const;
    const order = sent.reduce(
      (current, event) => {
        const result = transition(current, event);
        return result.ok ? result.order : current;
      },
      openOrder(first, NOW),
    );
    expect(order.state).toBe('UNKNOWN');
    const reserved = sumReservations([reservationOf(order, terms)]);
    expect(reserved.quote).toEqual(purchaseCost(first, first.quantity, terms));
    const second = decideEntry(
      entry({
        limits: { maxExposureRatio: ratio('0.1') },
        signal: { ...SIGNAL, symbol: 'ETHUSDT', signalId: 'second' },
        money: { reserved },
      }),
    );
    expect(second.code).toBe('EXPOSURE_LIMIT');
  });

  it('has no check that cannot fail or act: each one fails or trims for some input (decide.test.ts lists them)', () => {
    const verdict = decideEntry(entry(at('100', '1.2')));
    expect(verdict.checks.some(({ trimmedTo }) => trimmedTo !== undefined)).toBe(true);
    expect(decideEntry(entry(at('100', '2.1'))).code).toBe('ORDER_OVERSIZED');
  });

  it('blocks a fat finger × 10,000 whole instead of trimming it', () => {
    expect(decideEntry(entry(at('100', '8000'))).code).toBe('ORDER_OVERSIZED');
  });

  it('blocks a confusion of units: a price in cents is outside the collar', () => {
    const cents = { signal: { ...SIGNAL, price: price('3525000') } };
    expect(decideEntry(entry(cents)).code).toBe('PRICE_COLLAR');
  });
});
