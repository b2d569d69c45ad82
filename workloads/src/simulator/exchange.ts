import { BrokenInvariantError } from '../domain/invariant.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import {
  asQuantity,
  NO_MONEY,
  NO_QUANTITY,
  type Quantity,
  type Ratio,
  scaleBy,
} from '../domain/money/amounts.ts';
import {
  ZERO,
  add,
  type Decimal,
  isNegative,
  isPositive,
  lessThan,
  minimum,
  rescale,
} from '../domain/money/decimal.ts';
import type { Timestamp } from '../domain/time.ts';
import { Account } from './book/account.ts';
import { checkOrder } from './book/check-order.ts';
import { type Execution, match, quantityOf, type Taker } from './book/match.ts';
import {
  isImmediate,
  isTerminal,
  type OrderRequest,
  type Placement,
  type VenueFill,
  type VenueOrder,
} from './book/order.ts';
import { isRefusal, type Refusal, refuse } from './book/refusal.ts';
import { opposite } from './book/symbol-book.ts';
import { Cashier } from './cashier.ts';
import type { ExchangeEvent } from './exchange-event.ts';
import type { ExchangeSettings } from './exchange-settings.ts';
import type { Print } from './market/print.ts';
import { SymbolMarket } from './market/symbol-market.ts';
import type { SymbolRules } from './market/symbol-rules.ts';
import { endOrder, lockFor, remainingOf, settle } from './settlement.ts';

/** Ids look like the venue's, and are too long for a number. */
const FIRST_ORDER = 505_979_017_439_002_624_000n;
const FIRST_TRADE = 423_979_017_439_002_624_000n;

/**
 * The exchange without its network: markets, accounts, orders. It is told the time, draws nothing at random by itself,
 * and reports everything that happens as events. The same calls in the same order have the same outcome.
 */
export class Exchange {
  readonly #markets = new Map<TradingSymbol, SymbolMarket>();
  readonly #accounts = new Map<string, Account>();
  /** Whose order rests in a book. */
  readonly #owners = new Map<string, Account>();
  readonly #cashier: Cashier;
  readonly #emit: (event: ExchangeEvent) => void;
  #settings: ExchangeSettings;
  #orderCount = 0;
  #tradeCount = 0;

  constructor(
    rules: readonly SymbolRules[],
    settings: ExchangeSettings & { readonly seed: string },
    emit: (event: ExchangeEvent) => void,
  ) {
    this.#settings = settings;
    this.#emit = emit;
    this.#cashier = new Cashier(emit);
    for (const row of rules) {
      const { priceScale, quantityScale } = row;
      const { levels, halfSpreadRatio, gapRatio } = settings;
      const shape = { priceScale, quantityScale, levels, halfSpreadRatio, gapRatio };
      this.#markets.set(row.symbol, new SymbolMarket(row, shape, settings));
    }
  }

  get settings(): ExchangeSettings {
    return this.#settings;
  }

