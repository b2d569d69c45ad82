import type { Clock } from '../../src/ports/clock.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { Ledger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { OrderGateway } from '../../src/ports/venue.ts';
import type { Order } from '../../src/domain/orders/order.ts';

/** What a process can stop in: a life in this process, or a process of its own. */
export interface Mortality {
  /** Set while nothing of it runs. */
  readonly stopped: string | undefined;
  /** The process reaches a point where it can stop. Returns when it goes on. */
  reach(point: string): Promise<void>;
  /** Whether the process stops inside something that is then undone. */
  stopsInside(point: string): boolean;
  /** Waits for a neighbour that answers in real time. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * One life of a process. At a chosen point it dies, or freezes: whatever it called never returns, its timers do not fire,
 * and nothing of it runs any more, no handler of errors either. A frozen one can be thawed and goes on as if nothing was.
 */
export class Life implements Mortality {
  /** The points it came by. */
  readonly seen = new Set<string>();
  readonly #stopsAt: (point: string) => boolean;
  readonly #frozen: (() => void)[] = [];
  #stopped: string | undefined;
  #busy = 0;

  constructor(stopsAt: (point: string) => boolean) {
    this.#stopsAt = stopsAt;
  }

  /** Where it stopped; undefined while it lives. */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** Whether it waits for the ledger: the only one that answers in real time. */
  get isBusy(): boolean {
    return this.#busy > 0 && this.#stopped === undefined;
  }

  async reach(point: string): Promise<void> {
    await this.#wait();
    this.seen.add(point);
    if (this.#stopsAt(point)) this.#stopped = point;
    await this.#wait();
  }

  stopsInside(point: string): boolean {
    this.seen.add(point);
    if (this.#stopsAt(point)) this.#stopped = point;
    return this.#stopped === point;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  kill(): void {
    this.#stopped ??= 'killed from outside';
  }

  /** A frozen process goes on. */
  thaw(): void {
    this.#stopped = undefined;
    for (const go of this.#frozen.splice(0)) go();
  }

  /** Runs now, or when the process is thawed. */
  whenAlive(task: () => void): void {
    if (this.#stopped === undefined) task();
    else this.#frozen.push(task);
  }

  #wait(): Promise<void> {
    if (this.#stopped === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#frozen.push(resolve));
  }
}

/** How the durable writes of a component are named. */
export interface WriteNames {
  /** Notes what is written. */
  readonly watch: (tx: LedgerTransaction, writes: string[]) => LedgerTransaction;
  /** What all of it is called; undefined for a transaction that is no point of its own. */
  readonly labelOf: (writes: readonly string[]) => string | undefined;
}

/** What a transaction did to orders and to who may trade: the names of the durable writes. */
function labelOf(writes: readonly string[]): string | undefined {
  const move = writes.filter((write) => write.includes('→')).at(-1);
  if (move !== undefined && writes.includes('fill')) return `fill ${move}`;
  if (move !== undefined) return move.endsWith('→same') ? 'venue id' : move;
  return writes.at(-1);
}

/** Notes what is written. */
function watched(tx: LedgerTransaction, writes: string[]): LedgerTransaction {
  return {
    ...tx,
    updateOrder: (order: Order, from) => {
      writes.push(from === order.state ? `${from}→same` : `${from}→${order.state}`);
      return tx.updateOrder(order, from);
    },
    insertFill: async (fill) => {
      const isNew = await tx.insertFill(fill);
      if (isNew) writes.push('fill');
      return isNew;
    },
    putEpoch: (next, after) => {
      writes.push(next.epoch === after ? 'lease' : 'epoch');
      return tx.putEpoch(next, after);
    },
    insertOpeningBalances: (held, at) => {
      writes.push('opening balance');
      return tx.insertOpeningBalances(held, at);
    },
    seeBreak: (sighting) => {
      writes.push('break');
      return tx.seeBreak(sighting);
    },
    resolveBreak: (which, end) => {
      writes.push('break');
      return tx.resolveBreak(which, end);
    },
    appendJournal: (component, drafts) => {
      if (drafts.some(({ kind }) => kind === 'halt')) writes.push('halt confirmed');
      return tx.appendJournal(component, drafts);
    },
  };
}

const UNDONE = new Error('the process stopped inside its transaction');

const EXECUTION_WRITES: WriteNames = { watch: watched, labelOf };

export function mortalLedger(inner: Ledger, life: Mortality, names: WriteNames = EXECUTION_WRITES): Ledger {
  return {
    identity: inner.identity,
    close: () => Promise.resolve(),
    transaction: async (work) => {
      await life.reach('transaction');
      const writes: string[] = [];
      let label: string | undefined;
      try {
        const result = await life.during(() =>
          inner.transaction(async (tx) => {
            const done = await work(names.watch(tx, writes));
            label = names.labelOf(writes);
            if (label !== undefined && life.stopsInside(`before write ${label}`)) throw UNDONE;
            return done;
          }),
        );
        if (label !== undefined) await life.reach(`after write ${label}`);
        else await life.reach('transaction');
        return result;
      } catch (error) {
        await life.reach('transaction');
        throw error;
      }
    },
  };
}

const CALLS = [
  'submit',
  'cancel',
  'cancelSymbol',
  'order',
  'openOrders',
  'recentOrders',
  'fills',
  'balances',
] as const satisfies readonly (keyof OrderGateway)[];
export const NETWORK_CALLS: readonly string[] = CALLS;

export function mortalGateway(inner: OrderGateway, life: Life): OrderGateway {
  const call = async <T>(name: string, ask: () => Promise<T>): Promise<T> => {
    await life.reach(`before call ${name}`);
    try {
      const answer = await ask();
      await life.reach(`after call ${name}`);
      return answer;
    } catch (error) {
      await life.reach(`after call ${name}`);
      throw error;
    }
  };
  return {
    submit: (order) => call('submit', () => inner.submit(order)),
    cancel: (order) => call('cancel', () => inner.cancel(order)),
    cancelSymbol: (symbol) => call('cancelSymbol', () => inner.cancelSymbol(symbol)),
    order: (order) => call('order', () => inner.order(order)),
    openOrders: (symbols) => call('openOrders', () => inner.openOrders(symbols)),
    recentOrders: (symbol, since) => call('recentOrders', () => inner.recentOrders(symbol, since)),
    fills: (order) => call('fills', () => inner.fills(order)),
    balances: () => call('balances', () => inner.balances()),
    onReport: (listener) => {
      inner.onReport((report) => {
        const taken = Promise.withResolvers<undefined>();
        life.whenAlive(() => {
          void listener(report).then(() => {
            taken.resolve(undefined);
          }, taken.reject);
        });
        return taken.promise;
      });
    },
    onGap: (listener) => {
      inner.onGap(listener);
    },
  };
}

export function mortalClock(inner: Clock, life: Life): Clock {
  return {
    now: () => inner.now(),
    after: (delay, task) =>
      inner.after(delay, () => {
        life.whenAlive(task);
      }),
  };
}

export function mortalBus(inner: Bus, life: Mortality): Bus {
  return {
    publish: async (stream, events) => {
      await life.reach(`before publish ${stream}`);
      await inner.publish(stream, events);
      await life.reach(`after publish ${stream}`);
    },
    subscribe: (subscription) =>
      inner.subscribe({
        ...subscription,
        handle: async (event, delivery) => {
          if (life.stopped === undefined) await subscription.handle(event, delivery);
        },
      }),
    deadLetters: (stream) => inner.deadLetters(stream),
    close: () => Promise.resolve(),
  };
}
