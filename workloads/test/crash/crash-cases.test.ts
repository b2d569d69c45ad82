import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { price, quantity } from '../../src/domain/money/amounts.ts';
import { formatDecimal, parseDecimal } from '../../src/domain/money/decimal.ts';
import { orderIdPrefix } from '../../src/domain/orders/client-id.ts';
import type { Demand } from '../../src/domain/risk/demands.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { type GroupingLedger, type Ledger, LedgerError, type LedgerReading } from '../../src/ports/ledger.ts';
import { botSettings, openTestPlace, type TestPlace } from '../pipeline/test-pipeline.ts';
import {
  approve,
  BOT,
  drive,
  isAtRest,
  type Process,
  settle,
  startProcess,
  type Surroundings,
  type Wish,
} from './crash-episode.ts';
import { ExchangeWorld, OPENING } from './exchange-world.ts';

const START = Date.UTC(2026, 0, 5);
const BUY: Wish = {
  symbol: 'AAAUSDT',
  side: 'BUY',
  type: 'LIMIT_IOC',
  quantity: quantity('1.5'),
  limit: '102',
};
const REST: Wish = { ...BUY, type: 'LIMIT', limit: '99' };

let place: TestPlace;
let inner: GroupingLedger;
let isAway: boolean;
let at: Surroundings;
let living: Process[];

beforeAll(async () => {
  place = await openTestPlace();
});
afterAll(() => place.close());
beforeEach(async () => {
  inner = await place.open(botSettings());
  isAway = false;
  const ledger: Ledger = {
    identity: inner.identity,
    close: () => Promise.resolve(),
    transaction: (work) =>
      isAway
        ? Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'the server is gone', { retryable: true }))
        : inner.transaction(work),
  };
  at = { world: new ExchangeWorld(new EventClock(START), 'cases'), ledger };
  living = [];
});
afterEach(async () => {
  for (const { life } of living) life.kill();
  await settle(living.map(({ life }) => life));
  await inner.close();
});

function start(
  ...options: [stopsAt?: (point: string) => boolean, pendingDemand?: () => Demand | undefined]
): Process {
  const process = startProcess(at, ...options);
  living.push(process);
  return process;
}

const read = <T>(work: (tx: LedgerReading) => Promise<T>): Promise<T> => inner.transaction(work);
const states = async (): Promise<readonly string[]> =>
  (await read((tx) => tx.orders())).map(({ state, reason }) => [state, reason].filter(Boolean).join(' '));
const until = async (process: Process, isOver: () => Promise<boolean> | boolean): Promise<void> => {
  expect(await drive(at, process, async () => isOver())).toBe('over');
};
const rest = (process: Process): Promise<void> => until(process, isAtRest(at, process));
const trading = (process: Process): Promise<void> => until(process, () => process.service.trades);
const pass = async (process: Process, duration: number): Promise<void> => {
  const end = at.world.clock.now() + duration;
  await until(process, () => at.world.clock.now() >= end);
};
/** What the venue took: orders placed or cancelled by a request. */
const taken = (): number =>
  at.world.truth('request').filter(({ method, status }) => method !== 'GET' && status === 200).length;
const rows = (): Promise<unknown> =>
  read(async (tx) => [
    await tx.orders(),
    await tx.fills(),
    await tx.account(),
    await tx.reservations(),
    await tx.epoch(),
    await tx.breaks('all'),
    await tx.journalHead('execution'),
  ]);

