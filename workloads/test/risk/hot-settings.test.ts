import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RiskSettings } from '../../src/contract/settings.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import { limitsHash } from '../../src/domain/risk/limits-hash.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { SettingsOutcome } from '../../src/services/risk/limits-flow.ts';
import { Killed } from './memory-ledger.ts';
import { FACTS, RiskWorld, SETTINGS, WORLD_LIMITS } from './risk-world.ts';

const [SYMBOL, OTHER] = ['AAAUSDT', 'BBBUSDT'] as const;

let world: RiskWorld;
beforeEach(async () => {
  world = await RiskWorld.open();
});

const apply = (change: Partial<RiskSettings>): Promise<SettingsOutcome> =>
  world.risk.applySettings({
    settings: { ...SETTINGS, ...change },
    validFor: 5 * SECOND,
    cooldown: MINUTE,
  });

/** What the journal of risk says about limits, oldest first. */
const journalled = (): readonly Record<string, unknown>[] =>
  (world.ledger.tables.journal.get('risk') ?? [])
    .map(({ body }) => JSON.parse(body) as { kind: string; facts: Record<string, unknown> })
    .filter(({ kind }) => kind === 'limits')
    .map(({ facts }) => facts);

const lastVerdict = () => [...world.ledger.tables.verdicts.values()].at(-1)!;

/** A position worth 900 of the capital of 10,000. */
async function enter(): Promise<void> {
  await world.signal(SYMBOL);
  const [order] = world.openOrders();
  await world.fill(order!, 100);
  await world.risk.scan();
}

describe('limits that change while risk runs', () => {
  it('are in force from the next decision on, journalled with both hashes, and shown', async () => {
    const limits = { ...WORLD_LIMITS, maxOrderNotional: money('300') };
    const [from, to] = [limitsHash(WORLD_LIMITS), limitsHash(limits)];
    await world.signal(SYMBOL);
    expect(lastVerdict()).toMatchObject({ limitsHash: from });
    expect(await apply({ limits })).toMatchObject({ applied: true, limitsHash: to });
    await world.signal(OTHER);
    expect(lastVerdict()).toMatchObject({ outcome: 'TRIM', limitsHash: to });
    expect(journalled().at(-1)).toMatchObject({
      result: 'applied',
      from,
      to,
      changes: [{ name: 'maxOrderNotional', from: '900', to: '300' }],
    });
    const shown = await world.risk.control(() => FACTS).limits();
    expect(shown).toMatchObject({ limitsHash: to });
  });

  it('are refused whole when the capital would fall below what is at stake, and journalled once', async () => {
    await enter();
    const limits = { ...WORLD_LIMITS, capital: money('500'), maxOpenPositions: 1 };
    const before = journalled().length;
    for (const look of ['first', 'second']) {
      expect([look, await apply({ limits })]).toMatchObject([
        look,
        {
          applied: false,
          code: 'BELOW_EXPOSURE',
          reason: expect.stringMatching(/^capital cannot fall to 500: [\d.]+ is at stake now/) as unknown,
          limitsHash: limitsHash(WORLD_LIMITS),
        },
      ]);
    }
    expect(journalled().slice(before)).toMatchObject([
      { result: 'refused', code: 'BELOW_EXPOSURE', to: limitsHash(limits) },
    ]);
    await world.signal(OTHER);
    expect(lastVerdict()).toMatchObject({ limitsHash: limitsHash(WORLD_LIMITS), order: { symbol: OTHER } });
  });

  it('are taken when they are offered again and nothing is at stake any more', async () => {
    await enter();
    const limits = { ...WORLD_LIMITS, capital: money('500') };
    expect(await apply({ limits })).toMatchObject({ applied: false });
    await world.move(SYMBOL, 0.5);
    for (const order of world.openOrders()) await world.fill(order, 100);
    await world.risk.scan();
    expect(world.ledger.tables.account?.positions.size).toBe(0);
    expect(await apply({ limits })).toMatchObject({ applied: true });
    expect(journalled().map(({ result }) => result)).toEqual(['in-force', 'refused', 'applied']);
  });

  it('are journalled and in force together, or neither, whenever the process dies', async () => {
    const limits = { ...WORLD_LIMITS, maxOpenPositions: 1 };
    for (const point of ['before commit', 'after commit'] as const) {
      const before = journalled().length;
      world.ledger.dies = (at) => at === point;
      await expect(apply({ limits })).rejects.toThrow(Killed);
      world.ledger.dies = () => false;
      expect(journalled().length - before).toBe(point === 'before commit' ? 0 : 1);
      await world.start();
    }
  });
});

describe('other settings that change while risk runs', () => {
  it('are journalled by name, and the stop is the new one on the next price', async () => {
    await enter();
    const exits = { ...SETTINGS.exits, stopLossRatio: ratio('0.001') };
    expect(await apply({ exits })).toMatchObject({ applied: true });
    expect(journalled().at(-1)).toMatchObject({
      result: 'applied',
      changes: [{ name: 'stopLossRatio', to: '0.1%' }],
    });
    await world.move(SYMBOL, 0.998);
    expect(lastVerdict()).toMatchObject({ subject: 'EXIT', order: { exitReason: 'STOP_LOSS' } });
  });

  it('demand the state that the spec says, and only that demand goes with it', async () => {
    await apply({ state: 'ReduceOnly' });
    await world.signal(SYMBOL);
    expect(lastVerdict()).toMatchObject({ code: 'STATE_REDUCE_ONLY' });
    await apply({ state: 'Running' });
    await world.signal(SYMBOL);
    expect(lastVerdict()).toMatchObject({ order: { symbol: SYMBOL } });
  });

  it('are nothing to tell when they are what is in force', async () => {
    const before = journalled().length;
    expect(await apply({})).toMatchObject({ applied: true, changes: [] });
    expect(journalled()).toHaveLength(before);
  });
});
