import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { type Ledger, LedgerError } from '../../src/ports/ledger.ts';
import { PendingLatch } from '../../src/services/control/pending-latch.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { FACTS, makeRisk } from './risk-world.ts';

/** A ledger that cannot be reached. */
const away = (identity: Ledger['identity']): Ledger => ({
  identity,
  transaction: () => Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'away', { retryable: true })),
  close: () => Promise.resolve(),
});

describe('a halt that the ledger could not take yet', () => {
  it('outlives the risk service that took it, and is written by the next one', async () => {
    const [ledger, clock, latch] = [new MemoryLedger(), new EventClock(1_000), new PendingLatch()];
    const first = makeRisk({ ledger: away(ledger.identity), clock }, {}, { latch });
    const halt = { operationId: 'halt-0001', action: 'halt', actor: 'anna', reason: 'drill' } as const;
    expect(await first.control(() => FACTS).act(halt)).toMatchObject({ result: 'pending', state: 'Halted' });

    const next = makeRisk({ ledger, clock }, {}, { latch });
    const control = next.control(() => FACTS);
    expect(await control.state()).toMatchObject({ effectiveState: 'Halted' });
    await control.settle();
    expect(await ledger.transaction((tx) => tx.demands())).toMatchObject([
      { source: 'control', state: 'Halted' },
    ]);
    expect(latch.demand).toBeUndefined();
  });
});
