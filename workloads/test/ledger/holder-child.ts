/**
 * A process that opens a ledger folder and holds it until it is told or killed: `holder-child.ts LOCATION BOT`.
 * "open" is printed once it is; SIGTERM closes in order.
 */
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { identityOf } from './samples.ts';

const [location = '', bot = ''] = process.argv.slice(2);
const ledger = await openLedger({ location, identity: identityOf(bot) });
const alive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void ledger.close();
});
process.stdout.write('open\n');
