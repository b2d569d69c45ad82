/**
 * How soon a bot stands still when it is told to, and how soon it trades again after it was killed: a real process of
 * execution on a real Redis, PostgreSQL 15 and a simulator that keeps to its rate limits.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CONTROL_PATHS } from '../../workloads/src/contract/index.ts';
import { price, quantity } from '../../workloads/src/domain/money/amounts.ts';
import { MINUTE } from '../../workloads/src/domain/time.ts';
import type { Wish } from '../../workloads/test/crash/crash-episode.ts';
import type { DoomedProcess } from '../../workloads/test/crash/doomed-process.ts';
import { ProcessWorld } from '../../workloads/test/crash/process-world.ts';
import { type Sample, summarize } from '../measure.ts';

export const HALT_SYMBOLS = 20;
export const HALT_ORDERS = 200;
const RESTARTS = 3;
const LIVES = 100;
const POLL_MS = 5;

export interface SafetyFigures {
  /** ms until the venue has no working order of ours any more. */
  readonly halt: number;
  /** ms until it is confirmed: looked up at the venue, in the ledger, and told. */
  readonly confirmed: number;
  /** The same with an order of others on every symbol: cancelled one by one. */
  readonly haltAmongOthers: number;
  /** ms from SIGKILL until a new process is reconciled and has filled an order; the lease of the dead one is waited for. */
  readonly restart: Sample;
  readonly lives: OrderLives;
}

/** Orders that go through their whole life: approved, sent, filled, booked, told. */
export interface OrderLives {
  readonly orders: number;
  /** Bounded by what the venue takes. */
  readonly perSecond: number;
  /** Processor time of the execution process for one of them, ms; its other work is in it. */
  readonly cpuPerOrder: number;
  /** MiB of the execution process at the end. */
  readonly memory: number;
}

const symbols = Array.from({ length: HALT_SYMBOLS }, (_, i) => `H${String(i).padStart(2, '0')}USDT`);
const REST: Wish = {
  symbol: symbols[0] ?? '',
  side: 'BUY',
  type: 'LIMIT',
  quantity: quantity('0.1'),
  limit: '99',
  validFor: 10 * MINUTE,
};
const BUY: Wish = { ...REST, type: 'LIMIT_IOC', limit: '102' };

class Bench {
  readonly #world: ProcessWorld;
  readonly #alerts: readonly string[];
  #process: DoomedProcess;

  constructor(world: ProcessWorld, alerts: readonly string[]) {
    this.#world = world;
    this.#alerts = alerts;
    this.#process = world.spawn();
    this.#process.go();
  }

