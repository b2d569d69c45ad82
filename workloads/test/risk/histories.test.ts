import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { equity, holdingsValue } from '../../src/domain/account/equity.ts';
import { isDrawdownBreached } from '../../src/domain/account/drawdown.ts';
import { asMoney, notional, price, scaleBy } from '../../src/domain/money/amounts.ts';
import { add, greaterThan, minimum, subtract, toNumber } from '../../src/domain/money/decimal.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { sumReservations, reservationOf } from '../../src/domain/orders/reservation.ts';
import { CONTROL_ACTIONS } from '../../src/domain/risk/decide-control.ts';
import { DRAWDOWN_SOURCE, stricter } from '../../src/domain/risk/demands.ts';
import type { BotState } from '../../src/domain/risk/bot-state.ts';
import { HOUR, utcDay } from '../../src/domain/time.ts';
import { readRiskDocument } from '../../src/services/risk/risk-document.ts';
import { Killed } from './memory-ledger.ts';
import { CAPITAL, RiskWorld, SYMBOLS, WORLD_LIMITS } from './risk-world.ts';

/** Histories of up to 40 steps, each on a new bot: 2,000 of them, more where they are asked for. */
const RUNS = {
  seed: Number(process.env['CLAIRE_HISTORY_SEED'] ?? 20_240_301),
  numRuns: Number(process.env['CLAIRE_HISTORIES'] ?? 2_000),
  // What a failure prints, to look at it alone.
  ...(process.env['CLAIRE_HISTORY_PATH'] === undefined ? {} : { path: process.env['CLAIRE_HISTORY_PATH'] }),
};
const TOLERANCE = 1e-9;

