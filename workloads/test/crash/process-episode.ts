/** One run of the process suite: a few orders with everything that happens to them, and a process that is struck down. */
import { quantity } from '../../src/domain/money/amounts.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { OPEN_STATES } from '../../src/domain/orders/order-machine.ts';
import type { Duration } from '../../src/domain/time.ts';
import { EXIT } from '../../src/process/exit-code.ts';
import { readExecutionDocument } from '../../src/process/components/execution-document.ts';
import { pause } from '../process/process-fixture.ts';
import { PART, type Wish } from './crash-episode.ts';
import type { DoomedProcess } from './doomed-process.ts';
import { PRICE, SYMBOLS } from './exchange-world.ts';
import type { Case, Trouble } from './process-steps.ts';
import type { ProcessWorld } from './process-world.ts';

/** On the venue's clock: what the market does next does not wait longer for the last to be over. */
const NEXT_AFTER: Duration = 30_000;
/** On the machine's clock: a run that takes longer is stuck. */
const PATIENCE_MS = 150_000;
const POLL_MS = 15;
const LAST_WORDS = 20;
const SHORT_LINGER_MS = 300;
/** Balances are compared every 30 s of the venue. */
const LINGER_MS = 4_000;

/** Armed at the venue, so often. */
const FAULTS: Readonly<Partial<Record<Trouble, Parameters<ProcessWorld['arm']>[0]>>> = {
  'lost reply': { kind: 'lost-reply', match: 'POST /api/v3/order', when: 'after', count: 1 },
  'request cut': { kind: 'lost-reply', match: 'POST /api/v3/order', when: 'before', count: 1 },
  '504 page': { kind: 'lost-reply', match: 'POST /api/v3/order', when: 'after', as: '504', count: 1 },
  '503 page': { kind: 'status', match: 'POST /api/v3/order', status: 503, count: 1 },
  'hidden for 4 s': { kind: 'hidden-order', delay: 4_000, count: 3 },
  'hidden for 12 s': { kind: 'hidden-order', delay: 12_000, count: 3 },
  'lost reports': { kind: 'drop-frames', match: 'private' },
  'repeated reports': { kind: 'duplicate-frames', match: 'private' },
};

/** They strike the first order that is placed. */
const AT_PLACING: ReadonlySet<Trouble> = new Set<Trouble>([
  'lost reply',
  'request cut',
  '504 page',
  '503 page',
]);
const SENT_WITHIN_MS = 3_000;

/** Done to a server when the process is struck, or at the end of the run. */
const SERVER_BLOWS: Readonly<Partial<Record<Trouble, (world: ProcessWorld) => Promise<void>>>> = {
  'Redis restarted': (world) => world.restartRedis(),
  'Redis emptied': (world) => world.flushRedis(),
  'PostgreSQL restarted': (world) => world.restartPostgres(),
};

/** What goes on from run to run: the living process, and one that stands by. */
export class Line {
  readonly #world: ProcessWorld;
  #living: DoomedProcess | undefined;
  #standby: DoomedProcess;

  constructor(world: ProcessWorld) {
    this.#world = world;
    this.#standby = world.spawn();
  }

  get living(): DoomedProcess | undefined {
    return this.#living;
  }

  /** The living one; where it ended by itself, which failed an earlier run, the next. */
  current(): DoomedProcess {
    return this.#living === undefined || this.#living.end !== undefined ? this.next() : this.#living;
  }

  /** The living one lost its account to another process: it is ended. */
  async fallen(): Promise<void> {
    const fallen = this.#living;
    this.#living = undefined;
    await fallen?.kill();
  }

  /** The one that stands by takes over. */
  next(stop: Parameters<DoomedProcess['go']>[0] = null): DoomedProcess {
    const next = this.#standby;
    this.#living = next;
    this.#standby = this.#world.spawn();
    next.go(stop);
    return next;
  }
}

export interface RunResult {
  readonly orders: readonly Order[];
  /** Whether the process was struck where it was to be. */
  readonly struck: boolean;
  /** Frozen, and not resumed yet. */
  readonly frozen: DoomedProcess | undefined;
  /** Processes that ended to be started again, as they do on a machine that is too slow for their lease. */
  readonly restarts: number;
}

export class Episode {
  readonly #world: ProcessWorld;
  readonly #line: Line;
  readonly #case: Case;
  readonly #orders: Order[] = [];
  readonly #steps: (() => Promise<void>)[];
  readonly #troubles: ReadonlySet<Trouble>;
  #serverBlow: (() => Promise<void>) | undefined;
  #struck = false;
  #restarts = 0;
  #frozen: DoomedProcess | undefined;
  #since = 0;
  #restSince: number | undefined;
  #isDone = false;