  change(settings: Partial<ExchangeSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  market(symbol: TradingSymbol): SymbolMarket | undefined {
    return this.#markets.get(symbol);
  }

  markets(): readonly SymbolMarket[] {
    return [...this.#markets.values()];
  }

  account(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  openAccount(name: string): Account {
    const account = new Account(name);
    this.#accounts.set(name, account);
    return account;
  }

  /** Accounts, fees and the background together: constant but for deposits and withdrawals. */
  total(asset: string): Decimal {
    const held = this.accounts().map(({ wallet }) => {
      const { free, locked } = wallet.of(asset);
      return add(free, locked);
    });
    return [...held, this.#cashier.heldElsewhere(asset)].reduce(add, ZERO);
  }

  /** Money comes or goes by other ways than trading. Returns false when less is free than is to go. */
  deposit(
    name: string,
    asset: string,
    movement: { readonly amount: Decimal; readonly now: Timestamp },
  ): boolean {
    const account = this.#accounts.get(name);
    if (account === undefined) return false;
    const reason = isNegative(movement.amount) ? 'WITHDRAW' : 'DEPOSIT';
    return this.#cashier.move(account, [asset], { reason, now: movement.now }, () =>
      account.wallet.change(asset, movement.amount),
    );
  }

  /** The market moves one step. Prints of symbols that stand still are dropped. */
  print(print: Print, now: Timestamp): void {
    const market = this.#markets.get(print.symbol);
    if (market?.isMoving !== true) return;
    market.record(print);
    const trade = isPositive(print.quantity) ? market.trades(1)[0] : undefined;
    const executions = market.book.print(print);
    this.#emit({ kind: 'print', print, trade });
    for (const execution of executions) this.#fillMaker(market, execution, { now, counterparty: undefined });
  }

  place(request: OrderRequest, placement: Placement): VenueOrder | Refusal {
    const account = this.#accounts.get(placement.account);
    const market = this.#markets.get(request.symbol);
    if (account === undefined) return refuse(60005);
    if (market === undefined) return refuse(-1121);
    const refusal = checkOrder(request, market.rules, market.book.last?.price) ?? this.#checkRoom(account);
    if (refusal !== undefined) return refusal;
    const earlier = request.clientId === '' ? undefined : account.orderByClientId(request.clientId);
    const answer = earlier === undefined ? undefined : this.#answerDuplicate(earlier);
    return answer ?? this.#accept(request, market, { account, placement });
  }

  /** Whether an order of this kind would be taken, without taking it. Balances are not looked at. */
  test(request: OrderRequest): Refusal | undefined {
    const market = this.#markets.get(request.symbol);
    return market === undefined ? refuse(-1121) : checkOrder(request, market.rules, market.book.last?.price);
  }

  /** Returns the order as it was cancelled. -2011 when there is none, or none that could still be cancelled. */
  cancel(account: Account, order: VenueOrder | undefined, now: Timestamp): VenueOrder | Refusal {
    if (order === undefined || isTerminal(order.status)) return refuse(-2011);
    return this.#end(account, order, now);
  }

  /** A resting order gets a part (or all) at its own limit from the background, on purpose. */
  fillResting(orderId: string, quantity: Quantity, now: Timestamp): boolean {
    const account = this.#owners.get(orderId);
    const order = account?.order(orderId);
    const market = this.#markets.get(order?.symbol ?? '');
    if (order?.price === undefined || market === undefined || lessThan(remainingOf(order), quantity)) {
      return false;
    }
    const execution = { orderId, price: order.price, quantity };
    market.book.consume(opposite(order.side), [execution]);
    this.#fillMaker(market, execution, { now, counterparty: undefined });
    return true;
  }

  /** Pauses, delists, restricts. Orders of a symbol that goes offline are cancelled by the venue. */
  changeRules(symbol: TradingSymbol, changes: Partial<SymbolRules>, now: Timestamp): boolean {
    const market = this.#markets.get(symbol);
    if (market === undefined) return false;
    market.rules = { ...market.rules, ...changes };
    if (market.rules.status !== '3') return true;
    for (const account of this.accounts()) {
      for (const order of account.openOrders(symbol)) this.#end(account, order, now);
    }
    return true;
  }

  #checkRoom(account: Account): Refusal | undefined {
    return account.openCount >= this.#settings.maxOpenOrders ? refuse(30029) : undefined;
  }

  #answerDuplicate(earlier: VenueOrder): VenueOrder | Refusal | undefined {
    const { duplicateClientIds } = this.#settings;
    if (duplicateClientIds === 'accept') return undefined;
    if (duplicateClientIds === 'existing') return earlier;
    return refuse(33333, 'param error: newClientOrderId is in use');
  }

  #accept(
    request: OrderRequest,
    market: SymbolMarket,
    by: { readonly account: Account; readonly placement: Placement },
  ): VenueOrder | Refusal {
    const { account, placement } = by;
    const executions = this.#plan(request, market, placement.maxShareRatio);
    if (isRefusal(executions)) return executions;
    const { feeMode, insufficientBalanceCode } = this.#settings;
    const lock = lockFor(request, market.rules, { mode: feeMode, expected: executions });
    const move = { reason: 'ENTRUST_PLACE', now: placement.now } as const;
    const isLocked = this.#cashier.move(account, [lock.asset], move, () =>
      account.wallet.lock(lock.asset, lock.amount),
    );
    if (!isLocked) return refuse(insufficientBalanceCode);
    const order = this.#newOrder(request, placement, lock);
    this.#put(account, order, undefined);
    market.book.consume(request.side, executions);
    return this.#execute(market, { account, order }, executions);
  }

  /** What the order gets at once, by its type. */
  #plan(
    request: OrderRequest,
    market: SymbolMarket,
    maxShare: Ratio | undefined,
  ): readonly Execution[] | Refusal {
    const { quantityScale } = market.rules;
    const taker: Taker = {
      side: request.side,
      limit: request.price,
      quantity: request.quantity,
      budget: request.budget,
      quantityScale,
    };
    const offers = market.book.offers(request.side);
    if (request.type === 'MARKET' && offers.length === 0) return refuse(30010);
    if (request.type === 'LIMIT_MAKER') return this.#planPostOnly(match(taker, offers));
    const executions = match(taker, offers);
    const wanted = request.quantity ?? NO_QUANTITY;
    if (request.type === 'FILL_OR_KILL' && lessThan(quantityOf(executions), wanted)) return [];
    if (maxShare === undefined || !isPositive(wanted)) return executions;
    const share = asQuantity(rescale(scaleBy(wanted, maxShare), quantityScale, 'floor'));
    return match({ ...taker, quantity: asQuantity(minimum(share, wanted)) }, offers);
  }

  /** A crossing post-only order executes nothing; `#execute` cancels it because it still crosses. */
  #planPostOnly(crossing: readonly Execution[]): readonly Execution[] | Refusal {
    return crossing.length > 0 && this.#settings.crossingPostOnly === 'reject' ? refuse(30010) : [];
  }

  #newOrder(
    request: OrderRequest,
    placement: Placement,
    lock: { readonly asset: string; readonly amount: Decimal },
  ): VenueOrder {
    this.#orderCount += 1;
    return {
      ...request,
      id: `C02__${FIRST_ORDER + BigInt(this.#orderCount)}`,
      account: placement.account,
      origin: placement.origin,
      status: 'NEW',
      executed: NO_QUANTITY,
      executedAmount: NO_MONEY,
      locked: lock.amount,
      lockedAsset: lock.asset,
      time: placement.now,
      updateTime: placement.now,
      sequence: this.#orderCount,
      visibleFrom: placement.visibleFrom,
    };
  }

  #execute(
    market: SymbolMarket,
    by: { readonly account: Account; readonly order: VenueOrder },
    executions: readonly Execution[],
  ): VenueOrder {
    const { account } = by;
    const now = by.order.time;
    let { order } = by;
    for (const execution of executions) {
      const maker = execution.orderId === undefined ? undefined : this.#owners.get(execution.orderId);
      const isSelfTrade = maker === account;
      order = this.#fill(market, { account, order, execution }, { now, isMaker: false, isSelfTrade });
      if (maker === undefined) this.#cashier.tradeWithBackground(market.rules, order.side, execution);
      else this.#fillMaker(market, execution, { now, counterparty: account });
    }
    if (order.status === 'FILLED') return order;
    if (isImmediate(order.type) || this.#crossesPostOnly(market, order)) {
      return this.#end(account, order, now);
    }
    return this.#rest(market, account, order);
  }

  #crossesPostOnly(market: SymbolMarket, order: VenueOrder): boolean {
    if (order.type !== 'LIMIT_MAKER') return false;
    const { side, price: limit, quantity } = order;
    const { quantityScale } = market.rules;
    return (
      match({ side, limit, quantity, budget: undefined, quantityScale }, market.book.offers(side)).length > 0
    );
  }

  #rest(market: SymbolMarket, account: Account, order: VenueOrder): VenueOrder {
    const { id: orderId, side, price, sequence } = order;
    if (price === undefined) {
      throw new BrokenInvariantError('SIMULATOR_ORDER_PRICELESS', `${orderId} cannot rest`);
    }
    market.book.rest({ orderId, side, price, remaining: remainingOf(order), sequence });
    this.#owners.set(orderId, account);
    return order;
  }

  /** An order in the book was met. The book has already taken it out. */
  #fillMaker(
    market: SymbolMarket,
    execution: Execution,
    by: { readonly now: Timestamp; readonly counterparty: Account | undefined },
  ): void {
    const account = this.#owners.get(execution.orderId ?? '');
    const order = account?.order(execution.orderId ?? '');
    if (account === undefined || order === undefined) return;
    if (by.counterparty === undefined) this.#cashier.tradeWithBackground(market.rules, order.side, execution);
    const isSelfTrade = by.counterparty === account;
    this.#fill(market, { account, order, execution }, { now: by.now, isMaker: true, isSelfTrade });
  }

  #fill(
    market: SymbolMarket,
    what: { readonly account: Account; readonly order: VenueOrder; readonly execution: Execution },
    how: { readonly now: Timestamp; readonly isMaker: boolean; readonly isSelfTrade: boolean },
  ): VenueOrder {
    const { account, execution } = what;
    const { rules } = market;
    const terms = { rules, mode: this.#settings.feeMode, isMaker: how.isMaker };
    const settlement = settle(what.order, execution, terms);
    const { wallet } = account;
    this.#cashier.move(account, [rules.base, rules.quote], { reason: 'ENTRUST', now: how.now }, () => {
      wallet.spend(what.order.lockedAsset, settlement.spent);
      wallet.unlock(what.order.lockedAsset, settlement.released);
      return wallet.change(settlement.received.asset, settlement.received.amount);
    });
    this.#cashier.takeFee(settlement.fee);
    const order = { ...settlement.order, updateTime: how.now };
    this.#tradeCount += 1;
    const fill: VenueFill = {
      id: `${FIRST_TRADE + BigInt(this.#tradeCount)}X1`,
      orderId: order.id,
      account: account.name,
      clientId: order.clientId,
      symbol: order.symbol,
      side: order.side,
      price: execution.price,
      quantity: execution.quantity,
      amount: settlement.amount,
      fee: settlement.fee.amount,
      feeAsset: settlement.fee.asset,
      isMaker: how.isMaker,
      isSelfTrade: how.isSelfTrade,
      time: how.now,
    };
    account.addFill(fill);
    if (order.status === 'FILLED') this.#owners.delete(order.id);
    this.#put(account, order, fill);
    this.#emit({ kind: 'fill', fill });
    return order;
  }

  #end(account: Account, order: VenueOrder, now: Timestamp): VenueOrder {
    this.#markets.get(order.symbol)?.book.remove(order.side, order.id);
    this.#owners.delete(order.id);
    this.#cashier.move(account, [order.lockedAsset], { reason: 'ENTRUST_CANCEL', now }, () => {
      account.wallet.unlock(order.lockedAsset, order.locked);
      return true;
    });
    const ended = { ...endOrder(order), updateTime: now };
    this.#put(account, ended, undefined);
    return ended;
  }

  #put(account: Account, order: VenueOrder, fill: VenueFill | undefined): void {
    account.put(order);
    this.#emit({ kind: 'order', order, fill });
  }
}
