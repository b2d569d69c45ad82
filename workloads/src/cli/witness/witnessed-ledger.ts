import type { JournalHead } from '../../domain/journal/chain.ts';
import type { Component, GroupingLedger, LedgerGroup, LedgerTransaction } from '../../ports/ledger.ts';

export type JournalHeads = ReadonlyMap<Component, JournalHead>;

/** The same transaction; each journal head it makes is noted in `heads`. */
const noting = (tx: LedgerTransaction, heads: Map<Component, JournalHead>): LedgerTransaction =>
  new Proxy(tx, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (property !== 'appendJournal') {
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      }
      const append: LedgerTransaction['appendJournal'] = async (component, drafts) => {
        const head = await target.appendJournal(component, drafts);
        heads.set(component, head);
        return head;
      };
      return append;
    },
  });

const notingGroup = (group: LedgerGroup, committed: (heads: JournalHeads) => Promise<void>): LedgerGroup => {
  const heads = new Map<Component, JournalHead>();
  return {
    transaction: async (work) => {
      const inner = new Map<Component, JournalHead>();
      const result = await group.transaction((tx) => work(noting(tx, inner)));
      for (const [component, head] of inner) heads.set(component, head);
      return result;
    },
    commit: async () => {
      await group.commit();
      if (heads.size > 0) await committed(heads);
    },
    rollback: () => group.rollback(),
  };
};

/**
 * The same ledger; `committed` is told of the journal heads that a commit made durable, after it did. A head is never
 * told before it is durable, so that a crash leaves the witness behind the ledger and never ahead of it.
 */
export function witnessed(
  ledger: GroupingLedger,
  committed: (heads: JournalHeads) => Promise<void>,
): GroupingLedger {
  return {
    identity: ledger.identity,
    transaction: async (work) => {
      const heads = new Map<Component, JournalHead>();
      const result = await ledger.transaction((tx) => work(noting(tx, heads)));
      if (heads.size > 0) await committed(heads);
      return result;
    },
    beginGroup: async () => notingGroup(await ledger.beginGroup(), committed),
    close: () => ledger.close(),
  };
}
