/** Real processes of risk killed at every durable write and publishing: what they held back and latched stays exact. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTROL_PATHS } from '../../src/contract/control-api.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { isTerminal } from '../../src/domain/orders/order-machine.ts';
import { reservationOf } from '../../src/domain/orders/reservation.ts';
import { DRAWDOWN_SOURCE } from '../../src/domain/risk/demands.ts';
import type { DoomedProcess } from '../crash/doomed-process.ts';
import { ask, until } from '../process/process-fixture.ts';
import { KilledWorld } from './killed-world.ts';

const POINTS = ['ENTRY order', 'denial', 'EXIT order', 'round trip', 'document'].flatMap((name) => [
  `before write ${name}`,
  `after write ${name}`,
]);
const CASES = [...POINTS, 'before publish orders', 'after publish orders'];
const SYMBOLS = Array.from({ length: CASES.length + 4 }, (_, i) => `K${String(i).padStart(2, '0')}USDT`);
const LATCH = ['before write latch', 'after write latch'];
const FALLEN = 96;
/** A signal that waited for a new process may be too old: then there is another one. */
const MOST_SIGNALS = 10;

let world: KilledWorld;
let living: DoomedProcess | undefined;
let standby: DoomedProcess;
let nextSymbol = 0;
let deaths = 0;

beforeAll(async () => {
  world = await KilledWorld.open(SYMBOLS);
  standby = world.spawn();
  next(undefined);
  // A signal that nobody was there for is nobody's.
  await until(isReady, () => living?.tail ?? '');
}, 300_000);
afterAll(() => world.close(), 60_000);

function next(point: string | undefined): void {
  living = standby;
  living.go(point === undefined ? null : { point, how: 'SIGKILL' });
  standby = world.spawn();
}

