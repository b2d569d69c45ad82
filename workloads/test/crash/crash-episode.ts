import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import {
  money,
  NO_MONEY,
  NO_QUANTITY,
  price,
  type Quantity,
  quantity,
} from '../../src/domain/money/amounts.ts';
import { orderId, orderIdPrefix } from '../../src/domain/orders/client-id.ts';
import type { Order, OrderIntent } from '../../src/domain/orders/order.ts';
import { OPEN_STATES, openOrder, transition } from '../../src/domain/orders/order-machine.ts';
import type { Demand } from '../../src/domain/risk/demands.ts';
import type { Timestamp } from '../../src/domain/time.ts';
import type { Ledger, Reservation } from '../../src/ports/ledger.ts';
import { ExecutionService } from '../../src/services/execution/execution-service.ts';
import { EpochFence } from '../../src/services/execution/fence.ts';
import { SUPERVISION_SETTINGS } from '../../src/services/execution/supervision.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { type ExchangeWorld, PRICE } from './exchange-world.ts';
import { Life, mortalBus, mortalClock, mortalGateway, mortalLedger } from './mortal.ts';

export const BOT = 'crash';
export const CAPITAL = money('1000000');
const STEP = 500;
/** Virtual time before an episode counts as stuck. */
const PATIENCE = 240_000;

/** A process of execution that can be killed or frozen anywhere. */
export interface Process {
  readonly life: Life;
  readonly service: ExecutionService;
  readonly bus: MemoryBus;
  /** What ended it by itself. */
  crashed(): Error | undefined;
}

export interface Surroundings {
  readonly world: ExchangeWorld;
  readonly ledger: Ledger;
}

let lives = 0;

/** Starts a process; it may stop before its start is over. */
export function startProcess(
  { world, ledger }: Surroundings,
  stopsAt: (point: string) => boolean = () => false,
  pendingDemand: () => Demand | undefined = () => undefined,
): Process {
  lives += 1;
  const life = new Life(stopsAt);
  const inner = mortalLedger(ledger, life);
  const clock = mortalClock(world.clock, life);
  const memoryBus = new MemoryBus({ dispatch: 'concurrent' });
  const bus = mortalBus(memoryBus, life);
  let crashed: Error | undefined;
  const venueNow = (): number => world.clock.now();
  const fence = new EpochFence({ ledger: inner, holder: `life-${lives}`, venueNow, clock });
  const connection = world.connect(fence.takeStamp, life);
  const gateway = mortalGateway(connection.gateway, life);
  const service = new ExecutionService({
    bot: BOT,
    ledger: inner,
    bus,
    relay: new OutboxRelay({ ledger: inner, bus }),
    clock,
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    crash: (error) => {
      crashed ??= error;
    },
    gateway,
    account: ledger.identity.account,
    instruments: world.instruments,
    capital: CAPITAL,
    specDemand: undefined,
    pendingDemand,
    mark: () => price(PRICE),
    supervision: { fence, settings: { ...SUPERVISION_SETTINGS, scanEvery: 2_000 } },
  });
  const start = async (): Promise<void> => {
    await connection.ready();
    await service.start();
  };
  void start().catch((error: unknown) => {
    crashed ??= error instanceof Error ? error : new Error(String(error));
  });
  return { life, service, bus: memoryBus, crashed: () => crashed };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets everything happen that can happen without time passing. */
export async function settle(lives_: readonly Life[]): Promise<void> {
  for (let quiet = 0; quiet < 6;) {
    await turn();
    quiet = lives_.some((life) => life.isBusy) ? 0 : quiet + 1;
  }
}

/** Lets time pass until it is over, or the process has stopped. */
export async function drive(
  { world }: Surroundings,
  process: Process,
  isOver: () => Promise<boolean>,
): Promise<'over' | 'stopped' | 'stuck'> {
  const end = world.clock.now() + PATIENCE;
  for (let step = 0; world.clock.now() < end; step += 1) {
    await settle([process.life]);
    if (process.life.stopped !== undefined || process.crashed() !== undefined) return 'stopped';
    if (step % 2 === 1 && (await isOver())) return 'over';
    world.clock.advanceTo(world.clock.now() + STEP);
  }
  return 'stuck';
}

let subjects = 0;

export interface Wish {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: OrderIntent['type'];
  readonly quantity: Quantity;
  readonly limit?: string;
  readonly validFor?: number;
}

/** What risk decides: an order, and what it holds back. */
export interface Approval {
  readonly order: Order;
  readonly reservation: Reservation;
}

export function decide(account: string, now: Timestamp, wish: Wish): Approval {
  subjects += 1;
  const purpose = wish.side === 'BUY' ? 'ENTRY' : 'EXIT';
  const intent: OrderIntent = {
    orderId: orderId({ prefix: orderIdPrefix(account, BOT), subject: `s${subjects}`, purpose, attempt: 0 }),
    account,
    symbol: wish.symbol,
    side: wish.side,
    purpose,
    type: wish.type,
    quantity: wish.quantity,
    ...(wish.limit === undefined ? {} : { limitPrice: price(wish.limit) }),
    referencePrice: price(PRICE),
    verdictId: `v${subjects}`,
    attempt: 0,
    decidedTime: now,
    ...(wish.validFor === undefined ? {} : { validUntil: now + wish.validFor }),
  };
  const approved = transition(openOrder(intent, now), { kind: 'approve', at: now });
  if (!approved.ok) throw new Error(approved.refusal.message);
  const reservation = {
    orderId: intent.orderId,
    symbol: intent.symbol,
    side: intent.side,
    quote: intent.side === 'BUY' ? money('1000') : NO_MONEY,
    quantity: intent.side === 'SELL' ? intent.quantity : NO_QUANTITY,
  };
  return { order: approved.order, reservation };
}

/** What risk does: the order and its reservation in one transaction. */
export async function approve({ world, ledger }: Surroundings, wish: Wish): Promise<Order> {
  const { order, reservation } = decide(ledger.identity.account, world.clock.now(), wish);
  await ledger.transaction(async (tx) => {
    await tx.insertOrder(order);
    await tx.insertReservation(reservation);
  });
  return order;
}

/** What a resting order gets at a time. */
export const PART = quantity('0.5');

/** Whether nothing is open any more and ledger and venue agree. */
export const isAtRest =
  ({ ledger }: Surroundings, process: Process) =>
  async (): Promise<boolean> =>
    process.service.reconciled && (await ledger.transaction((tx) => tx.orders(OPEN_STATES))).length === 0;