  /** ms until an order of ours is filled. */
  async trade(): Promise<number> {
    const start = performance.now();
    const order = await this.#world.approve(BUY);
    await this.#until(async () => {
      const found = await this.#world.transaction((tx) => tx.order(order.orderId));
      return found?.state === 'FILLED';
    });
    return performance.now() - start;
  }

  async halt(): Promise<{ readonly halt: number; readonly confirmed: number }> {
    await this.#rest();
    const before = this.#confirmations();
    const start = performance.now();
    await this.#control('halt');
    await this.#until(() => this.#working() === 0);
    const halt = performance.now() - start;
    await this.#until(() => this.#confirmations() > before);
    const confirmed = performance.now() - start;
    await this.#control('resume');
    return { halt, confirmed };
  }

  /** Orders that rest. An entry that comes while another order's fate is looked up is refused: another takes its place. */
  async #rest(): Promise<void> {
    const refused = (): Promise<number> =>
      this.#world.transaction(async (tx) => (await tx.orders(['EXPIRED'])).length);
    let [approved, known] = [0, await refused()];
    const approve = async (): Promise<void> => {
      await this.#world.approve({ ...REST, symbol: symbols[approved % HALT_SYMBOLS] ?? '' });
      approved += 1;
    };
    while (approved < HALT_ORDERS) await approve();
    await this.#until(async () => {
      for (const now = await refused(); known < now; known += 1) await approve();
      return this.#working() === HALT_ORDERS;
    });
  }

  /** Approved at once; the way to the venue is as wide as its limits. */
  async lives(): Promise<OrderLives> {
    const before = await this.#cost();
    const start = performance.now();
    const orders = await Promise.all(
      Array.from({ length: LIVES }, (_, n) =>
        this.#world.approve({ ...BUY, symbol: symbols[n % HALT_SYMBOLS] ?? '' }),
      ),
    );
    const ids = new Set(orders.map(({ orderId }) => orderId));
    const ended = (state: 'FILLED' | 'EXPIRED'): Promise<number> =>
      this.#world.transaction(
        async (tx) => (await tx.orders([state])).filter(({ orderId }) => ids.has(orderId)).length,
      );
    let filled = 0;
    await this.#until(async () => {
      filled = await ended('FILLED');
      return filled + (await ended('EXPIRED')) === LIVES;
    });
    const spent = performance.now() - start;
    const after = await this.#cost();
    return {
      orders: filled,
      perSecond: (filled * 1_000) / spent,
      cpuPerOrder: ((after.cpu - before.cpu) * 1_000) / filled,
      memory: after.memory,
    };
  }

  /** An order of somebody else on each symbol. */
  othersCome(): void {
    const { exchange } = this.#world.venue;
    for (const symbol of symbols) {
      exchange.place(
        { symbol, side: 'BUY', type: 'LIMIT', clientId: '', price: price('50'), quantity: quantity('1') },
        { account: 'tester', origin: 'elsewhere', now: this.#world.clock.now(), visibleFrom: 0 },
      );
    }
  }

  async restart(): Promise<number> {
    const start = performance.now();
    await this.#process.kill();
    this.#process = this.#world.spawn();
    this.#process.go();
    await this.trade();
    return performance.now() - start;
  }

  async #cost(): Promise<{ readonly cpu: number; readonly memory: number }> {
    const response = await fetch(`http://127.0.0.1:${this.#process.port('metrics') ?? 0}/metrics`);
    const text = await response.text();
    const read = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    return {
      cpu: read('process_cpu_seconds_total'),
      memory: read('process_resident_memory_bytes') / 1024 / 1024,
    };
  }

  #confirmations(): number {
    return this.#alerts.filter((code) => code === 'TradingHaltConfirmed').length;
  }

  #working(): number {
    const open = this.#world.venue.exchange.account('tester')?.openOrders() ?? [];
    return open.filter(({ origin }) => origin !== 'elsewhere').length;
  }

  async #control(action: string): Promise<void> {
    const token = await readFile(join(this.#world.folder.path, 'run/secrets/control-token'), 'utf8');
    const call = { operationId: randomUUID(), action, actor: 'bench', reason: 'a measurement' };
    const response = await fetch(
      `http://127.0.0.1:${this.#process.port('control') ?? 0}${CONTROL_PATHS.operations}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
        body: JSON.stringify(call),
      },
    );
    if (!response.ok) {
      throw new Error(`${action} was answered with ${response.status}: ${await response.text()}`);
    }
  }

  async #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
      if (this.#process.end !== undefined) throw new Error(`execution ended\n${this.#process.tail}`);
      await pause(POLL_MS);
    }
  }
}

export async function measureSafety(): Promise<SafetyFigures> {
  const world = await ProcessWorld.open({ speed: 1, symbols, limited: true });
  try {
    const bench = new Bench(world, await world.alerts());
    await bench.trade();
    const lives = await bench.lives();
    const { halt, confirmed } = await bench.halt();
    const restarts: number[] = [];
    for (let n = 0; n < RESTARTS; n += 1) restarts.push(await bench.restart());
    bench.othersCome();
    const among = await bench.halt();
    return { halt, confirmed, haltAmongOthers: among.halt, restart: summarize(restarts), lives };
  } finally {
    await world.close();
  }
}
