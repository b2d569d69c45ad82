/** What a bot holds and what of it may still trade: `claire positions`. */
import type { Position } from '../../domain/account/account.ts';
import type { Price } from '../../domain/money/amounts.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { LedgerIdentity, LedgerReading } from '../../ports/ledger.ts';
import { readRiskDocument } from '../../services/risk/risk-document.ts';
import { OPEN_STATES } from '../../domain/orders/order-machine.ts';

/** A position, and what is known of its price. */
export interface HeldPosition {
  readonly position: Position;
  /** The latest price; a ledger at rest has none. */
  readonly mark?: Price;
  /** The worst and the best close since it was opened. */
  readonly adversePrice?: Price;
  readonly favorablePrice?: Price;
  /** Below what the venue takes: counted as flat. */
  readonly dust?: true;
}

export interface Holdings {
  readonly bot: string;
  readonly quote: string;
  /** Oldest first, dust last. */
  readonly positions: readonly HeldPosition[];
  /** Orders that are not done. */
  readonly orders: readonly Order[];
}

const byTime = (a: Position, b: Position): number =>
  a.entryTime - b.entryTime || (a.symbol < b.symbol ? -1 : 1);

export async function readHoldings(reading: LedgerReading, identity: LedgerIdentity): Promise<Holdings> {
  const account = await reading.account();
  const { holdings } = readRiskDocument(await reading.state('risk'));
  const open = [...(account?.positions.values() ?? [])].toSorted(byTime).map((position): HeldPosition => {
    const extremes = holdings[position.symbol];
    if (extremes === undefined) return { position };
    return { position, adversePrice: extremes.adversePrice, favorablePrice: extremes.favorablePrice };
  });
  const dust = [...(account?.dust.values() ?? [])].toSorted(byTime);
  return {
    bot: identity.bot,
    quote: identity.quote,
    positions: [...open, ...dust.map((position): HeldPosition => ({ position, dust: true }))],
    orders: await reading.orders(OPEN_STATES),
  };
}