async function isReady(): Promise<boolean> {
  const port = living?.port('health');
  if (port === undefined) return false;
  return (await ask(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200;
}

/** Whoever was killed is followed by another one. @throws Error when a process ended by itself */
function mourn(): void {
  if (living === undefined || (living.end === undefined && living.stoppedAt === undefined)) return;
  if (living.stoppedAt === undefined) throw new Error(`risk ended by itself\n${living.tail}`);
  deaths += 1;
  next(undefined);
}

const soon = (isSo: () => Promise<boolean>): Promise<void> =>
  until(
    () => {
      mourn();
      return isSo();
    },
    () => `it never came true\n${living?.tail ?? ''}`,
  );

const orders = (symbol: string): Promise<readonly Order[]> =>
  world.transaction(async (tx) => (await tx.orders()).filter((order) => order.symbol === symbol));

/** Signals until one is allowed. */
async function enter(symbol: string): Promise<Order> {
  for (let n = 0; n < MOST_SIGNALS; n += 1) {
    // A feed that stood still on a slow machine is a cause that passes, ten seconds later.
    await soon(async () => (await world.transaction((tx) => tx.causes())).length === 0);
    const signalId = await world.signal(symbol);
    await soon(async () => (await verdictsOf(signalId)) > 0);
    const [entry] = await orders(symbol);
    if (entry !== undefined) return entry;
  }
  const codes = await world.transaction(async (tx) => (await tx.verdicts()).map(({ code }) => code));
  throw new Error(`no signal was allowed: ${codes.slice(-MOST_SIGNALS).join(', ')}`);
}

const verdictsOf = (signalId: string): Promise<number> =>
  world.transaction(
    async (tx) => (await tx.verdicts()).filter((verdict) => verdict.signalId === signalId).length,
  );

/** Reservations, verdicts, orders, latches and the journal say the same. */
async function expectExact(): Promise<void> {
  const { all, reservations, verdicts, demands, entries } = await world.transaction(async (tx) => ({
    all: await tx.orders(),
    reservations: await tx.reservations(),
    verdicts: await tx.verdicts(),
    demands: await tx.demands(),
    entries: (await tx.journal('risk', 0, 1_000_000)).map(({ body }) => JSON.parse(body) as { kind: string }),
  }));
  const { takerFeeRatio, limits } = world.settings.settings;
  const terms = { feeRatio: takerFeeRatio, marketCollarRatio: limits.maxSlippageRatio };
  const open = all.filter(({ state }) => !isTerminal(state));
  expect(reservations).toEqual(open.map((order) => reservationOf(order, terms)));
  const allowed = verdicts.filter(({ order }) => order !== undefined);
  expect(all.map(({ verdictId }) => verdictId)).toEqual(allowed.map(({ verdictId }) => verdictId));
  const signals = verdicts.flatMap(({ signalId }) => (signalId === undefined ? [] : [signalId]));
  expect(new Set(signals).size).toBe(signals.length);
  const count = (kind: string): number => entries.filter((entry) => entry.kind === kind).length;
  expect(count('verdict')).toBe(verdicts.length);
  expect(count('breaker')).toBe(demands.length);
}

/** In, refused a second time, out by the stop. */
async function trade(symbol: string): Promise<void> {
  const entry = await enter(symbol);
  await expectExact();
  await world.fill(entry);
  const again = await world.signal(symbol);
  await soon(async () => (await verdictsOf(again)) > 0);
  world.quote(symbol, FALLEN);
  const exitOf = async (): Promise<Order | undefined> =>
    (await orders(symbol)).find(({ purpose, state }) => purpose === 'EXIT' && state === 'APPROVED');
  await soon(async () => (await exitOf()) !== undefined);
  await expectExact();
  const exit = await exitOf();
  if (exit === undefined) throw new Error('the exit is gone');
  await world.fill(exit);
  await soon(() =>
    world.transaction(async (tx) => (await tx.roundTrips()).some((trip) => trip.symbol === symbol)),
  );
}

describe('a process of risk that is killed', () => {
  it.each(CASES)(
    '%s keeps its word',
    async (point) => {
      const symbol = SYMBOLS[nextSymbol++] ?? '';
      living?.order({ stop: { point, how: 'SIGKILL' } });
      const before = deaths;
      await trade(symbol);
      await soon(() => Promise.resolve(deaths > before));
      const own = await orders(symbol);
      expect(own.map(({ purpose }) => purpose)).toEqual(['ENTRY', 'EXIT']);
      await expectExact();
    },
    240_000,
  );

  it('latches a drawdown once, whenever it is killed', async () => {
    const held = SYMBOLS.slice(nextSymbol, nextSymbol + 4);
    for (const symbol of held) await world.fill(await enter(symbol));
    // The first life dies before the latch is written, the second one after it.
    const [first, second] = LATCH;
    living?.order({ stop: { point: first ?? '', how: 'SIGKILL' } });
    for (const symbol of held) world.quote(symbol, 50);
    await until(
      () => living?.stoppedAt !== undefined,
      () => living?.tail ?? '',
    );
    expect(await world.transaction((tx) => tx.demands())).toEqual([]);
    next(second);
    const isLatched = (): Promise<boolean> =>
      world.transaction(async (tx) => (await tx.demands()).some(({ source }) => source === DRAWDOWN_SOURCE));
    await until(isLatched, () => living?.tail ?? '');
    await until(
      () => living?.stoppedAt !== undefined,
      () => living?.tail ?? '',
    );
    await expectExact();
    next(undefined);
    const late = await world.signal(SYMBOLS[0] ?? '');
    await soon(async () => (await verdictsOf(late)) > 0);
    await expectExact();
    expect(await world.transaction((tx) => tx.demands())).toHaveLength(1);
    const verdicts = await world.transaction((tx) => tx.verdicts());
    expect(verdicts.find(({ signalId }) => signalId === late)).toMatchObject({ outcome: 'DENY' });
  }, 240_000);

  it('is told to halt while Redis is down and there is no execution, and halts', async () => {
    await soon(isReady);
    await world.redis.kill();
    const call = { operationId: 'halt-alone-here', action: 'halt', actor: 'anna', reason: 'a test' };
    const { json } = await ask(
      `http://127.0.0.1:${living?.port('control') ?? 0}${CONTROL_PATHS.operations}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${await world.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify(call),
      },
    );
    expect(json).toMatchObject({ result: 'done', state: 'Halted' });
    const demands = await world.transaction((tx) => tx.demands());
    expect(demands.find(({ source }) => source === 'control')).toMatchObject({ state: 'Halted' });
    await world.redis.start();
  }, 120_000);

  it('was killed at every point', () => {
    expect(deaths).toBeGreaterThanOrEqual(CASES.length);
    expect([...CASES, ...LATCH].filter((point) => !world.met.has(point))).toEqual([]);
  });
});
