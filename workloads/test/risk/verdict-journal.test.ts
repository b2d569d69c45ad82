import { describe, expect, it } from '@jest/globals';
import { limitsHash } from '../../src/domain/risk/limits-hash.ts';
import { RiskWorld, WORLD_LIMITS } from './risk-world.ts';

const SYMBOL = 'AAAUSDT';
const FACTS = { limitsHash: limitsHash(WORLD_LIMITS), clockOffset: 0 };

/** What the journal of risk has of verdicts, oldest first. */
const verdicts = (world: RiskWorld): readonly Record<string, unknown>[] =>
  (world.ledger.tables.journal.get('risk') ?? [])
    .map(({ body }) => JSON.parse(body) as { kind: string; facts: Record<string, unknown> })
    .filter(({ kind }) => kind === 'verdict')
    .map(({ facts }) => facts);

describe('the journal of risk', () => {
  it('has every verdict, allowed or not, of entries and exits, with checks, limits and the offset of the clock', async () => {
    const world = await RiskWorld.open();
    await world.signal(SYMBOL);
    await world.signal(SYMBOL);
    await world.fill(world.openOrders()[0]!, 100);
    await world.risk.scan();
    await world.move(SYMBOL, 0.97);
    const told = verdicts(world);
    expect(told).toMatchObject([
      { ...FACTS, subject: 'ENTRY', code: 'TRIMMED', referencePrice: '100' },
      { ...FACTS, subject: 'ENTRY', outcome: 'DENY', code: 'POSITION_OPEN' },
      { ...FACTS, subject: 'EXIT', code: 'OK', exitReason: 'STOP_LOSS', referencePrice: '97' },
    ]);
    const checks = told.map((facts) => (facts['checks'] as readonly unknown[]).length);
    expect(checks).toEqual([32, 32, 2]);
  });
});