describe('a frozen process', () => {
  it.each([
    'after write APPROVED→SUBMITTING',
    'before call submit',
    'before request POST /api/v3/order',
    'after request POST /api/v3/order',
    'after call submit',
    'after write SUBMITTING→WORKING',
    'before publish order_results',
    'after write lease',
    'after call openOrders',
  ])(
    '%s, and resumed after a takeover, sends nothing that the venue takes and changes no row',
    async (point) => {
      let isArmed = false;
      const first = start((reached) => isArmed && reached === point);
      await trading(first);
      isArmed = true;
      await approve(at, { ...REST, validFor: 10 * MINUTE });
      expect(await drive(at, first, () => Promise.resolve(false))).toBe('stopped');
      const second = start();
      await until(second, async () => {
        const open = await read((tx) => tx.orders(['APPROVED', 'SUBMITTING', 'UNKNOWN']));
        return second.service.reconciled && second.service.trades && open.length === 0;
      });
      await second.service.stop();
      second.life.kill();
      const [before, orders, requests] = [await rows(), at.world.truth('order').length, taken()];
      first.life.thaw();
      for (let step = 0; step < 20; step += 1) {
        await settle([first.life]);
        at.world.clock.advanceTo(at.world.clock.now() + 1_000);
      }
      expect(first.crashed()).toMatchObject({ code: 'FENCED' });
      expect([await rows(), at.world.truth('order').length, taken()]).toEqual([before, orders, requests]);
      const placed = new Set(at.world.truth('order').map(({ orderId }) => orderId));
      expect(placed.size).toBeLessThanOrEqual(1);
    },
  );
});

describe('execution', () => {
  it('confirms a halt anew that follows a resume before it has looked', async () => {
    const process = start();
    await trading(process);
    const halt = { source: 'control', state: 'Halted', reason: 'test', evidence: {} } as const;
    const latch = (): Promise<void> =>
      inner.transaction((tx) => tx.latchDemand({ ...halt, since: at.world.clock.now() }));
    const confirmed = async (): Promise<number> =>
      (await read((tx) => tx.journal('execution', 0, 1_000))).filter(({ body }) => body.includes('"halt"'))
        .length;
    await latch();
    await until(process, async () => (await confirmed()) === 1);
    await pass(process, MINUTE);
    await inner.transaction((tx) => tx.clearDemand('control'));
    await latch();
    await until(process, async () => (await confirmed()) === 2);
    await pass(process, MINUTE);
    expect(await confirmed()).toBe(2);
  });

  it('of two processes on one account lets exactly one trade', async () => {
    const first = start();
    await trading(first);
    const second = start();
    await trading(second);
    await approve(at, BUY);
    await rest(second);
    expect(first.crashed()).toMatchObject({ code: 'FENCED' });
    expect(new Set(at.world.truth('order').map(({ orderId }) => orderId)).size).toBe(1);
    expect(await states()).toEqual(['FILLED']);
  });

  it('that was away for ten minutes after an approval sends nothing stale', async () => {
    const first = start();
    await trading(first);
    await first.service.stop();
    first.life.kill();
    await approve(at, { ...BUY, validFor: 5_000 });
    at.world.clock.advanceTo(at.world.clock.now() + 10 * MINUTE);
    await rest(start());
    expect(await states()).toEqual(['EXPIRED EXPIRED_STALE']);
    expect(await read((tx) => tx.reservations())).toEqual([]);
    expect(at.world.truth('order')).toEqual([]);
  });

  it('finds what was approved although the stream lost every hint', async () => {
    const process = start();
    await trading(process);
    await approve(at, BUY);
    await rest(process);
    expect(await states()).toEqual(['FILLED']);
  });

  it('books what an order was filled with that the venue showed only minutes after it had none', async () => {
    const process = start();
    await trading(process);
    at.world.delivery = () => 'never';
    at.world.arm({ kind: 'lost-reply', match: 'POST /api/v3/order', when: 'after', count: 1 });
    at.world.arm({ kind: 'hidden-order', delay: 3 * MINUTE, count: 1 });
    await approve(at, BUY);
    await until(process, async () => (await states())[0] === 'REJECTED NOT_AT_VENUE');
    await pass(process, 90_000);
    expect(await states()).toEqual(['REJECTED NOT_AT_VENUE']);
    await pass(process, 200_000);
    await pass(process, 200_000);
    expect(await states()).toEqual([expect.stringMatching(/^FILLED/)]);
    expect(await read((tx) => tx.fills())).toHaveLength(1);
    expect(process.crashed()).toBeUndefined();
  });

  it('outlives the ledger: nothing goes out, it is told, a halt works, and trading resumes by itself', async () => {
    let demand: Demand | undefined;
    const process = start(undefined, () => demand);
    const alerts: string[] = [];
    await process.bus.subscribe({
      stream: 'alerts',
      group: 'test',
      handle: (alert) => {
        alerts.push(alert.code);
        return Promise.resolve();
      },
    });
    await trading(process);
    await approve(at, BUY);
    await rest(process);
    await approve(at, REST);
    await until(process, async () => (await states()).at(-1) === 'WORKING');
    isAway = true;
    await pass(process, 5_000);
    expect(alerts).toContain('TradingPositionsUnprotected');
    expect(process.service.reconciled).toBe(false);
    demand = { source: 'control', state: 'Halted', reason: 'test' };
    void process.service.enforce();
    await pass(process, 10_000);
    expect(at.world.venue.exchange.account('tester')!.openOrders()).toEqual([]);
    isAway = false;
    const latched = {
      source: 'control',
      state: 'Halted',
      reason: 'test',
      evidence: {},
      since: START,
    } as const;
    await inner.transaction((tx) => tx.latchDemand(latched));
    demand = undefined;
    await rest(process);
    expect((await states()).at(-1)).toMatch(/^CANCELED/);
    await inner.transaction((tx) => tx.clearDemand('control'));
    await approve(at, BUY);
    await rest(process);
    expect((await states()).at(-1)).toBe('FILLED');
    expect(process.crashed()).toBeUndefined();
  });
});

