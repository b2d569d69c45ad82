/**
 * A process that opens a ledger folder and holds it until it is told or killed: `holder-child.ts LOCATION BOT`.
 * "open" is printed once it is, "refused …" when it cannot be; SIGTERM and Ctrl-C close in order.
 */
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { identityOf, orderOf } from './samples.ts';

const [location = '', bot = ''] = process.argv.slice(2);
const ledger = await openLedger({ location, identity: identityOf(bot) }).catch((error: unknown) => {
  process.stdout.write(`refused ${String(error)}\n`);
  return process.exit(1);
});
const alive = setInterval(() => undefined, 60_000);
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    clearInterval(alive);
    void ledger.transaction((tx) => tx.insertOrder(orderOf(signal))).then(() => ledger.close());
  });
}
process.stdout.write('open\n');
