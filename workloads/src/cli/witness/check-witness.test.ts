import { describe, expect, it } from '@jest/globals';
import { appendToChain, EMPTY_HEAD } from '../../domain/journal/chain.ts';
import type { LedgerReading } from '../../ports/ledger.ts';
import { checkWitness } from './check-witness.ts';
import type { WitnessLine } from './witness-lines.ts';

const chain = (count: number, mark = '') =>
  appendToChain(
    EMPTY_HEAD,
    Array.from({ length: count }, (_, number) => ({
      kind: 'state',
      eventTime: number,
      facts: { number, mark },
    })),
  );

/** A ledger of which only risk's journal matters. */
function ledgerWith({ entries, head }: ReturnType<typeof chain>): LedgerReading {
  const journal: Pick<LedgerReading, 'journal' | 'journalHead'> = {
    journalHead: (component) => Promise.resolve(component === 'risk' ? head : EMPTY_HEAD),
    journal: (_, after, limit) => Promise.resolve(entries.slice(after, after + limit)),
  };
  return journal as LedgerReading;
}
const witnessOf = (count: number): WitnessLine => ({ time: 0, component: 'risk', ...chain(count).head });

describe('a ledger against its witness', () => {
  it.each([
    ['agrees where it was witnessed', chain(5), [witnessOf(3), witnessOf(5)], 'agrees'],
    ['agrees when it grew since', chain(5), [witnessOf(3)], 'agrees'],
    ['agrees without a witness', chain(5), [], 'agrees'],
    ['agrees when both are new', chain(0), [], 'agrees'],
    ['is another one when it is empty', chain(0), [witnessOf(3)], 'other-ledger'],
    ['differs when its tail was cut', chain(2), [witnessOf(3)], 'differs'],
    ['differs when it was rewritten', chain(5, 'forged'), [witnessOf(3)], 'differs'],
  ] as const)('%s', async (_, written, lines, kind) => {
    expect((await checkWitness(ledgerWith(written), lines)).kind).toBe(kind);
  });

  it('names the entry', async () => {
    expect(await checkWitness(ledgerWith(chain(2)), [witnessOf(3)])).toEqual({
      kind: 'differs',
      message: 'risk: entry 3 is missing',
    });
  });
});
