/** What a real process of execution does when others use its account, and when everything around it is away. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTROL_PATHS } from '../../src/contract/index.ts';
import { price, quantity } from '../../src/domain/money/amounts.ts';
import { formatDecimal, parseDecimal } from '../../src/domain/money/decimal.ts';
import { orderIdPrefix } from '../../src/domain/orders/client-id.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import { readExecutionDocument } from '../../src/process/components/execution-document.ts';
import { ask, pause, type Reply, until } from '../process/process-fixture.ts';
import { BOT, type Wish } from './crash-episode.ts';
import type { DoomedProcess } from './doomed-process.ts';
import { SYMBOLS } from './exchange-world.ts';
import { judge, TruthReader } from './judge.ts';
import { ProcessWorld } from './process-world.ts';

const BUY: Wish = {
  symbol: SYMBOLS[0],
  side: 'BUY',
  type: 'LIMIT_IOC',
  quantity: quantity('1.5'),
  limit: '102',
  validFor: 2 * MINUTE,
};
const REST: Wish = { ...BUY, symbol: SYMBOLS[1], type: 'LIMIT', limit: '99' };

let world: ProcessWorld;
let execution: DoomedProcess;
let alerts: readonly string[];
const truth = new TruthReader();
const orders: Order[] = [];

const approve = async (wish: Wish): Promise<Order> => {
  const order = await world.approve(wish);
  orders.push(order);
  return order;
};
const wait = (isSo: () => Promise<boolean> | boolean): Promise<void> => until(isSo, () => execution.tail);
const stateOf = async ({ orderId }: Order): Promise<string> => {
  const order = await world.transaction((tx) => tx.order(orderId));
  return [order?.state, order?.reason].filter(Boolean).join(' ');
};
const reaches = (order: Order, state: string): Promise<void> =>
  wait(async () => (await stateOf(order)).startsWith(state));
const openBreaks = (): Promise<readonly string[]> =>
  world.transaction(async (tx) => (await tx.breaks('open')).map(({ kind, subject }) => `${kind} ${subject}`));
const reconciled = (): Promise<boolean | undefined> =>
  world.transaction(async (tx) => (await readExecutionDocument(tx))?.reconciled);
const working = () => world.venue.exchange.account('tester')!.openOrders();
const placed = (): number =>
  new Set(world.venue.truth.after(0, 1e9, 'order').map(({ orderId }) => orderId)).size;
const rehearsals = () =>
  world.venue.truth.after(0, 1e9, 'request').filter(({ path }) => path === '/api/v3/order/test');
/** So much time of the venue. */
const pass = (duration: number): Promise<void> => pause(duration / world.clock.speed);
const token = (): Promise<string> =>
  readFile(join(world.folder.path, 'run/secrets/control-token'), 'utf8').then((text) => text.trim());

async function control(operationId: string, action: string, as?: string): Promise<Reply> {
  return ask(`http://127.0.0.1:${execution.port('control') ?? 0}${CONTROL_PATHS.operations}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as ?? (await token())}`, 'content-type': 'application/json' },
    body: JSON.stringify({ operationId, action, actor: 'tester', reason: 'a test' }),
  });
}

function start(): DoomedProcess {
  execution = world.spawn();
  execution.go();
  return execution;
}

/** An entry, and its exit: trading is possible. */
async function trade(): Promise<void> {
  const entry = await approve(BUY);
  await reaches(entry, 'FILLED');
  await reaches(await approve({ ...BUY, side: 'SELL', limit: '98' }), 'FILLED');
}

beforeAll(async () => {
  world = await ProcessWorld.open();
  alerts = await world.alerts();
  start();
}, 180_000);
afterAll(() => world.close(), 60_000);

