/**
 * A process that writes until it is killed: `writer-child.ts LOCATION`. Transaction n inserts order n, its fill and a
 * journal entry; "committed n" is printed once it is durable.
 */
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { fillOf, identityOf, orderOf } from './samples.ts';

const [location = ''] = process.argv.slice(2);
const ledger = await openLedger({ location, identity: identityOf('killed') });
const { count } = await ledger.transaction((tx) => tx.journalHead('risk'));
for (let n = count + 1; ; n += 1) {
  const orderId = `order-${n}`;
  await ledger.transaction(async (tx) => {
    await tx.insertOrder(orderOf(orderId));
    await tx.insertFill(fillOf(`trade-${n}`, orderId));
    await tx.appendJournal('risk', [{ kind: 'fill', eventTime: n, facts: { orderId } }]);
  });
  process.stdout.write(`committed ${n}\n`);
}
