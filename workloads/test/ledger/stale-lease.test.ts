import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { connectedServer } from '../../src/adapters/postgres/postgres-server.ts';
import { isAlive } from '../../src/adapters/postgres/postmaster-file.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { identityOf, orderOf } from './samples.ts';

/** Of execution's own role, which is no superuser: it may end sessions of its own kind and no others. */
const PASSWORD = 'only-for-this-test';
const identity = identityOf('leased');
const clock = new SystemClock();

let postgres: TestPostgres;
const opened: GroupingLedger[] = [];

async function open(options: {
  readonly leased: boolean;
  readonly abandonAfter?: number;
}): Promise<GroupingLedger> {
  const ledger = await openLedger({
    location: {
      host: '127.0.0.1',
      port: postgres.port,
      user: 'execution',
      password: () => Promise.resolve(PASSWORD),
    },
    identity,
    writers: ['execution'],
    prepared: true,
    ...(options.leased ? { lease: { staleAfter: 1_000, clock } } : {}),
    ...(options.abandonAfter === undefined ? {} : { abandonAfter: options.abandonAfter }),
  });
  opened.push(ledger);
  return ledger;
}

/** Takes the next epoch, or prolongs the lease of its own. */
const renew = (ledger: GroupingLedger, holder: string): Promise<void> =>
  ledger.transaction(async (tx) => {
    const before = await tx.epoch();
    const epoch = before?.holder === holder ? before.epoch : (before?.epoch ?? 0) + 1;
    await tx.putEpoch({ epoch, holder, leaseUntil: (before?.leaseUntil ?? 0) + 1 }, before?.epoch);
  });

beforeAll(async () => {
  postgres = await startPostgres15({ passwords: true });
  await new LedgerServer(connectedServer(postgres.url(), 'claire owner'), isAlive).prepare({
    identity,
    logins: [{ role: 'execution', name: 'execution', password: PASSWORD }],
  });
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
});
afterAll(() => postgres.stop());

describe('a ledger whose writer has a lease', () => {
  it('is taken from one that renews it no more, also in the middle of a transaction', async () => {
    const frozen = await open({ leased: true });
    await renew(frozen, 'frozen');
    const inTransaction = Promise.withResolvers<undefined>();
    const thawed = Promise.withResolvers<undefined>();
    const interrupted = frozen.transaction(async (tx) => {
      await tx.putState('execution', { from: 'the frozen one' });
      inTransaction.resolve(undefined);
      await thawed.promise;
      await tx.orders();
    });
    const outcome = expect(interrupted).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      retryable: true,
    });
    await inTransaction.promise;
    const next = await open({ leased: true });
    await next.transaction((tx) => tx.putState('execution', { from: 'the next one' }));
    thawed.resolve(undefined);
    await outcome;
    expect(await next.transaction((tx) => tx.state('execution'))).toEqual({ from: 'the next one' });
  });

  it('is not taken from one that renews it', async () => {
    const living = await open({ leased: true });
    const over = new AbortController();
    const renewing = (async () => {
      while (!over.signal.aborted) await renew(living, 'living');
    })();
    await expect(open({ leased: true })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    over.abort();
    await renewing;
    await living.transaction((tx) => tx.orders());
  });

  it('is not taken from one that has none, nor by one that has none', async () => {
    const plain = await open({ leased: false });
    await expect(open({ leased: true })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    await plain.close();
    await renew(await open({ leased: true }), 'silent');
    await expect(open({ leased: false })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
  });

  it('takes back a transaction that stands still', async () => {
    const slow = await open({ leased: false, abandonAfter: 200 });
    const over = Promise.withResolvers<undefined>();
    const abandoned = slow.transaction(async (tx) => {
      await tx.putState('execution', { n: 1 });
      await over.promise;
      await tx.orders();
    });
    const outcome = expect(abandoned).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    clock.after(1_000, () => {
      over.resolve(undefined);
    });
    await outcome;
    await slow.transaction((tx) => tx.putState('execution', { n: 2 }));
    expect(await slow.transaction((tx) => tx.state('execution'))).toEqual({ n: 2 });
    expect(await slow.transaction((tx) => tx.order(orderOf('none').orderId))).toBeUndefined();
  });
});
