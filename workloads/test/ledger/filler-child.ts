/** A process that fills a ledger until it refuses, and prints what it said: `filler-child.ts LOCATION`. */
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { LedgerError } from '../../src/ports/ledger.ts';
import { fillLedger } from './fill-ledger.ts';
import { identityOf } from './samples.ts';

const [location = ''] = process.argv.slice(2);
const ledger = await openLedger({ location, identity: identityOf('full') });
const { committed, refusal } = await fillLedger(ledger);
await ledger.close();
const { code, message } =
  refusal instanceof LedgerError ? refusal : { code: 'NONE', message: String(refusal) };
process.stdout.write(`${JSON.stringify({ committed, code, message })}\n`);
