/**
 * The pure cores of the risk side, one function each, for the benchmark runner: a decision among 100 symbols and 1,000
 * open orders, the books, the marking of every candle, the life of an order, and the journal. Inputs are made before
 * the clock starts; each run returns something that depends on all the work.
 */
import { applyFill, openAccount } from '../../workloads/src/domain/account/book.ts';
import type { Account } from '../../workloads/src/domain/account/account.ts';
import { markDay, trackDrawdown } from '../../workloads/src/domain/account/drawdown.ts';
import { equity } from '../../workloads/src/domain/account/equity.ts';
import { EMPTY_HEAD, appendToChain } from '../../workloads/src/domain/journal/chain.ts';
import { asPrice, money, price, quantity, ratio } from '../../workloads/src/domain/money/amounts.ts';
import { decimal } from '../../workloads/src/domain/money/decimal.ts';
import { openOrder, transition } from '../../workloads/src/domain/orders/order-machine.ts';
import type { Fill, Order, OrderIntent } from '../../workloads/src/domain/orders/order.ts';
import { reservationOf, sumReservations } from '../../workloads/src/domain/orders/reservation.ts';
import { decideEntry } from '../../workloads/src/domain/risk/decide.ts';
import { limitsHash } from '../../workloads/src/domain/risk/limits-hash.ts';
import {
  EMPTY_POSITION,
  INSTRUMENT,
  LIMITS,
  NOW,
  SIGNAL,
  entry,
} from '../../workloads/test/domain/entry-fixture.ts';
import type { Core } from './market.ts';

const SYMBOLS = Array.from({ length: 100 }, (_, i) => `COIN${i}USDT`);
const TERMS = { feeRatio: ratio('0.0006'), marketCollarRatio: ratio('0.01') };

const intent = (index: number): OrderIntent => ({
  orderId: `order-${index}`,
  account: 'paper:bench',
  symbol: SYMBOLS[index % SYMBOLS.length] ?? '',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT',
  quantity: quantity('0.5'),
  limitPrice: price('1.01'),
  referencePrice: price('1'),
  verdictId: `verdict-${index}`,
  attempt: 0,
  decidedTime: NOW,
});

const ORDERS = Array.from({ length: 1_000 }, (_, i): Order => ({
  ...openOrder(intent(i), NOW),
  state: 'WORKING',
}));
const RESERVED = sumReservations(ORDERS.map((order) => reservationOf(order, TERMS)));
const MARKS = new Map(SYMBOLS.map((symbol, i) => [symbol, asPrice(decimal(BigInt(100 + i), 2))]));

const FLAT: Account = openAccount(money('10000'));
/** 100 positions, as the account of a bot that holds the whole universe. */
const FULL: Account = {
  ...FLAT,
  positions: new Map(
    SYMBOLS.map((symbol) => [
      symbol,
      { ...EMPTY_POSITION, symbol, quantity: quantity('12.345678'), totalCost: money('12.3') },
    ]),
  ),
};

const LOOSE = { ...LIMITS, maxOpenPositions: 200 };
const DECISION = {
  ...entry({
    limits: LOOSE,
    money: { book: FULL, holdings: money('1845.5'), reserved: RESERVED, cash: money('8000') },
  }),
  limitsHash: limitsHash(LOOSE),
};

const fill = (side: Fill['side']): Fill => ({
  tradeId: 'trade',
  orderId: 'order-0',
  symbol: 'BTCUSDT',
  side,
  price: price('35250.5'),
  quantity: quantity('0.022695'),
  fee: { asset: 'USDT', amount: quantity('0.48000605'), quoteValue: money('0.48000605') },
  liquidity: 'TAKER',
  time: NOW,
});
const BUY = fill('BUY');
const SELL = fill('SELL');

/** One decision among 100 symbols and 1,000 open orders; whether it allowed an order. */
export const decideOnce = (index: number): boolean =>
  decideEntry({ ...DECISION, signal: { ...SIGNAL, signalId: `signal-${index}` } }).order !== undefined;

function runDecisions(iterations: number): unknown {
  let allowed = 0;
  for (let index = 0; index < iterations; index += 1) if (decideOnce(index)) allowed += 1;
  return allowed;
}

/** A purchase and a sale by turns. */
function runFills(iterations: number): unknown {
  let account = FLAT;
  const context = { instrument: INSTRUMENT, orderDone: true };
  for (let index = 0; index < iterations; index += 1) {
    account = applyFill(account, index % 2 === 0 ? BUY : SELL, context).account;
  }
  return account;
}

/** What every candle costs: equity, the day's mark and the run's drawdown. */
function runMarks(account: Account, iterations: number): unknown {
  let day = markDay(undefined, FLAT.cash, NOW);
  let run = trackDrawdown(undefined, FLAT.cash);
  for (let index = 0; index < iterations; index += 1) {
    const worth = equity(account, MARKS) ?? FLAT.cash;
    day = markDay(day, worth, NOW);
    run = trackDrawdown(run, worth);
  }
  return { day, run };
}

/** One whole life: approve, submit, accepted, filled. */
function runLives(iterations: number): unknown {
  let last: unknown;
  const events = [
    { kind: 'approve', at: NOW },
    { kind: 'submit', at: NOW },
    { kind: 'accepted', at: NOW, venueOrderId: 'venue' },
    {
      kind: 'fill',
      at: NOW,
      fill: { ...BUY, symbol: SYMBOLS[0] ?? '', quantity: quantity('0.5'), price: price('1.005') },
    },
  ] as const;
  for (let index = 0; index < iterations; index += 1) {
    let order = openOrder(intent(0), NOW);
    for (const event of events) {
      const result = transition(order, event);
      if (result.ok) order = result.order;
    }
    last = order;
  }
  return last;
}

function runJournal(iterations: number): unknown {
  let head = EMPTY_HEAD;
  const facts = { symbol: 'BTCUSDT', outcome: 'DENY', code: 'COOLDOWN', value: '2024-03-01T12:00:00.000Z' };
  for (let index = 0; index < iterations; index += 1) {
    head = appendToChain(head, [{ kind: 'verdict', eventTime: NOW + index, facts }]).head;
  }
  return head;
}

export const riskCores: readonly Core[] = [
  { name: 'decide an entry (100 symbols, 1,000 open orders)', iterations: 20_000, run: runDecisions },
  { name: 'book a fill', iterations: 100_000, run: runFills },
  { name: 'mark a flat account', iterations: 2_000_000, run: (n) => runMarks(FLAT, n) },
  { name: 'mark 100 positions', iterations: 10_000, run: (n) => runMarks(FULL, n) },
  { name: 'order life of four events', iterations: 100_000, run: runLives },
  { name: 'append a journal entry', iterations: 50_000, run: runJournal },
];