  constructor(world: ProcessWorld, line: Line, what: Case) {
    this.#world = world;
    this.#line = line;
    this.#case = what;
    this.#troubles = new Set([what.trouble, ...(what.step.needs ?? [])]);
    const blow = SERVER_BLOWS[what.trouble];
    this.#serverBlow = blow === undefined ? undefined : () => blow(world);
    const restart = what.step.atStart === true ? [() => this.#startOver()] : [];
    this.#steps = [() => this.#ask(), ...restart, () => this.#partly(), () => this.#halt()];
  }

  async run(): Promise<RunResult> {
    await this.#begin();
    // Besides: what is asked of the ledger waits while a frozen process is in its turn.
    const watching = this.#watch();
    try {
      await Promise.race([this.#play(), watching]);
    } finally {
      this.#isDone = true;
      await watching.catch(() => undefined);
    }
    this.#line.living?.order({ stop: null });
    return { orders: this.#orders, struck: this.#struck, frozen: this.#frozen, restarts: this.#restarts };
  }

  async #play(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    this.#since = this.#world.clock.now();
    while (!(await this.#isOver())) {
      if (performance.now() > deadline) {
        throw new Error(`it never came to rest: ${await this.#standing()}\n${this.#tail()}`);
      }
      const next = this.#steps[0];
      if (next !== undefined && (await this.#mayGoOn())) {
        this.#steps.shift();
        this.#since = this.#world.clock.now();
        await next();
      }
      await pause(POLL_MS);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#isDone) {
      await this.#mourn();
      await pause(POLL_MS);
    }
  }

  async #begin(): Promise<void> {
    const { step, blow } = this.#case;
    const world = this.#world;
    await world.transaction((tx) => tx.clearDemand('control'));
    for (const symbol of SYMBOLS) world.quote(symbol, PRICE);
    world.venue.faults.clear();
    for (const trouble of this.#troubles) {
      const fault = FAULTS[trouble];
      if (fault !== undefined) world.arm(fault);
    }
    world.venue.exchange.change({ duplicateClientIds: duplicates(this.#case.trouble) });
    const living = this.#line.current();
    if (step.atStart !== true) living.order({ stop: { point: step.point, how: blow } });
  }

  // -- what happens meanwhile

  /** One that is filled at once; four that rest: one gets a part, one all, two nothing. */
  async #ask(): Promise<void> {
    const held = (await this.#world.transaction((tx) => tx.account()))?.positions;
    const buy: Omit<Wish, 'symbol' | 'type'> = { side: 'BUY', quantity: quantity('1.5'), validFor: 120_000 };
    const [first, second, third] = SYMBOLS;
    const own = held?.get(first);
    await this.#approve(
      own === undefined
        ? { ...buy, symbol: first, type: 'LIMIT_IOC', limit: '102' }
        : { symbol: first, side: 'SELL', type: 'LIMIT_IOC', quantity: own.quantity, limit: '98' },
    );
    // What goes wrong at the venue is this one's: the others have a life of their own.
    if ([...this.#troubles].some((trouble) => AT_PLACING.has(trouble))) await this.#untilSent();
    for (const symbol of [second, second, third, third]) {
      await this.#approve({ ...buy, symbol, type: 'LIMIT', limit: '99' });
    }
  }

  async #untilSent(): Promise<void> {
    const end = performance.now() + SENT_WITHIN_MS;
    const isWaiting = async (): Promise<boolean> =>
      (await this.#world.transaction((tx) => tx.orders(['APPROVED']))).length > 0;
    while (!this.#struck && performance.now() < end && (await isWaiting())) await pause(POLL_MS);
  }

  async #approve(wish: Wish): Promise<void> {
    const hints = { 'hints twice': 2, 'lost hints': 0 }[this.#case.trouble as string] ?? 1;
    this.#orders.push(await this.#world.approve(wish, hints));
  }

  #partly(): Promise<void> {
    const [partly, wholly] = this.#openAtVenue().filter(({ symbol }) => symbol === SYMBOLS[1]);
    const { exchange } = this.#world.venue;
    const now = this.#world.clock.now();
    if (partly !== undefined) exchange.fillResting(partly.id, PART, now);
    if (wholly?.quantity !== undefined) exchange.fillResting(wholly.id, wholly.quantity, now);
    return Promise.resolve();
  }

  /** People halt the bot; what is approved afterwards must not go out. */
  async #halt(): Promise<void> {
    const since = this.#world.clock.now();
    await this.#world.transaction((tx) =>
      tx.latchDemand({ source: 'control', state: 'Halted', reason: 'test', evidence: {}, since }),
    );
    const late = { symbol: SYMBOLS[2], side: 'BUY', type: 'LIMIT', limit: '99' } as const;
    await this.#approve({ ...late, quantity: quantity('1.5'), validFor: 120_000 });
  }

  /** The living process dies, and the next one does while it starts. */
  async #startOver(): Promise<void> {
    const { step, blow } = this.#case;
    const { living } = this.#line;
    this.#line.next({ point: step.point, how: blow });
    await living?.kill();
  }

  #openAtVenue() {
    return this.#world.venue.exchange.account('tester')?.openOrders() ?? [];
  }

  // -- how it goes on

  /** Nothing is on its way any more, or that takes too long. */
  async #mayGoOn(): Promise<boolean> {
    if (this.#world.clock.now() - this.#since > NEXT_AFTER) return true;
    const moving = await this.#world.transaction((tx) =>
      tx.orders(['APPROVED', 'SUBMITTING', 'UNKNOWN', 'CANCEL_PENDING']),
    );
    return moving.length === 0;
  }

  async #isOver(): Promise<boolean> {
    if (this.#steps.length > 0) return false;
    if (this.#serverBlow !== undefined) {
      // The step was not come by: the server is struck nevertheless, while orders are being cancelled.
      await this.#strikeServer();
      return false;
    }
    const [open, told] = await this.#books();
    const isAtRest = open.length === 0 && told?.reconciled === true && told.time > this.#since;
    return isAtRest && (await this.#isHaltConfirmed()) && this.#hasLingered();
  }

  /** What is not struck yet may be soon: some steps come after the last that the books show. */
  #hasLingered(): boolean {
    if (this.#struck) return true;
    this.#restSince ??= performance.now();
    return (
      performance.now() - this.#restSince > (this.#case.step.again === true ? LINGER_MS : SHORT_LINGER_MS)
    );
  }

  /** The living process has said so in the journal: its last word in a run. */
  #isHaltConfirmed(): Promise<boolean> {
    return this.#world.transaction(async (tx) => {
      const { count } = await tx.journalHead('execution');
      const last = await tx.journal('execution', Math.max(0, count - LAST_WORDS), LAST_WORDS);
      return last
        .map(({ body }) => JSON.parse(body) as { kind: string; eventTime: number })
        .some(({ kind, eventTime }) => kind === 'halt' && eventTime >= this.#since);
    });
  }

  async #strikeServer(): Promise<void> {
    const blow = this.#serverBlow;
    this.#serverBlow = undefined;
    await blow?.();
  }

  /** The process was struck: the servers get their share, and another one takes over. */
  async #mourn(): Promise<void> {
    const living = this.#line.living;
    if (living === undefined || (living.stoppedAt === undefined && living.end === undefined)) return;
    if (living.stoppedAt === undefined && living.end === EXIT.TRY_AGAIN) {
      this.#restarts += 1;
    } else if (living.stoppedAt === undefined && living.end !== 'SIGKILL') {
      throw new Error(`a process ended by itself (${String(living.end)})\n${living.tail}`);
    } else {
      this.#struck = true;
      if (living.blow === 'SIGSTOP') this.#frozen = living;
      await this.#strikeServer();
    }
    this.#since = this.#world.clock.now();
    this.#restSince = undefined;
    this.#line.next();
  }

  /** The orders that are open, and what execution last told of itself. */
  #books() {
    return this.#world.transaction(
      async (tx) => [await tx.orders(OPEN_STATES), await readExecutionDocument(tx)] as const,
    );
  }

  /** What it still waits for, for people. */
  async #standing(): Promise<string> {
    const [open, told] = await this.#books();
    return JSON.stringify({
      stepsLeft: this.#steps.length,
      open: open.map(({ orderId, state }) => `${orderId} ${state}`),
      told,
      since: this.#since,
      isHaltConfirmed: await this.#isHaltConfirmed(),
    });
  }

  #tail(): string {
    return this.#line.living?.tail ?? 'no process';
  }
}

function duplicates(trouble: Trouble): 'accept' | 'existing' | 'reject' {
  if (trouble === 'repeated ids accepted') return 'accept';
  return trouble === 'repeated ids answered' ? 'existing' : 'reject';
}
