/** Real processes of execution that die or freeze at every step of an order's life; the venue's own log is the judge. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LedgerReading } from '../../src/ports/ledger.ts';
import { until } from '../process/process-fixture.ts';
import type { DoomedProcess } from './doomed-process.ts';
import { judge, TruthReader } from './judge.ts';
import { Episode, Line } from './process-episode.ts';
import { type Case, CASES, STEPS, type Trouble, TROUBLES } from './process-steps.ts';
import { ProcessWorld } from './process-world.ts';

/** The tests take every step with both blows, twice; `make crash-suite` takes every step with every trouble, or a slice of that. */
const RUNS = Number(process.env['CLAIRE_CRASH_PROCESS_RUNS'] ?? 4 * STEPS.length);
const FROM = Number(process.env['CLAIRE_CRASH_PROCESS_FROM'] ?? 0);
/** Longer than every wait in a run, so that a wait in vain says what for, ms. */
const PATIENCE = 600_000;
const chosen: readonly Case[] = CASES.slice(FROM, FROM + RUNS);

const tally = {
  runs: 0,
  kills: 0,
  freezes: 0,
  orders: 0,
  fills: 0,
  partialFills: 0,
  unknowns: 0,
  troubles: 0,
  takenBack: 0,
  begunAnew: 0,
  restarts: 0,
};
const struckAt = new Set<string>();
const missed: string[] = [];
const troubles = new Set<Trouble>();

let world: ProcessWorld;
let line: Line;
const truth = new TruthReader();

beforeAll(async () => {
  world = await ProcessWorld.open();
  line = new Line(world);
}, 180_000);
afterAll(() => world.close(), 60_000);

const books = (): Promise<unknown> =>
  world.transaction(async (tx) => [
    await tx.orders(),
    await tx.fills(),
    await tx.account(),
    await tx.reservations(),
    (await tx.epoch())?.epoch,
    (await tx.epoch())?.holder,
    await tx.breaks('all'),
    await tx.journalHead('execution'),
  ]);

/** What the venue took: orders placed or cancelled by a request. */
const taken = (): number =>
  world.venue.truth
    .after(0, 10_000_000, 'request')
    .filter(({ method, path, status }) => method !== 'GET' && /[oO]rder/.test(String(path)) && status === 200)
    .length;

const epoch = (): Promise<number | undefined> => world.transaction(async (tx) => (await tx.epoch())?.epoch);

/** It waits for a ledger that is another's, or has ended. */
const isOut = (process: DoomedProcess): boolean => process.end !== undefined || process.isLockedOut;

/** Who is out and did not wait has ended as one that was fenced. */
function endedFenced({ end, tail }: DoomedProcess): void {
  expect({ end: end ?? 75, tail }).toMatchObject({ end: 75 });
}

/**
 * Resumed after the takeover, it sends nothing that the venue takes and changes no row. On a machine that lets the new
 * owner stand still for longer than a lease lasts (their clock is ten times too fast), the resumed one may rightly become
 * the owner again; then it is the other one that must be out. An owner whose component began anew took the account anew,
 * and wrote that down.
 */
async function thaw(frozen: DoomedProcess): Promise<void> {
  const { living } = line;
  if (living === undefined) throw new Error('nobody lives');
  const before = { books: await books(), taken: taken(), epoch: await epoch() };
  living.forgetLockout();
  frozen.resume();
  try {
    await until(
      () => isOut(frozen) || isOut(living),
      () => `neither learned that it is not the owner\nresumed: ${frozen.tail}\nthe other: ${living.tail}`,
    );
    if (isOut(frozen)) {
      endedFenced(frozen);
      expect(taken()).toBe(before.taken);
      if ((await epoch()) === before.epoch) expect(await books()).toEqual(before.books);
      else tally.begunAnew += 1;
    } else {
      endedFenced(living);
      await line.fallen();
      tally.takenBack += 1;
    }
  } finally {
    await frozen.kill();
  }
}

async function run(what: Case): Promise<void> {
  const { step, blow, trouble } = what;
  const { orders, struck, frozen, restarts } = await new Episode(world, line, what).run();
  tally.runs += 1;
  tally.orders += orders.length;
  tally.restarts += restarts;
  if (trouble !== 'nothing') tally.troubles += 1;
  troubles.add(trouble);
  if (struck) struckAt.add(`${blow} ${step.point}`);
  else missed.push(`${blow} ${step.point} (${trouble})`);
  if (struck && blow === 'SIGKILL') tally.kills += 1;
  if (struck && blow === 'SIGSTOP') tally.freezes += 1;
  expect(await judge({ world, ledger: world }, truth, orders)).toEqual([]);
  if (frozen !== undefined) await thaw(frozen);
}

async function count(tx: LedgerReading): Promise<void> {
  tally.fills = (await tx.fills()).length;
  const orders = await tx.orders();
  tally.partialFills = orders.filter(({ state }) => state === 'PARTIALLY_CANCELED').length;
  const journal = await tx.journal('execution', 0, 1_000_000);
  tally.unknowns = journal.filter(({ body }) => body.includes('"state":"UNKNOWN"')).length;
}

describe('real processes of execution', () => {
  it.each(
    chosen.map((what, index) => [`${what.step.point}, ${what.trouble}`, what.blow, what, index] as const),
  )(
    '%s: %s loses and doubles nothing',
    async (_name, _blow, what) => {
      await run(what);
    },
    PATIENCE,
  );

  it('were struck often enough to mean something', async () => {
    await world.transaction(count);
    const counts = Object.entries(tally).map(([name, value]) => `${name} ${value}`);
    const neverMet = STEPS.map(({ point }) => point).filter((point) => !world.met.has(point));
    console.info(
      [
        `process crash suite: ${counts.join(', ')}`,
        `steps struck ${struckAt.size}, troubles ${troubles.size}; never come by: ${neverMet.join('; ') || 'none'}`,
        `not struck where they should be: ${missed.join('; ') || 'none'}`,
      ].join('\n'),
    );
    expect(tally.runs).toBe(chosen.length);
    expect(tally.kills).toBeGreaterThanOrEqual(tally.runs / 4);
    expect(tally.freezes).toBeGreaterThanOrEqual(tally.runs / 4);
    expect(tally.takenBack).toBeLessThanOrEqual(tally.runs / 10);
    expect(tally.begunAnew).toBeLessThanOrEqual(tally.runs / 10);
    expect(tally.restarts).toBeLessThanOrEqual(tally.runs / 10);
    expect(tally.fills).toBeGreaterThanOrEqual(tally.runs);
    expect(tally.partialFills).toBeGreaterThanOrEqual(tally.runs / 4);
    expect(tally.unknowns).toBeGreaterThanOrEqual(tally.runs / 10);
    // A step that is come by only now and then is missed by some of its runs, and by none of them all.
    expect(missed.length).toBeLessThanOrEqual(chosen.length / 4);
    if (chosen.length === CASES.length) expect(struckAt.size).toBe(2 * STEPS.length);
    if (chosen.length >= STEPS.length) expect(troubles.size).toBe(TROUBLES.length);
  });
});
