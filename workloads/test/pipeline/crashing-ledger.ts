import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';

/** The process is gone: nothing after this point happens. */
export class Crash extends Error {
  constructor(point: string) {
    super(`crashed ${point}`);
    this.name = 'Crash';
  }
}

/** Every place where a process that uses a ledger can die. */
export type CrashPoint =
  | 'before begin'
  | 'before transaction'
  | 'inside transaction'
  | 'after transaction'
  | 'before commit'
  | 'after commit';

type Transaction = GroupingLedger['transaction'];

/**
 * A ledger whose user dies at a chosen point. `dies` is asked at every point in turn; once it said yes the ledger answers
 * nothing any more, as for a process that is gone.
 */
export function crashingLedger(inner: GroupingLedger, dies: (point: CrashPoint) => boolean): GroupingLedger {
  let crashed: Crash | undefined;
  const at = (point: CrashPoint): void => {
    if (crashed === undefined && dies(point)) crashed = new Crash(point);
    if (crashed !== undefined) throw crashed;
  };
  const dying =
    (transaction: Transaction): Transaction =>
    async (work) => {
      at('before transaction');
      const result = await transaction(async (tx: LedgerTransaction) => {
        const done = await work(tx);
        at('inside transaction');
        return done;
      });
      at('after transaction');
      return result;
    };
  return {
    identity: inner.identity,
    transaction: dying((work) => inner.transaction(work)),
    beginGroup: async () => {
      at('before begin');
      const group = await inner.beginGroup();
      return {
        transaction: dying((work) => group.transaction(work)),
        commit: async () => {
          at('before commit');
          await group.commit();
          at('after commit');
        },
        rollback: () => group.rollback(),
      };
    },
    close: () => inner.close(),
  };
}
