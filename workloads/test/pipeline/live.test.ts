import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyFill } from '../../src/domain/account/book.ts';
import { checkIdentity } from '../../src/domain/account/equity.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import { isZero, toNumber } from '../../src/domain/money/decimal.ts';
import type { Fill } from '../../src/domain/orders/order.ts';
import { isTerminal } from '../../src/domain/orders/order-machine.ts';
import type { GroupingLedger, LedgerReading } from '../../src/ports/ledger.ts';
import { Crash, crashingLedger } from './crashing-ledger.ts';
import { type LiveMarket, openLiveMarket, SYMBOL, TwiceBus } from './live-market.ts';
import { instruments, quiet, WARM_UP } from './market-script.ts';
import { botSettings, openTestPlace, type TestPlace } from './test-pipeline.ts';

/** Enters, leaves by the stop, enters again and takes its profit. */
const CLOSES = [
  ...quiet(WARM_UP),
  ...[104, 104, 101, 101],
  ...quiet(14, 101),
  ...[105.5, 105.5, 111, 111],
  ...quiet(4, 111),
];
const SETTINGS = botSettings();

let place: TestPlace;
let ledger: GroupingLedger;

beforeAll(async () => {
  place = await openTestPlace();
  ledger = await place.open(SETTINGS);
});
afterAll(async () => {
  await ledger.close();
  await place.close();
});

async function startAfresh(): Promise<void> {
  await ledger.close();
  ledger = await place.open(SETTINGS);
}

const read = <T>(work: (tx: LedgerReading) => Promise<T>): Promise<T> => ledger.transaction(work);

const openMarket = (
  past: number,
  more: Partial<Parameters<typeof openLiveMarket>[0]> = {},
): Promise<LiveMarket> => openLiveMarket({ settings: SETTINGS, ledger, closes: CLOSES, past, ...more });

/** Plays candles with a trade at each open; returns the index it came to. */
async function playOn(market: LiveMarket, from: number, to = CLOSES.length): Promise<void> {
  for (let index = from; index < to; index += 1) {
    await market.tick(index);
    await market.close(index);
  }
}

const tripFacts = async () =>
  (await read((tx) => tx.roundTrips())).map(({ reason, quantity }) => [reason, toNumber(quantity)]);

/** Whatever happened: nothing is lost, doubled or unaccounted for. */
async function expectSoundBooks(): Promise<void> {
  const { orders, fills, account, reservations } = await read(async (tx) => ({
    orders: await tx.orders(),
    fills: await tx.fills(),
    account: await tx.account(),
    reservations: await tx.reservations(),
  }));
  for (const order of orders) {
    const own = fills.filter((fill) => fill.orderId === order.orderId);
    const filled = own.reduce((sum, fill) => sum + toNumber(fill.quantity), 0);
    expect(filled).toBeCloseTo(toNumber(order.filledQuantity), 9);
  }
  const signals = orders.flatMap((order) => order.signalId ?? []);
  expect(new Set(signals).size).toBe(signals.length);
  const open = orders.filter((order) => !isTerminal(order.state)).map((order) => order.orderId);
  expect(reservations.map((reservation) => reservation.orderId)).toEqual(open);
  const bought = fills.reduce(
    (sum, fill) => sum + (fill.side === 'BUY' ? 1 : -1) * toNumber(fill.quantity),
    0,
  );
  expect(bought).toBeCloseTo(
    toNumber(account!.positions.get(SYMBOL)?.quantity ?? { units: 0n, scale: 0 }),
    9,
  );
  expect(checkIdentity(account!, new Map()).holds).toBe(true);
  expect(await read((tx) => tx.outbox(10))).toEqual([]);
}

