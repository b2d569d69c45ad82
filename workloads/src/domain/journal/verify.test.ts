import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '../../../test/domain/entry-fixture.ts';
import { EMPTY_HEAD, type JournalDraft, type JournalEntry, appendToChain } from './chain.ts';
import { type ChainExpectations, type ChainReport, makeChainVerifier, verifyChain } from './verify.ts';

const drafts = (count: number, mark = ''): readonly JournalDraft[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'verdict',
    eventTime: NOW + i,
    facts: { n: `${mark}${i + 1}` },
  }));
const { entries: chain, head } = appendToChain(EMPTY_HEAD, drafts(10));
const headAt = (count: number) => appendToChain(EMPTY_HEAD, drafts(count)).head;
const at = (sequence: number): JournalEntry => {
  const entry = chain[sequence - 1];
  if (!entry) throw new Error(`no entry ${sequence}`);
  return entry;
};
const put = (...changed: readonly JournalEntry[]): readonly JournalEntry[] =>
  chain.map((entry) => changed.find(({ sequence }) => sequence === entry.sequence) ?? entry);

const verify = (
  entries: readonly JournalEntry[],
  expected: Omit<ChainExpectations, 'component'> = { head },
): ChainReport => {
  const verifier = makeChainVerifier({ component: 'risk', ...expected });
  for (const entry of entries) verifier.add(entry);
  return verifier.finish();
};
const faults = (report: ChainReport) => report.faults.map(({ sequence, kind }) => `${kind} ${sequence}`);

