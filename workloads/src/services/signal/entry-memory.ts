import type { TradingSymbol } from '../../domain/market/candle.ts';
import { isTerminal, OPEN_STATES } from '../../domain/orders/order-machine.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { StreamEvents } from '../../events/event.ts';
import type { LedgerReading } from '../../ports/ledger.ts';

/** What is known of a symbol's entries. */
export interface EntryFacts {
  /** Fill time of the symbol's last entry; undefined before the first. */
  readonly lastEntryTime: Timestamp | undefined;
  /** It has a position, or an entry that may still become one. */
  readonly positionOpen: boolean;
}

const NEVER_ENTERED: EntryFacts = { lastEntryTime: undefined, positionOpen: false };

const mayStillEnter = (order: Order): boolean => order.purpose === 'ENTRY' && !isTerminal(order.state);

/**
 * What the entry gate needs of each symbol. Events keep it current; whenever one says that something ended, and before
 * a signal is made, the ledger is asked, because it is the truth.
 */
export class EntryMemory {
  readonly #facts = new Map<TradingSymbol, EntryFacts>();

  of(symbol: TradingSymbol): EntryFacts {
    return this.#facts.get(symbol) ?? NEVER_ENTERED;
  }

  /** Everything, at start. */
  async load(ledger: LedgerReading): Promise<void> {
    this.#facts.clear();
    for (const [symbol, time] of await ledger.lastEntryTimes()) this.#entered(symbol, time);
    const held = new Set((await ledger.account())?.positions.keys() ?? []);
    for (const order of await ledger.orders(OPEN_STATES)) if (mayStillEnter(order)) held.add(order.symbol);
    for (const symbol of this.#facts.keys()) this.#open(symbol, held.has(symbol));
    for (const symbol of held) this.#open(symbol, true);
  }

  /** Whether the ledger says that the symbol may be entered; what it says is remembered. */
  async confirm(symbol: TradingSymbol, ledger: LedgerReading): Promise<boolean> {
    // Asked together: one round trip.
    const [position, orders] = await Promise.all([ledger.position(symbol), ledger.orders(OPEN_STATES)]);
    const open =
      position !== undefined || orders.some((order) => order.symbol === symbol && mayStillEnter(order));
    this.#open(symbol, open);
    return !open;
  }

  /** What happened to an order or position. Returns the symbol the ledger must be asked about (`confirm`), if any. */
  note(event: StreamEvents['order_results']): TradingSymbol | undefined {
    switch (event.type) {
      case 'fill':
        if (event.purpose !== 'ENTRY') return undefined;
        this.#entered(event.fill.symbol, event.fill.time);
        // The last fill may leave so little that it is dust, of which no end is told.
        return isTerminal(event.state) ? event.fill.symbol : undefined;
      case 'position_closed':
        return event.position.symbol;
      case 'order_state':
        if (event.purpose !== 'ENTRY') return undefined;
        if (isTerminal(event.state)) return event.symbol;
        this.#open(event.symbol, true);
        return undefined;
    }
  }

  #entered(symbol: TradingSymbol, at: Timestamp): void {
    this.#facts.set(symbol, {
      lastEntryTime: Math.max(this.of(symbol).lastEntryTime ?? 0, at),
      positionOpen: true,
    });
  }

  #open(symbol: TradingSymbol, positionOpen: boolean): void {
    this.#facts.set(symbol, { ...this.of(symbol), positionOpen });
  }
}