describe('on an account that others use', () => {
  const held = (): number =>
    Number(formatDecimal(at.world.venue.exchange.account('tester')!.wallet.of('AAA').free));
  const move = (amount: string): boolean =>
    at.world.venue.exchange.deposit('tester', 'AAA', {
      amount: parseDecimal(amount),
      now: at.world.clock.now(),
    });
  const openBreaks = async (): Promise<readonly string[]> =>
    (await read((tx) => tx.breaks('open'))).map(({ kind, subject }) => `${kind} ${subject}`);
  const foreign = (clientId: string): void => {
    at.world.venue.exchange.place(
      {
        symbol: 'AAAUSDT',
        side: 'BUY',
        type: 'LIMIT',
        clientId,
        price: price('50'),
        quantity: quantity('1'),
      },
      { account: 'tester', origin: 'elsewhere', now: at.world.clock.now(), visibleFrom: 0 },
    );
  };

  it('the coins that were there, and a surplus, are never counted as the bot’s', async () => {
    const process = start();
    await trading(process);
    move('3');
    await approve(at, BUY);
    await rest(process);
    const position = (await read((tx) => tx.position('AAAUSDT')))!;
    await approve(at, { ...BUY, side: 'SELL', quantity: position.quantity, limit: '98' });
    await pass(process, 70_000);
    expect(held()).toBe(Number(OPENING) + 3);
    expect(await openBreaks()).toEqual([]);
  });

  it('a fee in the base asset reduces the position as it does at the venue', async () => {
    at.world.venue.exchange.change({ feeMode: 'received' });
    const process = start();
    await trading(process);
    await approve(at, BUY);
    await rest(process);
    await pass(process, 70_000);
    const position = (await read((tx) => tx.position('AAAUSDT')))!;
    expect(Number(formatDecimal(position.quantity))).toBeCloseTo(held() - Number(OPENING), 10);
    expect(await openBreaks()).toEqual([]);
  });

  it('a rest below the minimum ends as dust', async () => {
    const process = start();
    await trading(process);
    await approve(at, BUY);
    await rest(process);
    await approve(at, { ...BUY, side: 'SELL', quantity: quantity('1.495'), limit: '98' });
    await rest(process);
    const account = (await read((tx) => tx.account()))!;
    expect([account.positions.size, formatDecimal(account.dust.get('AAAUSDT')!.quantity)]).toEqual([
      0,
      '0.005',
    ]);
  });

  it('a sale by the owner is a break that holds entries back until the account agrees again', async () => {
    const process = start();
    await trading(process);
    await approve(at, BUY);
    await rest(process);
    move('-8');
    await pass(process, 100_000);
    expect(await openBreaks()).toEqual(['BALANCE_DEFICIT AAA']);
    expect(await read((tx) => tx.breaks('open'))).toMatchObject([{ expected: '8.5', found: '0.5' }]);
    expect(process.service.reconciled).toBe(false);
    await approve(at, { ...BUY, validFor: MINUTE });
    await until(process, async () => (await states()).at(-1) === 'EXPIRED NOT_RECONCILED');
    move('8');
    await pass(process, 40_000);
    expect(await openBreaks()).toEqual([]);
    expect(process.service.reconciled).toBe(true);
  });

  it('a venue that answers no comparison is not believed forever: entries wait until it does', async () => {
    const process = start();
    await trading(process);
    expect(process.service.reconciled).toBe(true);
    at.world.arm({ kind: 'status', match: 'GET', status: 503, count: 1_000 });
    await pass(process, 3 * MINUTE);
    expect(process.service.reconciled).toBe(false);
    await approve(at, { ...BUY, validFor: MINUTE });
    await until(process, async () => (await states()).at(-1) === 'EXPIRED NOT_RECONCILED');
    at.world.calm();
    await until(process, () => process.service.reconciled);
  });

  it('an order without our prefix is reported and never touched, also by a halt', async () => {
    const process = start();
    await trading(process);
    foreign('');
    await approve(at, REST);
    await approve(at, REST);
    await pass(process, 15_000);
    expect(await openBreaks()).toEqual([expect.stringMatching(/^FOREIGN_ORDER C02__/)]);
    await inner.transaction((tx) =>
      tx.latchDemand({ source: 'control', state: 'Halted', reason: 'test', evidence: {}, since: START }),
    );
    await rest(process);
    const left = at.world.venue.exchange.account('tester')!.openOrders();
    expect(left.map(({ origin }) => origin)).toEqual(['elsewhere']);
    expect(await states()).toEqual(['CANCELED', 'CANCELED']);
  });

  it('an order of others holds nothing back: entries and exits go out beside it', async () => {
    const process = start();
    await trading(process);
    foreign('');
    foreign('somebody-elses-1');
    // Longer than an agreement is believed in: what holds now holds for as long as the order works.
    await pass(process, 3 * MINUTE);
    expect(await openBreaks()).toEqual([
      expect.stringMatching(/^FOREIGN_ORDER C02__/),
      'FOREIGN_ORDER somebody-elses-1',
    ]);
    expect(process.service.reconciled).toBe(true);
    await approve(at, BUY);
    await rest(process);
    const position = (await read((tx) => tx.position('AAAUSDT')))!;
    await approve(at, { ...BUY, side: 'SELL', quantity: position.quantity, limit: '98' });
    await rest(process);
    expect(await states()).toEqual(['FILLED', 'FILLED']);
    expect(await read((tx) => tx.demands())).toEqual([]);
    const left = at.world.venue.exchange.account('tester')!.openOrders();
    expect(left.map(({ origin }) => origin)).toEqual(['elsewhere', 'elsewhere']);
  });

  it('an order with our prefix that the ledger does not know halts the bot', async () => {
    const process = start();
    await trading(process);
    const stranger = `${orderIdPrefix(inner.identity.account, BOT)}-stranger-e0`;
    foreign(stranger);
    await pass(process, 15_000);
    expect(await read((tx) => tx.demands())).toMatchObject([
      { source: 'breaker:foreign-writer', state: 'Halted', evidence: { orderId: stranger } },
    ]);
    expect(await openBreaks()).toEqual([`FOREIGN_WRITER ${stranger}`]);
  });
});