describe('a bot on paper on live data', () => {
  it('warms up from history, enters, leaves, and accounts for everything', async () => {
    const market = await openMarket(WARM_UP);
    await market.pipeline.start();
    await playOn(market, WARM_UP);
    await market.pipeline.stop();
    await ledger.transaction((tx) => market.pipeline.closeBooks(tx));
    expect(await tripFacts()).toEqual([
      ['STOP_LOSS', expect.any(Number)],
      ['TAKE_PROFIT', expect.any(Number)],
    ]);
    await expectSoundBooks();
  });

  it('does the same when every event is delivered twice', async () => {
    const once = await tripFacts();
    await startAfresh();
    const market = await openMarket(WARM_UP, { bus: new TwiceBus({ dispatch: 'concurrent' }) });
    await market.pipeline.start();
    await playOn(market, WARM_UP);
    await market.pipeline.stop();
    await ledger.transaction((tx) => market.pipeline.closeBooks(tx));
    expect(await tripFacts()).toEqual(once);
    await expectSoundBooks();
  });

  it('opens nothing on what it reads from the past, even when that would have triggered', async () => {
    await startAfresh();
    const market = await openMarket(WARM_UP + 1);
    await market.pipeline.start();
    await market.settle();
    expect(await read((tx) => tx.orders())).toEqual([]);
    await market.pipeline.stop();
  });

  it('gives up an entry that is not filled in time, and returns what it held', async () => {
    await startAfresh();
    const market = await openMarket(WARM_UP);
    await market.pipeline.start();
    await market.tick(WARM_UP);
    await market.close(WARM_UP);
    expect((await read((tx) => tx.orders())).map((order) => order.state)).toEqual(['WORKING']);
    await market.close(WARM_UP + 1);
    await market.tick(WARM_UP + 2);
    expect((await read((tx) => tx.orders())).map(({ state, reason }) => [state, reason])).toEqual([
      ['CANCELED', 'EXPIRED_STALE'],
    ]);
    await market.pipeline.stop();
    await ledger.transaction((tx) => market.pipeline.checkpoint(tx));
    await expectSoundBooks();
  });

  it('leaves a position at the stop on a tick, before the candle closes', async () => {
    await startAfresh();
    const market = await openMarket(WARM_UP);
    await market.pipeline.start();
    await playOn(market, WARM_UP, WARM_UP + 2);
    // The close of this candle is the next tick's price: it is seen at the tick, not at the close before.
    await market.tick(WARM_UP + 3);
    const exits = (await read((tx) => tx.orders())).filter((order) => order.purpose === 'EXIT');
    expect(exits.map(({ exitReason, state }) => [exitReason, state])).toEqual([['STOP_LOSS', 'WORKING']]);
    await market.pipeline.stop();
  });

  it('judges an entry on the account as the ledger has it, whatever was told of it so far', async () => {
    await startAfresh();
    const market = await openMarket(WARM_UP);
    await market.pipeline.start();
    await ledger.transaction(async (tx) => {
      const fill: Fill = {
        tradeId: 't-1',
        orderId: 'o-1',
        symbol: 'BBBUSDT',
        side: 'BUY',
        price: price('10'),
        quantity: quantity('1'),
        fee: { asset: 'USDT', amount: quantity('0'), quoteValue: money('0') },
        liquidity: 'TAKER',
        time: 1,
      };
      const instrument = instruments(['BBBUSDT']).get('BBBUSDT')!;
      const { account } = applyFill((await tx.account())!, fill, { instrument, orderDone: true });
      await tx.putAccount(account, 'BBBUSDT');
    });
    await market.tick(WARM_UP);
    await market.close(WARM_UP);
    // Nobody knows a price of what is held now.
    expect((await read((tx) => tx.verdicts())).map(({ code }) => code)).toEqual(['EQUITY_MISSING']);
    await market.pipeline.stop();
  });

  it('carries out a command to be flat at once', async () => {
    await startAfresh();
    const market = await openMarket(WARM_UP);
    await market.pipeline.start();
    await playOn(market, WARM_UP, WARM_UP + 2);
    await ledger.transaction((tx) => tx.addCommand({ commandId: 'c-1', kind: 'FLATTEN', requestedTime: 1 }));
    await market.pipeline.pollCommands();
    await market.settle();
    await market.tick(WARM_UP + 2);
    expect((await read((tx) => tx.roundTrips())).map((trip) => trip.reason)).toEqual(['FLATTEN']);
    expect(await read((tx) => tx.commands())).toEqual([]);
    await market.pipeline.stop();
  });
});

