import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeChainVerifier } from '../../src/domain/journal/verify.ts';
import type { Component, GroupingLedger } from '../../src/ports/ledger.ts';
import { Crash, crashingLedger, type CrashPoint } from './crashing-ledger.ts';
import { quiet, type ScriptCandle, WARM_UP } from './market-script.ts';
import { botSettings, openTestPlace, play, type Played, type TestPlace } from './test-pipeline.ts';

/** Two symbols that enter, stop, take profit, miss a collar, leave a gap and trade at the same time. */
const MARKET: Readonly<Record<string, readonly ScriptCandle[]>> = {
  AAAUSDT: [
    ...quiet(WARM_UP),
    ...[104, 104, 101, 101],
    ...quiet(14, 101),
    ...[106, 106, { close: 103, open: 106 }, { close: 98, open: 98 }, 98, 98],
    ...quiet(4, 98),
  ],
  BBBUSDT: [
    ...quiet(WARM_UP),
    ...[104, 104, 109, 109],
    ...quiet(6, 109),
    'missing' as const,
    ...quiet(7, 109),
    ...[114, 114, 120, 120, 120, 120],
    ...quiet(4, 120),
  ],
};
const SETTINGS = botSettings({ universe: { ...botSettings().universe, symbols: ['AAAUSDT', 'BBBUSDT'] } });

let place: TestPlace;
let ledger: GroupingLedger;
/** A run that nothing interrupted. */
let whole: Facts;
let heads: Played['summary']['journalHead'];

interface Facts {
  readonly digest: string;
  readonly fills: readonly string[];
  readonly trips: readonly unknown[];
  readonly equity: string;
  readonly orders: readonly string[];
}

async function factsOf({ summary }: Played): Promise<Facts> {
  return ledger.transaction(async (tx) => ({
    digest: summary.digest,
    fills: (await tx.fills()).map((fill) => `${fill.tradeId} ${fill.time}`),
    trips: await tx.roundTrips(),
    equity: `${summary.equity.units}e-${summary.equity.scale}`,
    orders: (await tx.orders()).map((order) => `${order.orderId} ${order.state}`),
  }));
}

beforeAll(async () => {
  place = await openTestPlace();
  ledger = await place.open(SETTINGS);
  const played = await play(place, ledger, { settings: SETTINGS, market: MARKET });
  whole = await factsOf(played);
  heads = played.summary.journalHead;
});
afterAll(async () => {
  await ledger.close();
  await place.close();
});

async function startAfresh(): Promise<void> {
  await ledger.close();
  ledger = await place.open(SETTINGS);
}

/** One life of the process: to the end, or to its crash. */
async function live(dies: (point: CrashPoint) => boolean): Promise<Played | undefined> {
  try {
    return await play(place, crashingLedger(ledger, dies), { settings: SETTINGS, market: MARKET });
  } catch (error) {
    if (error instanceof Crash) return undefined;
    throw error;
  }
}

/**
 * Dies in the step after the next: each life makes one step durable, so the chain of lives gets to the end, having died
 * once in every step. The first commit of a life is its start's.
 */
function diesAt(wanted: CrashPoint, nth: number): (point: CrashPoint) => boolean {
  let commits = 0;
  let seen = 0;
  return (point) => {
    if (commits >= 2 && point === wanted) seen += 1;
    if (point === 'after commit') commits += 1;
    return wanted === 'after commit' ? commits >= 1 + nth : seen >= nth;
  };
}

async function liveToTheEnd(wanted: CrashPoint, nth: number): Promise<{ lives: number; last: Played }> {
  for (let lives = 1; ; lives += 1) {
    const last = await live(diesAt(wanted, nth));
    if (last !== undefined) return { lives, last };
  }
}

