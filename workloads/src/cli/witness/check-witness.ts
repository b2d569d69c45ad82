import { COMPONENTS, type LedgerReading } from '../../ports/ledger.ts';
import type { WitnessLine } from './witness-lines.ts';

/** How a ledger stands to what was witnessed of it. */
export type WitnessCheck =
  | { readonly kind: 'agrees' }
  /** The ledger is empty: it was begun anew, or its folder was removed. */
  | { readonly kind: 'other-ledger' }
  | { readonly kind: 'differs'; readonly message: string };

/** The last line of each component, against the one entry it is about: quick enough for every start. */
export async function checkWitness(
  reading: LedgerReading,
  lines: readonly WitnessLine[],
): Promise<WitnessCheck> {
  let entries = 0;
  for (const component of COMPONENTS) entries += (await reading.journalHead(component)).count;
  if (entries === 0) return lines.length === 0 ? { kind: 'agrees' } : { kind: 'other-ledger' };
  const latest = new Map(lines.map((line) => [line.component, line]));
  for (const { component, count, hash } of latest.values()) {
    const [entry] = count === 0 ? [] : await reading.journal(component, count - 1, 1);
    if (count > 0 && entry?.hash !== hash) {
      const was = entry === undefined ? 'is missing' : 'is not what was witnessed';
      return { kind: 'differs', message: `${component}: entry ${count} ${was}` };
    }
  }
  return { kind: 'agrees' };
}
