/**
 * One pass of comparing ledger and venue: orders by the venue's list, balances relative to the opening balance. What
 * differs is looked up; what cannot be explained becomes a break in the ledger, with an alert; nothing is traded away.
 */
import type { Account } from '../../domain/account/account.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { asQuantity, type Quantity } from '../../domain/money/amounts.ts';
import { add, equals, formatDecimal } from '../../domain/money/decimal.ts';
import { orderIdPrefix } from '../../domain/orders/client-id.ts';
import type { Order } from '../../domain/orders/order.ts';
import { AT_VENUE_STATES, isTerminal } from '../../domain/orders/order-machine.ts';
import {
  compareOrders,
  type Deficit,
  findDeficits,
  type ListedOrder,
  openingBalances,
} from '../../domain/orders/reconcile.ts';
import type { BreakSighting, LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';
import type { Balance, OrderGateway } from '../../ports/venue.ts';
import { raiseAlert } from '../alert-event.ts';
import type { ServiceDeps } from '../service.ts';
import type { OrderDesk } from './order-desk.ts';

export interface ReconcilerDeps extends Pick<ServiceDeps, 'bot' | 'ledger' | 'relay' | 'clock' | 'log'> {
  readonly account: string;
  readonly gateway: OrderGateway;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly desk: OrderDesk;
}

export interface Reconciliation {
  /** Undefined: the venue did not answer, so nothing is known. */
  readonly agrees: boolean | undefined;
  /** Whose fate the venue's list does not tell: to be looked up. */
  readonly differing: readonly Order[];
}

/** What the books say that the balances are compared with. */
interface Holdings {
  readonly account: Account;
  readonly held: ReadonlyMap<string, Quantity>;
  readonly opening: ReadonlyMap<string, Quantity>;
  /** Base assets with an order whose state is in doubt. */
  readonly unsettled: ReadonlySet<string>;
}

/** States in which the balances cannot be told from the books. */
const UNSETTLED = ['SUBMITTING', 'UNKNOWN', 'CANCEL_PENDING'] as const;
/** A deficit is believed when it is seen so often, one pass after the other. */
const SIGHTINGS = 2;

export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #prefix: string;
  /** Deficits seen in a row: `BTC 1.5 1.2` → times. */
  #suspected = new Map<string, number>();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#prefix = orderIdPrefix(deps.account, deps.bot);
  }

  /** Records, once, what the account holds that is not the bot's. False when the venue does not say. */
  async recordOpening(): Promise<boolean> {
    const { ledger, clock } = this.#deps;
    if ((await ledger.transaction((tx) => tx.openingBalances())).length > 0) return true;
    const balances = await this.#ask((gateway) => gateway.balances());
    if (balances === undefined) return false;
    await ledger.transaction(async (tx) => {
      const { held } = await this.#holdings(tx);
      const opening = openingBalances({ balances, held });
      // A row even for an empty account: it was looked at.
      const { quote } = ledger.identity;
      const none = { asset: quote, amount: asQuantity({ units: 0n, scale: 0 }) };
      await tx.insertOpeningBalances(opening.length > 0 ? opening : [none], clock.now());
    });
    return true;
  }

  async orders(): Promise<Reconciliation> {
    const { ledger } = this.#deps;
    // The venue's list first: an order is durable before the venue hears of it.
    const listed = await this.#ask((gateway) => gateway.openOrders([]));
    const atVenue = await ledger.transaction((tx) => tx.orders(AT_VENUE_STATES));
    if (listed === undefined) return { agrees: undefined, differing: atVenue };
    const { differing, unexpected, foreign } = compareOrders(atVenue, listed, this.#prefix);
    let agrees = true;
    for (const order of unexpected) agrees = (await this.#isOurs(order)) && agrees;
    await this.#keepForeign(foreign);
    return { agrees, differing };
  }

  /** Whether the account holds what the books say; undefined when it cannot be told now. */
  async balances(): Promise<boolean | undefined> {
    const { ledger } = this.#deps;
    const before = await ledger.transaction((tx) => this.#holdings(tx));
    const balances = await this.#ask((gateway) => gateway.balances());
    if (balances === undefined) return undefined;
    return ledger.transaction(async (tx) => {
      const after = await this.#holdings(tx);
      if (!isSame(before, after)) return undefined;
      return this.#judge(tx, after, balances);
    });
  }

  async #judge(
    tx: LedgerTransaction,
    holdings: Holdings,
    balances: readonly Balance[],
  ): Promise<boolean | undefined> {
    const { quote } = this.#deps.ledger.identity;
    const { account, held, opening, unsettled } = holdings;
    const deficits = findDeficits({
      quote,
      capital: account.capital,
      cash: account.cash,
      held,
      opening,
      balances,
    }).filter(({ asset }) => !unsettled.has(asset) && (asset !== quote || unsettled.size === 0));
    const suspected = new Map<string, number>();
    for (const deficit of deficits) {
      const key = [deficit.asset, formatDecimal(deficit.expected), formatDecimal(deficit.total)].join(' ');
      const seen = (this.#suspected.get(key) ?? 0) + 1;
      suspected.set(key, seen);
      if (seen >= SIGHTINGS) await this.#openDeficit(tx, deficit);
    }
    this.#suspected = suspected;
    await this.#closeDeficits(tx, holdings, deficits);
    if ((await tx.breaks('open')).some(({ kind }) => kind === 'BALANCE_DEFICIT')) return false;
    return deficits.length > 0 ? undefined : true;
  }

  #openDeficit(tx: LedgerTransaction, { asset, expected, total, free }: Deficit): Promise<void> {
    const [wanted, found] = [formatDecimal(expected), formatDecimal(total)];
    return this.#see(tx, {
      kind: 'BALANCE_DEFICIT',
      subject: asset,
      expected: wanted,
      found: formatDecimal(free),
      detail: `the account holds ${found} ${asset}, by the books at least ${wanted}: entries wait until it does again`,
    });
  }

  async #closeDeficits(
    tx: LedgerTransaction,
    holdings: Holdings,
    deficits: readonly Deficit[],
  ): Promise<void> {
    const at = this.#deps.clock.now();
    for (const { kind, subject } of await tx.breaks('open')) {
      if (kind !== 'BALANCE_DEFICIT' || deficits.some(({ asset }) => asset === subject)) continue;
      if (holdings.unsettled.has(subject)) continue;
      await tx.resolveBreak({ kind, subject }, { at, resolution: 'the account holds what the books say' });
    }
  }

  /** With our prefix, and not among what the books have at the venue: ended meanwhile, or a second writer's. */
  async #isOurs(listed: ListedOrder): Promise<boolean> {
    const { ledger, desk, log } = this.#deps;
    const order = await ledger.transaction((tx) => tx.order(listed.orderId));
    if (order === undefined) await desk.meetForeign(listed.orderId);
    else if (isTerminal(order.state)) {
      log.warn(
        { orderId: order.orderId, state: order.state },
        'an order works that the books take to be over',
      );
      await desk.withdraw(order);
    }
    return order !== undefined;
  }

  async #keepForeign(foreign: readonly ListedOrder[]): Promise<void> {
    const { ledger, clock } = this.#deps;
    const subjectOf = ({ orderId, venueOrderId }: ListedOrder): string =>
      orderId === '' ? venueOrderId : orderId;
    await ledger.transaction(async (tx) => {
      const open = (await tx.breaks('open')).filter(({ kind }) => kind === 'FOREIGN_ORDER');
      const listed = new Set(foreign.map(subjectOf));
      for (const order of foreign) {
        await this.#see(tx, {
          kind: 'FOREIGN_ORDER',
          subject: subjectOf(order),
          expected: 'none',
          found: order.symbol,
          detail: `somebody else's order works on the account (${order.symbol}): it is left alone`,
        });
      }
      for (const { kind, subject } of open) {
        if (listed.has(subject)) continue;
        await tx.resolveBreak(
          { kind, subject },
          { at: clock.now(), resolution: 'it does not work any more' },
        );
      }
    });
  }

  async #see(tx: LedgerTransaction, sighting: Omit<BreakSighting, 'at'>): Promise<void> {
    const { clock, log } = this.#deps;
    const at = clock.now();
    if (!(await tx.seeBreak({ ...sighting, at }))) return;
    const { kind, subject, expected, found, detail } = sighting;
    log.warn({ kind, subject, expected, found }, detail);
    await raiseAlert(this.#deps, tx, {
      name: kind === 'FOREIGN_ORDER' ? 'TradingForeignOrder' : 'TradingReconciliationBreaks',
      about: [kind, subject, at],
      eventTime: at,
      message: detail,
      context: { kind, subject, expected, found },
    });
  }

  async #holdings(tx: LedgerReading): Promise<Holdings> {
    const account = await tx.account();
    if (account === undefined) throw new Error('the ledger has no account: was it opened?');
    const held = new Map<string, Quantity>();
    for (const { symbol, quantity } of [...account.positions.values(), ...account.dust.values()]) {
      const base = this.#baseOf(symbol);
      const before = held.get(base);
      held.set(base, before === undefined ? quantity : asQuantity(add(before, quantity)));
    }
    const unsettled = (await tx.orders(UNSETTLED)).map(({ symbol }) => this.#baseOf(symbol));
    const opening = (await tx.openingBalances()).map(({ asset, amount }) => [asset, amount] as const);
    return { account, held, opening: new Map(opening), unsettled: new Set(unsettled) };
  }

  #baseOf(symbol: TradingSymbol): string {
    const { instruments, ledger } = this.#deps;
    return instruments.get(symbol)?.base ?? symbol.slice(0, -ledger.identity.quote.length);
  }

  /** What the venue answers; undefined when it does not. */
  async #ask<T>(question: (gateway: OrderGateway) => Promise<T>): Promise<T | undefined> {
    try {
      return await question(this.#deps.gateway);
    } catch (error) {
      this.#deps.log.warn(
        { error: String(error) },
        'the venue did not answer: nothing is concluded from that',
      );
      return undefined;
    }
  }
}

/** Nothing was booked in between. */
function isSame(a: Holdings, b: Holdings): boolean {
  if (!equals(a.account.cash, b.account.cash) || a.held.size !== b.held.size) return false;
  return [...a.held].every(([asset, quantity]) => {
    const other = b.held.get(asset);
    return other !== undefined && equals(quantity, other);
  });
}
