import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INSTRUMENT, NOW } from '../../../test/domain/entry-fixture.ts';
import { BrokenInvariantError } from '../invariant.ts';
import { type Price, asPrice, asQuantity, money, notional, price, quantity } from '../money/amounts.ts';
import { add, compare, decimal, formatDecimal, isPositive, minimum, subtract } from '../money/decimal.ts';
import type { Fee, Fill } from '../orders/order.ts';
import type { Account } from './account.ts';
import { type AppliedFill, type FillContext, applyFill, openAccount, settleDust } from './book.ts';
import { checkIdentity, equity, holdingsValue, unrealizedPnl } from './equity.ts';
import { averageEntry, closeRoundTrip } from './round-trip.ts';

const NO_FEE: Fee = { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') };
const done: FillContext = { instrument: INSTRUMENT, orderDone: true };
const working: FillContext = { instrument: INSTRUMENT, orderDone: false };

const fill = (side: Fill['side'], amount: string, at: string, fee: Fee = NO_FEE): Fill => ({
  tradeId: `${side}-${amount}-${at}`,
  orderId: 'order',
  symbol: 'BTCUSDT',
  side,
  price: price(at),
  quantity: quantity(amount),
  fee,
  liquidity: 'TAKER',
  time: NOW,
});
const quoteFee = (amount: string): Fee => ({
  asset: 'USDT',
  amount: quantity(amount),
  quoteValue: money(amount),
});
const start = openAccount(money('10000'));
const marks = (at: string) => new Map([['BTCUSDT', price(at)]]);
const book = (...steps: readonly (readonly [Fill, FillContext])[]): AppliedFill => {
  let applied: AppliedFill = { account: start, change: 'opened', realizedPnl: money('0') };
  for (const [next, context] of steps) applied = applyFill(applied.account, next, context);
  return applied;
};
const figures = (account: Account, at: string) => ({
  cash: formatDecimal(account.cash),
  realized: formatDecimal(account.realizedPnl),
  unrealized: formatDecimal(unrealizedPnl(account, marks(at)) ?? money('-1')),
  fees: formatDecimal(account.fees),
  equity: formatDecimal(equity(account, marks(at)) ?? money('-1')),
});

describe('booking fills', () => {
  it('opens a position at its cost, with the fee beside it', () => {
    const { account, change, ended } = book([fill('BUY', '0.02', '50000', quoteFee('0.6')), done]);
    expect(change).toBe('opened');
    expect(ended).toBeUndefined();
    expect(figures(account, '51000')).toEqual({
      cash: '8999.4',
      realized: '0',
      unrealized: '20',
      fees: '0.6',
      equity: '10019.4',
    });
    expect(account.positions.get('BTCUSDT')).toMatchObject({
      quantity: quantity('0.02'),
      totalCost: money('1000'),
      fees: money('0.6'),
      entryTime: NOW,
    });
  });

  it('keeps the entry time and the cost over several entry fills', () => {
    const later = { ...fill('BUY', '0.01', '53000'), time: NOW + 1_000 };
    const { account, change } = book([fill('BUY', '0.02', '50000'), working], [later, done]);
    expect(change).toBe('increased');
    const position = account.positions.get('BTCUSDT');
    expect(position).toMatchObject({ quantity: quantity('0.03'), totalCost: money('1530'), entryTime: NOW });
    expect(position && averageEntry(position)).toEqual(price('51000'));
  });

  it('releases the cost of the part sold and realises gross of fees', () => {
    const { account, change, realizedPnl } = book(
      [fill('BUY', '0.03', '50000', quoteFee('0.9')), done],
      [fill('SELL', '0.01', '51000', quoteFee('0.3')), working],
    );
    expect(change).toBe('reduced');
    expect(realizedPnl).toEqual(money('10'));
    expect(figures(account, '51000')).toEqual({
      cash: '9008.8',
      realized: '10',
      unrealized: '20',
      fees: '1.2',
      equity: '10028.8',
    });
  });

  it('rounds a released cost once and gives all that remains to the last sale', () => {
    const uneven = { ...INSTRUMENT, minQuantity: quantity('0'), minNotional: money('0') };
    const context = { instrument: uneven, orderDone: false };
    const cost = book(
      [fill('BUY', '0.000003', '0.1'), context],
      [fill('BUY', '0.000004', '0.2'), context],
      [fill('SELL', '0.000001', '1'), context],
    ).account.positions.get('BTCUSDT')?.totalCost;
    // 0.0000011 / 7 = 0.000000157142857142857…, kept to 18 places.
    expect(cost && formatDecimal(cost)).toBe('0.000000942857142857');
    const last = book(
      [fill('BUY', '0.000003', '0.1'), context],
      [fill('BUY', '0.000004', '0.2'), context],
      [fill('SELL', '0.000001', '1'), context],
      [fill('SELL', '0.000006', '1'), context],
    );
    expect(last.change).toBe('closed');
    expect(formatDecimal(last.account.realizedPnl)).toBe('0.0000059');
    expect(last.account.positions.size + last.account.dust.size).toBe(0);
  });

  it('releases the last of a cost that has more places than are kept', () => {
    const fine = {
      ...INSTRUMENT,
      minQuantity: quantity('0'),
      minNotional: money('0'),
      lotSize: quantity('0.00000001'),
    };
    const context = { instrument: fine, orderDone: true };
    const { account, realizedPnl } = book(
      [fill('BUY', '0.00000003', '0.000000000001'), context],
      [fill('SELL', '0.00000003', '0.000000000002'), context],
    );
    expect(formatDecimal(realizedPnl)).toBe('0.00000000000000000003');
    expect(checkIdentity(account, new Map()).holds).toBe(true);
  });

  it('pays a fee in the base asset from the position', () => {
    const fee: Fee = { asset: 'BTC', amount: quantity('0.00002'), quoteValue: money('1') };
    const { account } = book([fill('BUY', '0.02', '50000', fee), done]);
    const position = account.positions.get('BTCUSDT');
    expect(position).toMatchObject({ quantity: quantity('0.01998'), totalCost: money('999') });
    expect(position && averageEntry(position)).toEqual(price('50000'));
    expect(figures(account, '50000')).toEqual({
      cash: '9000',
      realized: '0',
      unrealized: '0',
      fees: '1',
      equity: '9999',
    });
  });

  it('takes a base-asset fee of a sale from the position as well', () => {
    const fee: Fee = { asset: 'BTC', amount: quantity('0.001'), quoteValue: money('51') };
    const { account, change } = book(
      [fill('BUY', '0.02', '50000'), done],
      [fill('SELL', '0.019', '51000', fee), done],
    );
    expect(change).toBe('closed');
    expect(figures(account, '1')).toEqual({
      cash: '9969',
      realized: '20',
      unrealized: '0',
      fees: '51',
      equity: '9969',
    });
  });

  it('pays a fee in another asset from cash at its quote value', () => {
    const fee: Fee = { asset: 'MX', amount: quantity('0.3'), quoteValue: money('0.6') };
    expect(figures(book([fill('BUY', '0.02', '50000', fee), done]).account, '50000')).toMatchObject({
      cash: '8999.4',
      fees: '0.6',
    });
  });

  it('refuses to sell more than is held, or what is not held', () => {
    const codeOf = (action: () => unknown): string => {
      try {
        action();
        return 'no error';
      } catch (error) {
        return error instanceof BrokenInvariantError ? error.code : String(error);
      }
    };
    const sale = fill('SELL', '0.0200001', '50000');
    expect(codeOf(() => book([fill('BUY', '0.02', '50000'), done], [sale, done]))).toBe(
      'SOLD_MORE_THAN_HELD',
    );
    expect(codeOf(() => applyFill(start, sale, done))).toBe('SOLD_MORE_THAN_HELD');
    expect(codeOf(() => applyFill(start, fill('BUY', '0', '50000'), done))).toBe('FILL_NOT_POSITIVE');
    expect(codeOf(() => applyFill(start, fill('BUY', '1', '-1'), done))).toBe('FILL_NOT_POSITIVE');
  });

  it('leaves the account it was given as it was', () => {
    const opened = book([fill('BUY', '0.02', '50000'), done]).account;
    const before = { ...opened, positions: new Map(opened.positions), dust: new Map(opened.dust) };
    applyFill(opened, fill('SELL', '0.02', '50000'), done);
    applyFill(opened, fill('SELL', '0.019999', '50000'), done);
    expect(opened).toEqual(before);
  });

  it('needs a capital', () => {
    expect(() => openAccount(money('0'))).toThrow('capital must be above 0: was 0');
  });
});

describe('dust', () => {
  const rested = () =>
    book([fill('BUY', '0.02', '50000', quoteFee('0.6')), done], [fill('SELL', '0.01995', '51000'), done]);

  it('is what the venue would not let us sell, once the order is done', () => {
    const { account, change, ended } = rested();
    expect(change).toBe('dust');
    expect(account.positions.size).toBe(0);
    expect(account.dust.get('BTCUSDT')).toMatchObject({
      quantity: quantity('0.00005'),
      totalCost: money('2.5'),
      realizedPnl: money('0'),
      fees: money('0'),
    });
    expect(ended).toMatchObject({ realizedPnl: money('19.95'), fees: money('0.6') });
  });

  it('waits for the order: a rest that is still working is no dust', () => {
    const { account, change } = book(
      [fill('BUY', '0.02', '50000'), done],
      [fill('SELL', '0.01995', '51000'), working],
    );
    expect(change).toBe('reduced');
    expect(account.positions.size).toBe(1);
    expect(settleDust(account, INSTRUMENT, price('51000')).becameDust).toBe(true);
  });

  it('begins just below each minimum', () => {
    const rest = (amount: string, change: Partial<typeof INSTRUMENT>): boolean =>
      settleDust(
        book([fill('BUY', amount, '50000'), working]).account,
        { ...INSTRUMENT, ...change },
        price('50000'),
      ).becameDust;
    expect(rest('0.0001', {})).toBe(false);
    expect(rest('0.000099', {})).toBe(true);
    expect(rest('0.0005', { minQuantity: quantity('0.0005') })).toBe(false);
    expect(rest('0.0005', { minQuantity: quantity('0.000501') })).toBe(true);
    expect(rest('0.0005', { lotSize: quantity('0.001'), minQuantity: quantity('0') })).toBe(true);
    expect(rest('0.0015', { lotSize: quantity('0.001'), minNotional: money('50') })).toBe(false);
    expect(rest('0.0015', { lotSize: quantity('0.001'), minNotional: money('50.01') })).toBe(true);
  });

  it('is still worth its mark, and its cost where there is none', () => {
    const { account } = rested();
    expect(formatDecimal(holdingsValue(account, marks('60000')) ?? money('-1'))).toBe('3');
    expect(holdingsValue(account, new Map())).toEqual(money('2.5'));
    expect(checkIdentity(account, marks('60000')).holds).toBe(true);
    expect(checkIdentity(account, new Map()).holds).toBe(true);
  });

  it('joins the next entry of its symbol with its own cost', () => {
    const later = { ...fill('BUY', '0.01', '52000'), time: NOW + 60_000 };
    const { account, change } = applyFill(rested().account, later, done);
    expect(change).toBe('opened');
    expect(account.dust.size).toBe(0);
    expect(account.positions.get('BTCUSDT')).toMatchObject({
      quantity: quantity('0.01005'),
      totalCost: money('522.5'),
      boughtQuantity: quantity('0.01005'),
      boughtNotional: money('522.5'),
      entryTime: NOW + 60_000,
    });
  });

  it('keeps the figures of an entry that was filled by a crumb, since it made no round trip', () => {
    const { account, change, ended } = book([fill('BUY', '0.00005', '50000', quoteFee('0.01')), done]);
    expect(change).toBe('dust');
    expect(ended).toBeUndefined();
    expect(account.dust.get('BTCUSDT')).toMatchObject({ fees: money('0.01'), totalCost: money('2.5') });
  });

  it('can still be sold by a fill that comes late', () => {
    const some = applyFill(rested().account, fill('SELL', '0.00002', '51000'), done);
    expect(some).toMatchObject({ change: 'dust' });
    const all = applyFill(some.account, fill('SELL', '0.00003', '51000'), done);
    expect(all.change).toBe('closed');
    expect(all.account.dust.size).toBe(0);
    expect(formatDecimal(all.account.realizedPnl)).toBe('20');
  });
});

describe('round trips', () => {
  it('take their figures from the position that ended', () => {
    const { ended } = book(
      [fill('BUY', '0.02', '50000', quoteFee('0.6')), done],
      [fill('SELL', '0.01', '51000', quoteFee('0.3')), working],
      [fill('SELL', '0.01', '52000', quoteFee('0.3')), done],
    );
    if (!ended) throw new Error('the position ended');
    const trip = closeRoundTrip({
      position: ended,
      entryOrderId: 'in',
      exitOrderId: 'out',
      exitTime: NOW + 1,
      reason: 'TAKE_PROFIT',
      adversePrice: price('49000'),
      favorablePrice: price('52500'),
    });
    expect(trip).toEqual({
      symbol: 'BTCUSDT',
      entryOrderId: 'in',
      exitOrderId: 'out',
      entryTime: NOW,
      exitTime: NOW + 1,
      quantity: quantity('0.02'),
      averageEntry: price('50000'),
      averageExit: price('51500'),
      grossPnl: money('30'),
      fees: money('1.2'),
      reason: 'TAKE_PROFIT',
      adversePrice: price('49000'),
      favorablePrice: price('52500'),
    });
  });
});

describe('an account without a mark', () => {
  it('has no equity, rather than a guessed one', () => {
    const { account } = book([fill('BUY', '0.02', '50000'), done]);
    expect(equity(account, new Map())).toBeUndefined();
    expect(unrealizedPnl(account, new Map())).toBeUndefined();
    expect(holdingsValue(account, new Map())).toBeUndefined();
    expect(checkIdentity(account, new Map()).holds).toBe(true);
  });

  it('is worth its cash while it holds nothing', () => {
    expect(equity(start, new Map())).toBe(start.cash);
  });
});

interface Step {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly share: number;
  readonly cents: number;
  readonly feeAsset: 'USDT' | 'BASE' | 'MX';
  readonly orderDone: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    symbol: fc.constantFrom('AUSDT', 'BUSDT', 'CUSDT'),
    side: fc.constantFrom('BUY', 'SELL'),
    share: fc.integer({ min: 1, max: 1_000 }),
    cents: fc.integer({ min: 1, max: 10_000_000 }),
    feeAsset: fc.constantFrom('USDT', 'BASE', 'MX'),
    orderDone: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

const instrumentOf = (symbol: string) => ({
  ...INSTRUMENT,
  symbol,
  base: symbol.slice(0, 1),
  lotSize: quantity('0.001'),
});

/** The fill of a step; a sale never sells more than is held, a fee in the base asset stays within it. */
function fillOf(account: Account, step: Step, index: number): Fill | undefined {
  const held = account.positions.get(step.symbol) ?? account.dust.get(step.symbol);
  const at = asPrice(decimal(BigInt(step.cents), 2));
  const wanted = asQuantity(decimal(BigInt(step.share), 3));
  const base = step.feeAsset === 'BASE';
  const feeAmount = asQuantity(decimal(BigInt(step.share), 7));
  const room = held ? asQuantity(base ? subtract(held.quantity, feeAmount) : held.quantity) : quantity('0');
  const amount = step.side === 'BUY' ? wanted : minimum(wanted, room);
  if (!isPositive(amount)) return undefined;
  const quoteValue = notional(at, feeAmount);
  return {
    tradeId: `t${index}`,
    orderId: `o${index}`,
    symbol: step.symbol,
    side: step.side,
    price: at,
    quantity: amount,
    fee: { asset: base ? step.symbol.slice(0, 1) : step.feeAsset, amount: feeAmount, quoteValue },
    liquidity: 'TAKER',
    time: NOW + index,
  };
}

describe('any history of fills', () => {
  it('keeps the identity exact at every fill, and every result in a round trip or a holding', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let account = start;
        let tripPnl = money('0');
        let tripFees = money('0');
        const prices = new Map<string, Price>();
        history.forEach((step, index) => {
          const next = fillOf(account, step, index);
          if (!next) return;
          prices.set(step.symbol, next.price);
          const applied = applyFill(account, next, {
            instrument: instrumentOf(step.symbol),
            orderDone: step.orderDone,
          });
          account = applied.account;
          if (applied.ended) {
            tripPnl = add(tripPnl, applied.ended.realizedPnl) as typeof tripPnl;
            tripFees = add(tripFees, applied.ended.fees) as typeof tripFees;
          }
          expect(checkIdentity(account, prices)).toMatchObject({ holds: true });
          expect(account.positions.has(step.symbol) && account.dust.has(step.symbol)).toBe(false);
        });
        const holdings = [...account.positions.values(), ...account.dust.values()];
        const openPnl = holdings.reduce((sum, { realizedPnl }) => add(sum, realizedPnl), decimal(0n, 0));
        const openFees = holdings.reduce((sum, { fees }) => add(sum, fees), decimal(0n, 0));
        expect(compare(add(tripPnl, openPnl), account.realizedPnl)).toBe(0);
        expect(compare(add(tripFees, openFees), account.fees)).toBe(0);
        for (const held of holdings) expect(isPositive(held.quantity)).toBe(true);
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });
});