async function expectSoundJournal(): Promise<void> {
  for (const component of ['screener', 'signal', 'risk', 'execution'] satisfies Component[]) {
    const { entries, head } = await ledger.transaction(async (tx) => ({
      entries: await tx.journal(component, 0, 10_000),
      head: await tx.journalHead(component),
    }));
    const verifier = makeChainVerifier({ component, head });
    for (const entry of entries) verifier.add(entry);
    expect(verifier.finish()).toMatchObject({ ok: true, faults: [] });
  }
}

describe('a replay', () => {
  it('trades enough to be worth interrupting', () => {
    expect(whole.trips.length).toBeGreaterThanOrEqual(4);
    expect(whole.orders.some((order) => order.endsWith('CANCELED'))).toBe(true);
  });

  it('comes to the same digest from an empty ledger again', async () => {
    await startAfresh();
    expect(await factsOf(await play(place, ledger, { settings: SETTINGS, market: MARKET }))).toEqual(whole);
  });

  it('does nothing when it was finished before', async () => {
    const again = await play(place, ledger, { settings: SETTINGS, market: MARKET });
    expect(again.status).toBe('already-finished');
    expect(again.summary.digest).toBe(whole.digest);
  });

  it('is refused with other settings, and with other data', async () => {
    const other = { ...SETTINGS, exits: { ...SETTINGS.exits, maxHolding: 3_600_000 } };
    await expect(play(place, ledger, { settings: other, market: MARKET })).rejects.toMatchObject({
      code: 'REPLAY_CHANGED',
      exitCode: 78,
      message: expect.stringContaining('other settings'),
    });
    const market = { ...MARKET, AAAUSDT: MARKET['AAAUSDT']!.slice(0, -1) };
    await expect(play(place, ledger, { settings: SETTINGS, market })).rejects.toThrow('other data');
  });

  it('finishes the step in hand when it is told to stop, and goes on to the same end', async () => {
    await startAfresh();
    for (const stopAfter of ['signal', 'verdict', 'fill', 'closed'] as const) {
      const controller = new AbortController();
      const options = {
        signal: controller.signal,
        onHappening: ({ kind }: { readonly kind: string }) => {
          if (kind === stopAfter) controller.abort();
        },
      };
      const { status } = await play(place, ledger, { settings: SETTINGS, market: MARKET, options });
      expect(status).toBe('interrupted');
    }
    expect(await factsOf(await play(place, ledger, { settings: SETTINGS, market: MARKET }))).toEqual(whole);
  });
});

describe('a replay that dies in every step', () => {
  it.each<[CrashPoint, number]>([
    ['before begin', 1],
    ['before transaction', 1],
    ['inside transaction', 1],
    ['inside transaction', 4],
    ['after transaction', 2],
    ['before commit', 1],
    ['after commit', 1],
  ])('%s (%s), comes to the same orders, fills, round trips and digest', async (point, nth) => {
    await startAfresh();
    const { lives, last } = await liveToTheEnd(point, nth);
    expect(lives).toBeGreaterThanOrEqual(9);
    expect(await factsOf(last)).toEqual(whole);
    expect(last.summary.journalHead).toEqual(heads);
    await expectSoundJournal();
  });

  it('at each point of each step, a life for each, comes to the same journal as well', async () => {
    await startAfresh();
    const covered = new Set<CrashPoint>();
    let patience = 1;
    let lives = 0;
    let last: Played | undefined;
    while (last === undefined) {
      let seen = 0;
      let commits = 0;
      let startPoints = 0;
      const dies = (point: CrashPoint): boolean => {
        seen += 1;
        if (point === 'after commit') commits += 1;
        if (commits === 0) startPoints = seen + 1;
        if (seen >= patience) covered.add(point);
        return seen >= patience;
      };
      last = await live(dies);
      lives += 1;
      // A life that made a step durable leaves the next step to be died in from its first point on.
      patience = commits > 1 ? startPoints + 1 : patience + 1;
    }
    expect(lives).toBeGreaterThan(100);
    expect(covered.size).toBe(6);
    expect(await factsOf(last)).toEqual(whole);
    expect(last.summary.journalHead).toEqual(heads);
  }, 240_000);
});