describe('a real process of execution', () => {
  it('has the venue check an order before it takes part, which then is no order', async () => {
    await wait(() => rehearsals().length === 1);
    expect(rehearsals()).toMatchObject([{ method: 'POST', status: 200 }]);
    expect(placed()).toBe(0);
  });

  it('keeps a second one on its account from trading, which takes over when it is gone', async () => {
    await trade();
    const first = execution;
    const second = world.spawn();
    second.go();
    await wait(() => second.isLockedOut);
    await trade();
    expect([first.end, second.end, placed()]).toEqual([undefined, undefined, 4]);
    await first.kill();
    execution = second;
    await trade();
    expect(placed()).toBe(6);
  });

  it('answers a repeated control operation as before, refuses its id for another, and takes a new token', async () => {
    const before = await token();
    const halt = await control('one-operation', 'halt');
    expect(halt).toMatchObject({ status: 200, json: { result: 'done', state: 'Halted' } });
    expect((await control('one-operation', 'halt')).json).toEqual(halt.json);
    expect((await control('one-operation', 'reduce-only')).json).toMatchObject({ result: 'refused' });
    await writeFile(join(world.folder.path, 'run/secrets/control-token'), 'another-token-of-this-test');
    expect((await control('by-old-token', 'resume', before)).status).toBe(401);
    expect((await control('by-new-token', 'resume')).json).toMatchObject({
      result: 'done',
      state: 'Running',
    });
    await trade();
  });

  it('sends nothing stale when it comes back ten minutes after an approval', async () => {
    execution.signal('SIGTERM');
    await until(() => execution.end !== undefined);
    expect(execution.end).toBe(0);
    const [before, late] = [placed(), await approve({ ...BUY, validFor: 5 * SECOND })];
    world.clock.jump(10 * MINUTE);
    start();
    await reaches(late, 'EXPIRED');
    expect([await stateOf(late), placed()]).toEqual(['EXPIRED EXPIRED_STALE', before]);
    await trade();
  });

  it('loses no order, no fill and no exit with everything that was in Redis', async () => {
    const entry = await approve(BUY);
    await reaches(entry, 'FILLED');
    const rest = await approve(REST);
    await reaches(rest, 'WORKING');
    await world.flushRedis();
    world.venue.exchange.fillResting(working()[0]!.id, quantity('1.5'), world.clock.now());
    await reaches(rest, 'FILLED');
    await reaches(await approve({ ...BUY, side: 'SELL', limit: '98' }), 'FILLED');
    await reaches(await approve({ ...REST, side: 'SELL', limit: '98' }), 'FILLED');
    await trade();
  });

  it('sends nothing while PostgreSQL is down for a minute, halts nevertheless, and trades again by itself', async () => {
    const entry = await approve(BUY);
    await reaches(entry, 'FILLED');
    const rest = await approve(REST);
    await reaches(rest, 'WORKING');
    await wait(async () => (await reconciled()) === true);
    await pass(2 * SECOND);
    const before = placed();
    await world.postgres.kill();
    await wait(() => alerts.includes('TradingPositionsUnprotected'));
    await pass(MINUTE);
    expect([placed(), working().length]).toEqual([before, 1]);
    await world.postgres.start();
    await reaches(await approve({ ...BUY, side: 'SELL', limit: '98' }), 'FILLED');
    expect(await stateOf(rest)).toBe('WORKING');

    await world.postgres.kill();
    await wait(async () => (await health()).status === 503);
    expect((await control('halt-without-ledger', 'halt')).json).toMatchObject({
      result: 'pending',
      state: 'Halted',
    });
    await wait(() => working().length === 0);
    await world.postgres.start();
    await reaches(rest, 'CANCELED');
    await wait(async () => (await world.transaction((tx) => tx.demands())).length === 1);
    expect((await control('resume-after-it', 'resume')).json).toMatchObject({
      result: 'done',
      state: 'Running',
    });
    await trade();
  });

  it('leaves coins alone that it did not buy, whatever the fee is paid in, and books a crumb as dust', async () => {
    const { exchange } = world.venue;
    exchange.deposit('tester', 'AAA', { amount: parseDecimal('3'), now: world.clock.now() });
    exchange.change({ feeMode: 'received' });
    await reaches(await approve(BUY), 'FILLED');
    const held = (await world.transaction((tx) => tx.position('AAAUSDT')))!.quantity;
    expect(Number(formatDecimal(held))).toBeLessThan(1.5);
    exchange.change({ feeMode: 'quote' });
    const most = quantity((Number(formatDecimal(held)) - 0.005).toFixed(4));
    await reaches(await approve({ ...BUY, side: 'SELL', quantity: most, limit: '98' }), 'FILLED');
    const account = (await world.transaction((tx) => tx.account()))!;
    expect([account.positions.size, account.dust.has('AAAUSDT')]).toEqual([0, true]);
    await pass(40 * SECOND);
    expect(await openBreaks()).toEqual([]);
    exchange.deposit('tester', 'AAA', { amount: parseDecimal('-3'), now: world.clock.now() });
    expect(await judge({ world, ledger: world }, truth, orders)).toEqual([]);
  });

  it('holds entries back after a sale by the owner, until the account agrees again', async () => {
    await reaches(await approve({ ...BUY, symbol: SYMBOLS[2] }), 'FILLED');
    const move = (amount: string): boolean =>
      world.venue.exchange.deposit('tester', 'CCC', { amount: parseDecimal(amount), now: world.clock.now() });
    expect(move('-8')).toBe(true);
    await wait(async () => (await openBreaks()).includes('BALANCE_DEFICIT CCC'));
    const held = await approve(BUY);
    await reaches(held, 'EXPIRED');
    expect(await stateOf(held)).toBe('EXPIRED NOT_RECONCILED');
    move('8');
    await wait(async () => (await openBreaks()).length === 0 && (await reconciled()) === true);
    await reaches(await approve({ ...BUY, symbol: SYMBOLS[2], side: 'SELL', limit: '98' }), 'FILLED');
  });

  it('reports an order of others and never touches it; one with its own prefix halts the bot', async () => {
    const foreign = (clientId: string): void => {
      const request = { symbol: 'BBBUSDT', side: 'BUY', type: 'LIMIT', clientId } as const;
      world.venue.exchange.place(
        { ...request, price: price('50'), quantity: quantity('1') },
        { account: 'tester', origin: 'elsewhere', now: world.clock.now(), visibleFrom: 0 },
      );
    };
    foreign('');
    await wait(async () => (await openBreaks()).some((one) => one.startsWith('FOREIGN_ORDER')));
    const rest = await approve(REST);
    await reaches(rest, 'WORKING');
    foreign(`${orderIdPrefix(world.account, BOT)}-stranger-e0`);
    await reaches(rest, 'CANCELED');
    expect(await world.transaction((tx) => tx.demands())).toMatchObject([
      { source: 'breaker:foreign-writer', state: 'Halted' },
    ]);
    expect(working().some(({ clientId }) => clientId === '')).toBe(true);
    expect(alerts).toContain('TradingForeignWriter');
    expect(await judge({ world, ledger: world }, truth, orders)).toEqual([]);
  });
});

const health = (): Promise<Reply> => ask(`http://127.0.0.1:${execution.port('health') ?? 0}/readyz`);
