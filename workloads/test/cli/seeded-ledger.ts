/** A ledger as a run leaves it, made without one: for the commands that read. */
import { join } from 'node:path';
import pg from 'pg';
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import type { Account } from '../../src/domain/account/account.ts';
import { money, quantity } from '../../src/domain/money/amounts.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { MINUTE } from '../../src/domain/time.ts';
import type { GroupingLedger, LedgerIdentity, LedgerTransaction } from '../../src/ports/ledger.ts';
import { fillEntry, orderStateEntry, signalEntry, verdictEntry } from '../../src/services/journal-kinds.ts';
import { A_DENIAL, A_FILL, A_ROUND_TRIP, A_SIGNAL, A_VERDICT, AN_ORDER, DECIDED } from './sample-trade.ts';

export const identityOf = (bot: string): LedgerIdentity => ({
  bot,
  mode: 'paper',
  venue: 'replay',
  market: 'spot',
  account: AN_ORDER.account,
  quote: 'BTC',
});

/** One position is open beside the trade that is done. */
const ACCOUNT: Account = {
  capital: money('1'),
  cash: money('0.95388'),
  realizedPnl: money('0.004'),
  fees: money('0.00012'),
  positions: new Map([
    [
      'ADABTC',
      {
        symbol: 'ADABTC',
        quantity: quantity('1250'),
        totalCost: money('0.05'),
        realizedPnl: money('0'),
        fees: money('0.00003'),
        entryTime: DECIDED,
        boughtQuantity: quantity('1250'),
        boughtNotional: money('0.05'),
        soldQuantity: quantity('0'),
        soldNotional: money('0'),
      },
    ],
  ]),
  dust: new Map(),
};

const at = { eventTime: DECIDED };
const judged = { ...at, clockOffset: 12 };
const became = (state: Order['state']): Order => ({ ...AN_ORDER, state });

async function writeTrade(tx: LedgerTransaction): Promise<void> {
  await tx.insertVerdict(A_VERDICT);
  await tx.insertVerdict(A_DENIAL);
  await tx.insertOrder(AN_ORDER);
  await tx.insertFill(A_FILL);
  await tx.insertRoundTrip(A_ROUND_TRIP);
  await tx.putAccount(ACCOUNT, 'ADABTC');
  await tx.insertEquity([
    {
      time: DECIDED + 35 * MINUTE,
      equity: money('1.00488'),
      cash: money('0.95388'),
      realizedPnl: money('0.004'),
      unrealizedPnl: money('0.001'),
      fees: money('0.00012'),
    },
  ]);
  await tx.appendJournal('signal', [signalEntry(A_SIGNAL, at)]);
  await tx.appendJournal('risk', [verdictEntry(A_VERDICT, judged), verdictEntry(A_DENIAL, judged)]);
  await tx.appendJournal('execution', [
    orderStateEntry(became('SUBMITTING'), 'APPROVED', at),
    orderStateEntry(became('WORKING'), 'SUBMITTING', at),
    fillEntry(A_FILL, at),
    orderStateEntry(AN_ORDER, 'WORKING', at),
  ]);
}

/** Open the ledger of `bot` under `folder` and write one trade. The caller closes it. */
export async function seedLedger(folder: string, bot = 'momentum'): Promise<GroupingLedger> {
  const ledger = await openLedger({ location: join(folder, 'build', 'ledger'), identity: identityOf(bot) });
  await ledger.transaction(writeTrade);
  return ledger;
}

export interface BackDoor {
  readonly client: pg.Client;
  close(): Promise<void>;
}

/** A superuser's connection to a ledger's database, behind the ledger's back; the server runs as long as it is open. */
export async function openBackDoor(folder: string, database: string): Promise<BackDoor> {
  const server = await openEmbeddedServer({
    folder: join(folder, 'build', 'ledger'),
    mustExist: true,
    applicationName: 'tampering',
    logger: undefined,
  });
  const client = new pg.Client(server.target(database).connection);
  await client.connect();
  await client.query('SET search_path TO claire');
  return {
    client,
    close: async () => {
      await client.end();
      await server.release();
    },
  };
}
