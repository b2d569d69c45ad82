/**
 * Looking for orders whose fate is not known: with back-off, until the venue proves it. An order is concluded to be
 * absent only from several look-ups, late enough, and when neither the open orders nor the order history have it.
 */
import type { Order } from '../../domain/orders/order.ts';
import { isTerminal } from '../../domain/orders/order-machine.ts';
import { type Duration, MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { LookUp, OrderDesk } from './order-desk.ts';

/** When an order whose fate is unknown is looked for again; the last wait repeats. */
const LOOK_UP_AFTER: readonly Duration[] = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND];
/** Absence is concluded from this many look-ups and not before this much time: replies and books may lag. */
const ABSENCES = 5;
const ABSENT_FOR: Duration = 20 * SECOND;
/** People are told of an order that is looked for so long. */
const OVERDUE: Duration = MINUTE;

/** Fills follow the order that counts them within moments, on the same stream. */
const FILLS_FOLLOW: Duration = SECOND;

/** An order whose fate is being looked for. */
interface Search {
  readonly since: Timestamp;
  readonly tries: number;
  readonly absences: number;
  readonly cancel: () => void;
}

export interface OrderSearchDeps {
  readonly ledger: Ledger;
  /** The machine's: the venue answers in real time, however fast a simulated market runs. */
  readonly clock: Clock;
  readonly desk: OrderDesk;
  /** Runs work that a timer started; it is waited for at the end, and what it throws is dealt with. */
  readonly run: (work: () => Promise<void>) => void;
  /** Whether an earlier owner's requests have all expired: no absence is concluded before. */
  readonly mayConclude: () => boolean;
  /** The fate of an order is known now. */
  readonly onSettled: (orderId: string) => Promise<void>;
}

export class OrderSearch {
  readonly #deps: OrderSearchDeps;
  readonly #searches = new Map<string, Search>();
  /** Ends the wait for the fills of an order. */
  readonly #following = new Map<string, () => void>();

  constructor(deps: OrderSearchDeps) {
    this.#deps = deps;
  }

  /** How many orders are looked for. */
  get size(): number {
    return this.#searches.size;
  }

  has(orderId: string): boolean {
    return this.#searches.has(orderId);
  }

  /** Looks for an order until the venue proves its fate. Does nothing when it is looked for already. */
  begin(orderId: string): void {
    if (this.#searches.has(orderId)) return;
    this.#wait(orderId, { since: this.#deps.clock.now(), tries: 0, absences: 0 });
  }

  /**
   * An order was pushed that counts fills nobody has told of: its end often comes before them. They are asked for only when
   * they do not follow, since each look-up takes two of the few requests that the venue lets through.
   */
  expectFills(orderId: string): void {
    if (this.#following.has(orderId)) return;
    const { clock, run } = this.#deps;
    const cancel = clock.after(FILLS_FOLLOW, () => {
      this.#following.delete(orderId);
      run(() => this.#askForFills(orderId));
    });
    this.#following.set(orderId, cancel);
  }

  /** Gives up looking, for good or until the orders are read from the ledger again. */
  clear(): void {
    for (const { cancel } of this.#searches.values()) cancel();
    for (const cancel of this.#following.values()) cancel();
    this.#searches.clear();
    this.#following.clear();
  }

  async #askForFills(orderId: string): Promise<void> {
    const { ledger, desk } = this.#deps;
    const order = await ledger.transaction((tx) => tx.order(orderId));
    if (order === undefined || isTerminal(order.state) || this.has(orderId)) return;
    if ((await desk.lookUp(order)) !== 'proved') this.begin(orderId);
  }

  #wait(orderId: string, search: Omit<Search, 'cancel'>): void {
    const { clock, run } = this.#deps;
    const wait = LOOK_UP_AFTER[Math.min(search.tries, LOOK_UP_AFTER.length - 1)] ?? SECOND;
    const cancel = clock.after(wait, () => {
      run(() => this.#lookAgain(orderId));
    });
    this.#searches.set(orderId, { ...search, cancel });
  }

  async #lookAgain(orderId: string): Promise<void> {
    const { ledger, desk, onSettled } = this.#deps;
    const search = this.#searches.get(orderId);
    const order = await ledger.transaction((tx) => tx.order(orderId));
    if (search === undefined || order === undefined) return;
    // Its fate may have been proved on another way meanwhile, such as before a comparison had it looked for.
    const found = isTerminal(order.state) ? 'proved' : await desk.lookUp(order);
    const absences = countAbsences(search.absences, found);
    const isSettled = found === 'proved' || (await this.#concludes(order, { ...search, absences }));
    await this.#tellOverdue(order, search.since, isSettled);
    // The cancel was lost, or asked for by a process that is gone: what works on is cancelled again.
    if (found === 'unproved' && order.state === 'CANCEL_PENDING') await desk.cancel(order);
    if (!this.#searches.delete(orderId)) return;
    if (isSettled) await onSettled(orderId);
    else this.#wait(orderId, { since: search.since, tries: search.tries + 1, absences });
  }

  async #tellOverdue(order: Order, since: Timestamp, isSettled: boolean): Promise<void> {
    const { clock, desk } = this.#deps;
    if (clock.now() - since >= OVERDUE) await desk.overdue(order, since, isSettled);
  }

  async #concludes(order: Order, search: Pick<Search, 'since' | 'absences'>): Promise<boolean> {
    const { clock, desk, mayConclude } = this.#deps;
    const isDue = search.absences >= ABSENCES && clock.now() - search.since >= ABSENT_FOR;
    return isDue && mayConclude() && (await desk.conclude(order));
  }
}

/** Silence of the venue is no evidence: neither for nor against. */
function countAbsences(before: number, found: LookUp): number {
  if (found === 'absent') return before + 1;
  return found === 'silent' ? before : 0;
}
