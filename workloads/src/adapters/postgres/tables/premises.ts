/** What a transaction relies on instead of asking first: the server refuses it as a whole where it does not hold. */
import type { TradingSymbol } from '../../../domain/market/candle.ts';
import type { JournalHead } from '../../../domain/journal/chain.ts';
import { OPEN_STATES } from '../../../domain/orders/order-machine.ts';
import type { Component } from '../../../ports/ledger.ts';
import type { TransactionStatements } from '../statement.ts';

const NO_ENTRY = {
  name: 'premises.no-entry',
  text: `SELECT require_that(
           NOT EXISTS (SELECT FROM positions WHERE symbol = $1 AND NOT dust)
           AND NOT EXISTS (SELECT FROM orders WHERE state = ANY($2::text[]) AND symbol = $1 AND purpose = 'ENTRY'),
           'there is a position or an open entry of ' || $1)`,
};
const FIRST = {
  name: 'premises.first',
  text: `WITH marked AS (INSERT INTO inbox (consumer, event_id) VALUES ($1, $2)
         ON CONFLICT (consumer, event_id) DO NOTHING RETURNING true)
         SELECT require_that(EXISTS (SELECT FROM marked), 'event ' || $2 || ' was consumed before')`,
};
const JOURNAL_END = {
  name: 'premises.journal-end',
  text: `SELECT require_that(EXISTS (SELECT FROM journal_heads WHERE component = $1 AND count = $2 AND hash = $3),
         'the journal of ' || $1 || ' has another end')`,
};

export const relyOnNoEntry = (db: TransactionStatements, symbol: TradingSymbol): void => {
  db.rely(NO_ENTRY, [symbol, OPEN_STATES]);
};

export const relyOnFirst = (db: TransactionStatements, consumer: string, eventId: string): void => {
  db.rely(FIRST, [consumer, eventId]);
};

export const relyOnJournalEnd = (
  db: TransactionStatements,
  component: Component,
  { count, hash }: JournalHead,
): void => {
  db.rely(JOURNAL_END, [component, count, hash]);
};