describe('verifying a journal', () => {
  it('finds nothing in what was written', () => {
    expect(verify(chain, { head, witnesses: [headAt(3), headAt(7), head] })).toEqual({
      component: 'risk',
      ok: true,
      head,
      faults: [],
      faultCount: 0,
    });
    expect(verify([], { head: EMPTY_HEAD })).toMatchObject({ ok: true, head: EMPTY_HEAD });
  });

  it('names an entry whose text was edited', () => {
    const report = verify(put({ ...at(4), body: at(4).body.replace('4', '5') }));
    expect(report.faults).toEqual([
      {
        component: 'risk',
        sequence: 4,
        kind: 'EDITED',
        message: 'entry 4 was edited: its text does not give its hash',
      },
    ]);
  });

  it('names an entry whose hash was edited, even the last', () => {
    const forged = 'f'.repeat(64);
    expect(faults(verify(put({ ...at(4), hash: forged }), {}))).toContain('EDITED 4');
    expect(faults(verify(put({ ...at(10), hash: forged }), {}))).toEqual(['EDITED 10']);
    expect(faults(verify(put({ ...at(4), previousHash: forged }), {}))).toEqual(['EDITED 4']);
  });

  it('names an entry that was replaced by one that fits itself', () => {
    const forged = appendToChain(headAt(3), drafts(1, 'forged ')).entries;
    expect(faults(verify(put(...forged)))).toEqual(['REPLACED 4']);
  });

  it('names what is missing in the middle', () => {
    const without = (...gone: readonly number[]) => chain.filter(({ sequence }) => !gone.includes(sequence));
    expect(faults(verify(without(5)))).toEqual(['MISSING 5']);
    expect(verify(without(5, 6, 8)).faults.map(({ message }) => message)).toEqual([
      'entries 5 to 6 are missing',
      'entry 8 is missing',
    ]);
    expect(faults(verify(without(1)))).toEqual(['MISSING 1']);
  });

  it('names entries that were renumbered to hide a removal', () => {
    const hidden = chain
      .filter(({ sequence }) => sequence !== 5)
      .map((entry, i): JournalEntry => ({ ...entry, sequence: i + 1 }));
    const report = verify(hidden);
    expect(report.faults[0]).toMatchObject({ sequence: 5, kind: 'MOVED' });
    expect(report.faults[0]?.message).toBe('entry 5 was written as entry 6: swapped or renumbered');
    expect(faults(report)).toContain('CUT_TAIL 10');
  });

  it('names two entries that were swapped, by place or by number', () => {
    const numbered = put({ ...at(7), sequence: 3 }, { ...at(3), sequence: 7 });
    expect(faults(verify(numbered))).toEqual(['MOVED 3', 'MOVED 7']);
    const placed = chain.map((entry) =>
      entry.sequence === 3 ? at(4) : entry.sequence === 4 ? at(3) : entry,
    );
    expect(faults(verify(placed))).toEqual(['MOVED 3']);
    const bodies = put({ ...at(3), body: at(4).body }, { ...at(4), body: at(3).body });
    expect(faults(verify(bodies))).toEqual(['EDITED 3', 'EDITED 4']);
  });

  it('names a tail that was cut, from the head kept elsewhere or an earlier witness', () => {
    expect(verify(chain.slice(0, 8)).faults).toEqual([
      {
        component: 'risk',
        sequence: 9,
        kind: 'CUT_TAIL',
        message: 'the chain ends at entry 8: 10 were recorded, so the tail was cut',
      },
    ]);
    expect(faults(verify(chain.slice(0, 8), { witnesses: [headAt(9)] }))).toEqual(['CUT_TAIL 9']);
    expect(faults(verify([]))).toEqual(['CUT_TAIL 1']);
    expect(faults(verify(chain.slice(0, 8), { witnesses: [headAt(8)] }))).toEqual([]);
  });

  it('names what was rewritten from some entry to the end, between the witnesses', () => {
    const rewritten = [...chain.slice(0, 4), ...appendToChain(headAt(4), drafts(6, 'new ')).entries];
    expect(faults(verify(rewritten, {}))).toEqual([]);
    expect(faults(verify(rewritten))).toEqual(['REWRITTEN 1']);
    const report = verify(rewritten, { head, witnesses: [headAt(6), headAt(4)] });
    expect(faults(report)).toEqual(['REWRITTEN 5', 'REWRITTEN 7']);
    expect(report.faults[0]?.message).toMatch(/^entries 5 to 6 were rewritten: the hash of entry 6 is /);
  });

  it('names a whole chain that was rewritten', () => {
    const all = appendToChain(EMPTY_HEAD, drafts(10, 'new ')).entries;
    expect(faults(verify(all))).toEqual(['REWRITTEN 1']);
  });

  it('names entries beyond the recorded head, and entries that are there twice', () => {
    expect(faults(verify(chain, { head: headAt(8) }))).toEqual(['UNEXPECTED 9']);
    expect(faults(verify(chain, { witnesses: [headAt(8)] }))).toEqual([]);
    expect(faults(verify([...chain.slice(0, 4), at(3), ...chain.slice(4)]))).toEqual(['UNEXPECTED 3']);
  });

  it('names a chain that does not begin at the beginning', () => {
    const { entries } = appendToChain({ count: 0, hash: 'a'.repeat(64) }, drafts(2));
    expect(faults(verify(entries, {}))).toEqual(['EDITED 1']);
  });

  it('lists the first hundred faults and counts them all', () => {
    const long = appendToChain(EMPTY_HEAD, drafts(150)).entries;
    const report = verify(
      long.map((entry) => ({ ...entry, body: '{}' })),
      {},
    );
    expect(report.faults).toHaveLength(100);
    expect(report.faultCount).toBe(150);
  });

  it('reads batches, of whatever size', async () => {
    async function* batches(size: number): AsyncGenerator<readonly JournalEntry[]> {
      for (let from = 0; from < chain.length; from += size) {
        yield await Promise.resolve(chain.slice(from, from + size));
      }
    }
    for (const size of [1, 3, 10]) {
      expect(await verifyChain(batches(size), { component: 'risk', head })).toMatchObject({ ok: true, head });
    }
    expect((await verifyChain([chain.slice(0, 5), chain.slice(6)], { component: 'risk' })).ok).toBe(false);
  });

  it('finds any single change of any entry', () => {
    const change = fc.record({
      sequence: fc.integer({ min: 1, max: 10 }),
      field: fc.constantFrom('body', 'hash', 'previousHash'),
      offset: fc.nat(),
    });
    fc.assert(
      fc.property(change, ({ sequence, field, offset }) => {
        const entry = at(sequence);
        const text = entry[field as 'body'];
        const place = offset % text.length;
        const other = text[place] === 'x' ? 'y' : 'x';
        const edited = { ...entry, [field]: `${text.slice(0, place)}${other}${text.slice(place + 1)}` };
        expect(faults(verify(put(edited)))).toContain(`EDITED ${sequence}`);
      }),
      { seed: 19, numRuns: 500 },
    );
  });
});
