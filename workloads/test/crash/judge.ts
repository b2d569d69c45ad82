import { NO_QUANTITY, price, quantity } from '../../src/domain/money/amounts.ts';
import { add, compare, formatDecimal, parseDecimal, subtract } from '../../src/domain/money/decimal.ts';
import { isTerminal } from '../../src/domain/orders/order-machine.ts';
import type { Order, OrderState } from '../../src/domain/orders/order.ts';
import { checkIdentity } from '../../src/domain/account/equity.ts';
import type { TruthEntry } from '../../src/simulator/ground-truth/ground-truth.ts';
import type { LedgerReading } from '../../src/ports/ledger.ts';
import type { Venue } from '../../src/simulator/venue.ts';
import { OPENING, PRICE, SYMBOLS } from './exchange-world.ts';

/** What is judged: books, and the venue they are about. */
export interface Judged {
  readonly world: { readonly venue: Venue };
  readonly ledger: { transaction<T>(work: (tx: LedgerReading) => Promise<T>): Promise<T> };
}

/** What the venue's own log says became of our client ids. */
interface True {
  readonly venueOrders: ReadonlySet<string>;
  readonly status: string;
  readonly executed: string;
  readonly origin: string;
}

/** Reads the log of the venue as it grows. */
export class TruthReader {
  readonly #orders = new Map<string, True>();
  readonly #trades = new Map<string, string>();
  #read = 0;

  read(entries: (after: number) => readonly TruthEntry[]): void {
    for (const entry of entries(this.#read)) {
      this.#read = entry.sequence;
      if (entry.kind === 'order') this.#takeOrder(entry);
      if (entry.kind === 'fill') this.#trades.set(String(entry['tradeId']), String(entry['clientOrderId']));
    }
  }

  /** Client ids of orders that came through the API. */
  get ours(): readonly string[] {
    return [...this.#orders].filter(([, { origin }]) => origin !== 'elsewhere').map(([clientId]) => clientId);
  }

  order(clientId: string): True | undefined {
    return this.#orders.get(clientId);
  }

  /** Trade ids by client id. */
  trades(clientId: string): readonly string[] {
    return [...this.#trades].filter(([, owner]) => owner === clientId).map(([tradeId]) => tradeId);
  }

  get tradeCount(): number {
    return this.#trades.size;
  }

  #takeOrder(entry: TruthEntry): void {
    const clientId = String(entry['clientOrderId']);
    const known = this.#orders.get(clientId);
    this.#orders.set(clientId, {
      venueOrders: new Set([...(known?.venueOrders ?? []), String(entry['orderId'])]),
      status: String(entry['status']),
      executed: String(entry['executed']),
      origin: String(entry['origin']),
    });
  }
}

/** States of ours that are right for the venue's word. */
const RIGHT: Readonly<Record<string, readonly OrderState[]>> = {
  FILLED: ['FILLED'],
  CANCELED: ['CANCELED'],
  PARTIALLY_CANCELED: ['PARTIALLY_CANCELED'],
};
const NEVER_THERE: readonly OrderState[] = ['REJECTED', 'EXPIRED'];

function judgeOrder(order: Order, truth: TruthReader, booked: readonly string[]): readonly string[] {
  const faults: string[] = [];
  const blame = (what: string): number =>
    faults.push(`${order.orderId} (${order.state} ${order.reason ?? ''}): ${what}`);
  const real = truth.order(order.orderId);
  if (!isTerminal(order.state)) blame('is not over');
  if (real === undefined) {
    if (!NEVER_THERE.includes(order.state)) blame('the venue never had it');
    if (booked.length > 0) blame('has fills that never were');
    return faults;
  }
  if (real.venueOrders.size > 1) blame(`is ${real.venueOrders.size} orders at the venue: doubled`);
  if (RIGHT[real.status]?.includes(order.state) !== true) blame(`is ${real.status} at the venue`);
  if (compare(parseDecimal(real.executed), order.filledQuantity) !== 0) {
    blame(`filled ${formatDecimal(order.filledQuantity)}, at the venue ${real.executed}`);
  }
  if ([...truth.trades(order.orderId)].sort().join() !== [...booked].sort().join()) {
    blame('its fills are not the venue’s');
  }
  return faults;
}

/** What is wrong with the books, by the venue's log and balances. Empty: nothing. */
export async function judge(
  { world, ledger }: Judged,
  truth: TruthReader,
  orders: readonly Order[],
): Promise<readonly string[]> {
  truth.read((after) => world.venue.truth.after(after, 1_000_000));
  return ledger.transaction(async (tx) => [
    ...(await judgeOrders(tx, truth, orders)),
    ...(await judgeAccount(tx, world)),
    ...(await judgeStrays(tx, truth)),
    ...(await tx.reservations()).map(({ orderId }) => `${orderId}: its reservation is left`),
  ]);
}

async function judgeOrders(
  tx: LedgerReading,
  truth: TruthReader,
  orders: readonly Order[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { orderId } of orders) {
    const order = await tx.order(orderId);
    const booked = (await tx.fills(orderId)).map(({ tradeId }) => tradeId);
    faults.push(...(order === undefined ? [`${orderId}: lost`] : judgeOrder(order, truth, booked)));
  }
  return faults;
}

/** Nothing is at the venue that the books do not have: no order, and as many fills. */
async function judgeStrays(tx: LedgerReading, truth: TruthReader): Promise<readonly string[]> {
  const known = new Set((await tx.orders()).map(({ orderId }) => orderId));
  const strays = truth.ours.filter((clientId) => !known.has(clientId));
  const fills = (await tx.fills()).length;
  return [
    ...strays.map((clientId) => `${clientId}: the venue had it and the books do not`),
    ...(fills === truth.tradeCount ? [] : [`${fills} fills are booked, the venue made ${truth.tradeCount}`]),
  ];
}

/** Positions equal the venue's relative to the opening balance, and equity adds up. */
async function judgeAccount(tx: LedgerReading, { venue }: Judged['world']): Promise<readonly string[]> {
  const account = await tx.account();
  if (account === undefined) return ['no account'];
  const faults = SYMBOLS.flatMap((symbol) => {
    const holding = account.positions.get(symbol) ?? account.dust.get(symbol);
    const held = formatDecimal(holding?.quantity ?? NO_QUANTITY);
    const { free, locked } = venue.exchange.account('tester')!.wallet.of(symbol.slice(0, 3));
    const real = formatDecimal(subtract(add(free, locked), quantity(OPENING)));
    return held === real ? [] : [`${symbol}: held ${held}, at the venue ${real} above the opening`];
  });
  const marks = new Map([...account.positions.keys()].map((symbol) => [symbol, price(PRICE)]));
  return checkIdentity(account, marks).holds ? faults : [...faults, 'equity is not capital + profit − fees'];
}