describe('a bot on live data that dies', () => {
  /** Candles at the end in which nothing dies, so that everything comes to its end. */
  const TAIL = 30;
  /** The same trade again and again: a rise, an entry, a stop. */
  const cycle = [...quiet(14), 104, 104, 101, 101];
  const closes = [...quiet(WARM_UP), ...Array.from({ length: 12 }, () => cycle).flat(), ...quiet(TAIL)];
  const settings = { ...SETTINGS, limits: { ...SETTINGS.limits, maxConsecutiveLosses: 100 } };
  const reasons = new Set<string | undefined>();
  let trades = 0;

  /** One life from a candle on, dying so many points after its start. Returns where the next life begins. */
  async function live(from: number, pointsToLive: number): Promise<number | undefined> {
    let points = 0;
    let left = Infinity;
    const dying = crashingLedger(ledger, () => (points += 1) > left);
    let index = from;
    try {
      const market = await openMarket(from, { ledger: dying, closes, settings });
      if (pointsToLive < 0) left = -pointsToLive;
      await market.pipeline.start();
      left = points + pointsToLive;
      for (; index < closes.length; index += 1) {
        await market.tick(index);
        await market.close(index);
        await dying.transaction((tx) => market.pipeline.checkpoint(tx));
      }
      await market.pipeline.stop();
      await dying.transaction((tx) => market.pipeline.closeBooks(tx));
      return undefined;
    } catch (error) {
      // The market went on while the process was gone.
      if (error instanceof Crash) return index + 1;
      throw error;
    }
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'loses and doubles nothing, and goes on by itself (series %s)',
    async (series) => {
      await startAfresh();
      let from: number | undefined = WARM_UP;
      let lives = 0;
      while (from !== undefined) {
        lives += 1;
        // Every kind of point is hit in every phase of an order's life; each fifth life dies while it starts. Execution
        // looks at the ledger every second, so a candle of a minute has some hundred points.
        const pointsToLive = lives % 5 === 0 ? -(lives % 13) - 1 : 1 + ((lives * 37 + series * 11) % 199);
        from = await live(from, from < closes.length - TAIL ? pointsToLive : Infinity);
      }
      expect(lives).toBeGreaterThan(8);
      await expectSoundBooks();
      const orders = await read((tx) => tx.orders());
      for (const order of orders) reasons.add(order.reason);
      expect(orders.filter((order) => !isTerminal(order.state))).toEqual([]);
      const entered = orders.filter(
        ({ purpose, filledQuantity }) => purpose === 'ENTRY' && !isZero(filledQuantity),
      );
      const trips = await read((tx) => tx.roundTrips());
      expect(trips.map((trip) => trip.entryOrderId)).toEqual(entered.map((order) => order.orderId));
      trades += trips.length;
    },
  );

  it('closes every round trip, wherever it dies between the last fill and its end', async () => {
    const lost: number[] = [];
    let died = true;
    for (let steps = 0; died; steps += 1) {
      await startAfresh();
      let [points, left] = [0, Infinity];
      const dying = crashingLedger(ledger, () => (points += 1) > left);
      const market = await openMarket(WARM_UP, { ledger: dying });
      await market.pipeline.start();
      await playOn(market, WARM_UP, WARM_UP + 3);
      left = points + steps;
      // The stop is filled at this tick.
      const sold = await market.tick(WARM_UP + 3).then(
        () => true,
        () => false,
      );
      died = !sold;
      if (sold) await market.pipeline.stop();
      const next = await openMarket(WARM_UP + 4);
      await next.pipeline.start();
      await playOn(next, WARM_UP + 4, WARM_UP + 6);
      await next.pipeline.stop();
      if ((await tripFacts()).length !== 1) lost.push(steps);
    }
    expect(lost).toEqual([]);
  });

  it('and did so in the middle of trades, and of sending orders', () => {
    expect(trades).toBeGreaterThan(10);
    expect([...reasons]).toEqual(expect.arrayContaining(['NOT_AT_VENUE', 'EXPIRED_STALE']));
  });
});