const symbol = fc.constantFrom(...SYMBOLS);
const pick = fc.nat(20);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('signal' as const),
      symbol,
      confidence: fc.integer({ min: 1, max: 25 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      pick,
      percent: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(100)),
      told: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('doubt' as const), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      symbol,
      percent: fc.integer({ min: -20, max: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      minutes: fc.constantFrom(0, 1, 2, 7, 61, 1_441),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scan' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('control' as const),
      action: fc.constantFrom(...CONTROL_ACTIONS, 'resume' as const),
      actor: fc.constantFrom('ada', 'operator'),
    }),
  },
);
/** Where the process is killed during a step: at its n-th commit, before or after. Most steps live. */
const death = fc.option(fc.record({ commit: fc.integer({ min: 1, max: 3 }), after: fc.boolean() }), {
  freq: 6,
  nil: undefined,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let operations = 0;

/** What makes risk look at everything again. */
const AGAIN = {
  scan: (world: RiskWorld): Promise<void> => world.risk.scan(),
  restart: (world: RiskWorld): Promise<void> => world.start(),
};

async function carryOut(world: RiskWorld, one: Step): Promise<void> {
  switch (one.kind) {
    case 'signal':
      return world.signal(one.symbol, { confidence: (one.confidence / 10).toFixed(1) });
    case 'fill':
    case 'cancel':
    case 'doubt':
      return atVenue(world, one);
    case 'move':
      return world.move(one.symbol, 1 + one.percent / 100);
    case 'wait':
      world.wait(one.minutes * 60_000 + 1);
      return refresh(world, one.minutes);
    case 'scan':
    case 'restart':
      return AGAIN[one.kind](world);
    case 'control':
      return ask(world, one);
  }
}

/** Prices after a wait; a day later the figures of a day are those of a new start. */
const refresh = (world: RiskWorld, minutes: number): Promise<void> =>
  minutes > 1_000 ? world.start() : world.tickAll();

/** Something happens to one of the orders that may still trade. */
async function atVenue(
  world: RiskWorld,
  one: Extract<Step, { kind: 'fill' | 'cancel' | 'doubt' }>,
): Promise<void> {
  const open = world.openOrders();
  const order = open[one.pick % Math.max(1, open.length)];
  if (order === undefined) return undefined;
  if (one.kind === 'cancel') return world.cancel(order);
  if (one.kind === 'doubt') return world.doubt(order);
  await world.fill(order, one.percent);
  return one.told ? world.tell(order) : undefined;
}

async function ask(world: RiskWorld, one: Extract<Step, { kind: 'control' }>): Promise<void> {
  operations += 1;
  const { action, actor } = one;
  await world.desk.act({ operationId: `operation-${operations}`, action, actor, reason: 'history' });
  return world.risk.scan();
}

/** One step, and a new life when the process was killed in it. */
async function live(
  world: RiskWorld,
  one: Step,
  dies: typeof death extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  let commits = 0;
  world.ledger.dies = (point) => {
    if (dies === undefined) return false;
    if (point === 'before commit') commits += 1;
    return commits === dies.commit && (point === 'after commit') === dies.after;
  };
  try {
    await carryOut(world, one);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    world.ledger.dies = () => false;
    await world.start();
  }
  world.ledger.dies = () => false;
}

interface Before {
  readonly orders: ReadonlySet<string>;
  readonly state: BotState;
  readonly demands: ReadonlyMap<string, 'ReduceOnly' | 'Halted' | 'Stopped'>;
}

const lookAt = ({ ledger }: RiskWorld): Before => ({
  orders: new Set(ledger.tables.orders.keys()),
  state: ledger.state,
  demands: new Map([...ledger.tables.demands].map(([source, { state }]) => [source, state])),
});

const marksOf = (world: RiskWorld) =>
  new Map([...world.marks].map(([name, mark]) => [name, price(mark.toFixed(2))]));

/** No limit is exceeded with this order: computed from the books alone, the way risk does not. */
function expectWithinLimits(world: RiskWorld, order: Order): void {
  const { tables } = world.ledger;
  const account = tables.account!;
  const marks = marksOf(world);
  const base = minimum(CAPITAL, equity(account, marks)!);
  const terms = { feeRatio: 60_000n as never, marketCollarRatio: WORLD_LIMITS.maxSlippageRatio };
  const open = world.openOrders();
  const reserved = sumReservations(open.map((one) => reservationOf(one, terms)));
  const exposed = add(holdingsValue(account, marks)!, reserved.quote);
  expect(toNumber(exposed)).toBeLessThanOrEqual(
    toNumber(scaleBy(asMoney(base), WORLD_LIMITS.maxExposureRatio)) + TOLERANCE,
  );
  expect(toNumber(subtract(account.cash, reserved.quote))).toBeGreaterThanOrEqual(-TOLERANCE);
  const entered = open.filter(({ side }) => side === 'BUY').map((one) => one.symbol);
  expect(new Set([...account.positions.keys(), ...entered]).size).toBeLessThanOrEqual(
    WORLD_LIMITS.maxOpenPositions,
  );
  const value = toNumber(notional(order.limitPrice!, order.quantity));
  expect(value).toBeLessThanOrEqual(toNumber(WORLD_LIMITS.maxOrderNotional) + TOLERANCE);
  const position = toNumber(notional(order.referencePrice, order.quantity));
  expect(position).toBeLessThanOrEqual(
    toNumber(scaleBy(asMoney(base), WORLD_LIMITS.maxPositionRatio)) + TOLERANCE,
  );
  const now = world.clock.now();
  const entries = [...tables.orders.values()].filter(({ purpose }) => purpose === 'ENTRY');
  const lastHour = entries.filter(({ decidedTime }) => decidedTime > now - HOUR);
  expect(lastHour.length).toBeLessThanOrEqual(WORLD_LIMITS.maxTradesPerHour);
}

function check(world: RiskWorld, one: Step, before: Before): void {
  const { tables, state } = world.ledger;
  // What is held back is held back for exactly the orders that may still trade.
  const open = world.openOrders().map(({ orderId }) => orderId);
  expect([...tables.reservations.keys()].sort()).toEqual(open.sort());
  const byPerson = one.kind === 'control' && one.action === 'resume' && one.actor === 'ada';
  for (const order of tables.orders.values()) {
    if (!before.orders.has(order.orderId)) expectAllowed(world, order, before.state, byPerson);
  }
  for (const [source, held] of before.demands) {
    const now = tables.demands.get(source)?.state;
    // Gone only by a person, or as strict as before.
    expect(now === undefined ? byPerson : stricter(now, held) === now).toBe(true);
  }
  if (stricter(state, before.state) !== state) expectLoosened(world, one, byPerson);
  expectLatched(world);
  expectMarked(world);
}

/** The day's highest equity that risk ever knew is in the ledger: no death lowers what the drawdown is measured from. */
function expectMarked({ ledger, risk, highest }: RiskWorld): void {
  const { dayMark } = risk.books.document;
  const now = risk.books.equity;
  if (dayMark === undefined || now === undefined) return;
  const known = highest.get(dayMark.day);
  if (known === undefined || greaterThan(dayMark.highWater, known)) {
    highest.set(dayMark.day, dayMark.highWater);
  }
  const stored = readRiskDocument(ledger.tables.states.get('risk')).dayMark;
  expect(stored).toEqual({ ...dayMark, highWater: highest.get(dayMark.day) });
}

/** Whether the state before lets this order out. A resume may send in its own step what the new state allows. */
function expectAllowed(world: RiskWorld, order: Order, state: BotState, byPerson: boolean): void {
  const allowed: Readonly<Record<Order['purpose'], readonly BotState[]>> = {
    ENTRY: ['Running'],
    EXIT: byPerson ? ['Running', 'ReduceOnly', 'Halted'] : ['Running', 'ReduceOnly'],
    FLATTEN: ['Running', 'ReduceOnly', 'Halted'],
  };
  expect(allowed[order.purpose]).toContain(state);
  if (order.purpose === 'ENTRY') expectWithinLimits(world, order);
}

/** Only a person, or the end of what a person ordered, loosens the state. */
function expectLoosened(world: RiskWorld, one: Step, byPerson: boolean): void {
  const flat = world.ledger.tables.commands.size === 0;
  expect({ one, allowed: byPerson || flat }).toMatchObject({ allowed: true });
}

/** A breach of the day's drawdown is latched on the price that makes it. */
function expectLatched(world: RiskWorld): void {
  const { tables } = world.ledger;
  const { dayMark } = world.risk.books.document;
  const known = SYMBOLS.every((name) => world.risk.books.marks.has(name));
  if (dayMark === undefined || !known || dayMark.day !== utcDay(world.clock.now())) return;
  const now = equity(world.risk.books.account!, marksOf(world));
  if (now === undefined || !isDrawdownBreached(dayMark, now, WORLD_LIMITS.maxDailyDrawdownRatio)) return;
  expect([...tables.demands.keys()]).toContain(DRAWDOWN_SOURCE);
}

describe('any history of signals, fills, cancels, doubts, prices, people and deaths', () => {
  it(
    'keeps every limit, every reservation and every latch',
    async () => {
      process.stdout.write(`histories: ${RUNS.numRuns}, CLAIRE_HISTORY_SEED=${RUNS.seed}\n`);
      const seen = { orders: 0, denied: new Set<string>(), latched: 0, trips: 0 };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(step, death), { minLength: 10, maxLength: 40 }),
          async (history) => {
            const world = await RiskWorld.open();
            for (const [one, dies] of history) {
              const before = lookAt(world);
              await live(world, one, dies);
              check(world, one, before);
            }
            const { tables } = world.ledger;
            seen.orders += tables.orders.size;
            seen.trips += tables.trips.size;
            seen.latched += tables.demands.has(DRAWDOWN_SOURCE) ? 1 : 0;
            for (const { code } of tables.verdicts.values()) seen.denied.add(code);
            const document = readRiskDocument(tables.states.get('risk'));
            expect(document.executionSeen).toBeLessThanOrEqual(tables.journal.get('execution')?.length ?? 0);
          },
        ),
        RUNS,
      );
      // The histories are worth something: they trade, they breach, and they are denied for many reasons.
      expect(seen.orders).toBeGreaterThan(RUNS.numRuns / 2);
      expect(seen.latched).toBeGreaterThan(RUNS.numRuns / 50);
      expect(seen.trips).toBeGreaterThan(RUNS.numRuns / 100);
      expect(seen.denied.size).toBeGreaterThan(8);
    },
    Math.max(600_000, RUNS.numRuns * 200),
  );
});
