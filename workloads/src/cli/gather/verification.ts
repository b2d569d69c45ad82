/** Whether a bot's journal is what was written: each chain against its recorded head and against witnesses. */
import type { JournalEntry, JournalHead } from '../../domain/journal/chain.ts';
import { type ChainReport, verifyChain } from '../../domain/journal/verify.ts';
import { COMPONENTS, type Component, type LedgerReading } from '../../ports/ledger.ts';
import { readJournal } from './journal-reader.ts';

/** A head that a component's chain is known to have had. */
export interface Witnessed extends JournalHead {
  readonly component: Component;
}

async function* oneByOne(entries: AsyncIterable<JournalEntry>): AsyncGenerator<readonly JournalEntry[]> {
  for await (const entry of entries) yield [entry];
}

/** Verify every component's chain, in the order of the data flow. */
export async function verifyJournal(
  reading: LedgerReading,
  witnessed: readonly Witnessed[],
): Promise<readonly ChainReport[]> {
  const reports: ChainReport[] = [];
  for (const component of COMPONENTS) {
    reports.push(
      await verifyChain(oneByOne(readJournal(reading, component)), {
        component,
        head: await reading.journalHead(component),
        witnesses: witnessed.filter((head) => head.component === component),
      }),
    );
  }
  return reports;
}
