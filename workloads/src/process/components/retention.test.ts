import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../../adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../adapters/memory/quiet-logger.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import type { Ledger, LedgerTransaction } from '../../ports/ledger.ts';
import { KEPT, Retention } from './retention.ts';

describe('retention', () => {
  it('removes old marks at once, then every hour, and again when it failed', async () => {
    const clock = new EventClock(1_000);
    const asked: number[] = [];
    let isAway = false;
    const forgetConsumed = (age: number): Promise<number> => {
      if (isAway) return Promise.reject(new Error('away'));
      asked.push(age);
      return Promise.resolve(1);
    };
    const ledger = {
      transaction: (work: (tx: LedgerTransaction) => Promise<unknown>) =>
        work({ forgetConsumed } as unknown as LedgerTransaction),
    } as unknown as Ledger;
    const retention = new Retention({ ledger, clock, log: QUIET_LOGGER });
    await retention.tick();
    await retention.tick();
    expect(asked).toEqual([KEPT]);
    clock.advanceTo(1_000 + HOUR);
    isAway = true;
    await expect(retention.tick()).rejects.toThrow('away');
    isAway = false;
    clock.advanceTo(1_000 + HOUR + MINUTE);
    await retention.tick();
    expect(asked).toEqual([KEPT, KEPT]);
  });
});
