import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import type { ControlRequest } from '../../src/contract/control-api.ts';
import type { BotState } from '../../src/domain/risk/bot-state.ts';
import { type Demand, DRAWDOWN_SOURCE } from '../../src/domain/risk/demands.ts';
import { SECOND } from '../../src/domain/time.ts';
import { type GroupingLedger, type Ledger, LedgerError } from '../../src/ports/ledger.ts';
import { ControlDesk } from '../../src/services/control/control-desk.ts';
import { PendingLatch } from '../../src/services/control/pending-latch.ts';
import { botSettings, openTestPlace, type TestPlace } from '../pipeline/test-pipeline.ts';

const START = 1_709_294_400_000;
const SETTINGS = botSettings();
const FACTS = {
  reconciled: true,
  lastReconciliation: START,
  feedHealthy: true,
  credentialsValid: null,
  accountHash: null,
  settingsHash: 'settings',
  hotSettingsHash: null,
  limitsHash: 'limits',
};

let place: TestPlace;
let ledger: GroupingLedger;
/** Entries of the control journal before the test. */
let before = 0;

beforeAll(async () => {
  place = await openTestPlace();
  ledger = await place.open(SETTINGS);
});
afterAll(async () => {
  await ledger.close();
  await place.close();
});

/** The ledger as the desk sees it, with a switch. */
function switchable(inner: Ledger): Ledger & { away: 'no' | 'refuses' | 'hangs' } {
  return {
    away: 'no',
    identity: inner.identity,
    close: () => inner.close(),
    transaction(work) {
      if (this.away === 'hangs') return new Promise(() => undefined);
      if (this.away === 'no') return inner.transaction(work);
      return Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'connection refused', { retryable: true }));
    },
  };
}

interface Bench {
  readonly desk: ControlDesk;
  readonly latch: PendingLatch;
  readonly link: ReturnType<typeof switchable>;
  readonly clock: EventClock;
  readonly changes: () => number;
}

function makeDesk(
  change: {
    readonly spec?: Demand;
    readonly breached?: boolean;
    readonly start?: number;
    readonly failing?: boolean;
  } = {},
): Bench {
  const clock = new EventClock(change.start ?? START);
  const link = switchable(ledger);
  const latch = new PendingLatch();
  let changes = 0;
  const desk = new ControlDesk({
    component: 'risk',
    bot: SETTINGS.name,
    ledger: link,
    clock,
    log: QUIET_LOGGER,
    latch,
    spec: () => change.spec,
    ...(change.breached === undefined ? {} : { drawdown: () => change.breached }),
    unlatched: () => (change.spec === undefined ? [] : [{ ...change.spec, since: START }]),
    facts: () => FACTS,
    limits: () => Promise.resolve({ limitsHash: 'limits', limits: [] }),
    onChange: () => {
      changes += 1;
      return change.failing === true ? Promise.reject(new Error('no stream')) : Promise.resolve();
    },
  });
  return { desk, latch, link, clock, changes: () => changes };
}

let count = 0;
const call = (action: ControlRequest['action'], change: Partial<ControlRequest> = {}): ControlRequest => ({
  operationId: `operation-${(count += 1)}`,
  action,
  actor: 'ada',
  reason: 'drill',
  ...change,
});

const journalled = (): Promise<readonly Record<string, unknown>[]> =>
  ledger.transaction(async (tx) =>
    (await tx.journal('control', before, 1_000)).map(
      (entry) => (JSON.parse(entry.body) as { facts: Record<string, unknown> }).facts,
    ),
  );
const stateOf = async ({ desk }: Bench): Promise<BotState> => (await desk.state()).effectiveState;

/** One ledger for all: what a test left is taken away, its journal stays before the next one's. */
beforeEach(async () => {
  before = await ledger.transaction(async (tx) => {
    for (const { source } of await tx.demands()) await tx.clearDemand(source);
    for (const { commandId } of await tx.commands()) await tx.removeCommand(commandId);
    await tx.putEntryHold(undefined);
    await tx.removeOutbox((await tx.outbox(100)).map(({ sequence }) => sequence));
    return (await tx.journalHead('control')).count;
  });
});

describe('the control desk', () => {
  it('latches a halt that a second process and a restart find in the ledger', async () => {
    const first = makeDesk();
    expect(await first.desk.act(call('halt'))).toMatchObject({ result: 'done', state: 'Halted' });
    const second = makeDesk();
    expect(await second.desk.state()).toMatchObject({
      effectiveState: 'Halted',
      demands: [{ source: 'control', state: 'Halted', latched: true, reason: 'ada: drill', since: START }],
      openPositions: 0,
      workingOrders: 0,
      heldUntil: null,
      reconciled: true,
      limitsHash: 'limits',
    });
  });

  it('answers a call that comes again with what the first did, and does nothing', async () => {
    const bench = makeDesk();
    const halt = call('halt');
    const first = await bench.desk.act(halt);
    await bench.desk.act(call('resume'));
    expect(await bench.desk.act(halt)).toEqual({ ...first, state: 'Running' });
    expect(await stateOf(bench)).toBe('Running');
    expect((await journalled()).map(({ action, answer }) => `${String(action)} ${String(answer)}`)).toEqual([
      'halt new',
      'resume new',
      'halt repeated',
    ]);
  });

  it('refuses another call with an id that was used, and journals it', async () => {
    const bench = makeDesk();
    const halt = call('halt');
    await bench.desk.act(halt);
    const other = await bench.desk.act({ ...halt, action: 'resume' });
    expect(other).toMatchObject({ result: 'refused', code: 'OPERATION_CONFLICT', state: 'Halted' });
    expect((await journalled()).at(-1)).toMatchObject({ answer: 'conflict', actor: 'ada', reason: 'drill' });
  });

  it('does not let the operator resume', async () => {
    const bench = makeDesk();
    await bench.desk.act(call('halt', { actor: 'operator' }));
    const refused = await bench.desk.act(call('resume', { actor: 'operator' }));
    expect(refused).toMatchObject({ result: 'refused', code: 'PERSON_REQUIRED', state: 'Halted' });
  });

  it.each([
    [true, undefined, 'CAUSE_PERSISTS'],
    [false, undefined, undefined],
    [undefined, START, 'CAUSE_PERSISTS'],
    [undefined, START + 86_400_000, undefined],
  ])('with the drawdown breached: %s, at %s, resume is answered %s', async (breached, start, code) => {
    const bench = makeDesk({
      ...(breached === undefined ? {} : { breached }),
      ...(start === undefined ? {} : { start }),
    });
    await ledger.transaction(async (tx) => {
      await tx.putState('risk', { dayMark: { day: Math.floor(START / 86_400_000) } });
      await tx.latchDemand({
        source: DRAWDOWN_SOURCE,
        state: 'ReduceOnly',
        reason: 'the day lost 5.2% of its highest equity',
        evidence: {},
        since: START,
      });
    });
    const outcome = await bench.desk.act(call('resume'));
    expect(outcome.code).toBe(code);
    expect(outcome.state).toBe(code === undefined ? 'Running' : 'ReduceOnly');
  });

  it('leaves the command to flatten, also while halted', async () => {
    const bench = makeDesk();
    await bench.desk.act(call('halt'));
    const flatten = call('flatten');
    expect(await bench.desk.act(flatten)).toMatchObject({ result: 'done', state: 'Halted' });
    expect(await ledger.transaction((tx) => tx.commands())).toEqual([
      { commandId: flatten.operationId, kind: 'FLATTEN', requestedTime: START },
    ]);
  });

  it('holds entries for 60 seconds of its clock, and until they are released', async () => {
    const bench = makeDesk();
    await bench.desk.act(call('hold', { actor: 'operator' }));
    expect((await bench.desk.state()).heldUntil).toBe(START + 60 * SECOND);
    bench.clock.advanceTo(START + 60 * SECOND);
    expect((await bench.desk.state()).heldUntil).toBeNull();
    await bench.desk.act(call('hold'));
    await bench.desk.act(call('release'));
    expect(await ledger.transaction((tx) => tx.entryHold())).toBeUndefined();
  });

  it('has its service act at once, and needs no stream', async () => {
    const bench = makeDesk();
    await bench.desk.act(call('reduce-only'));
    await bench.desk.act(call('halt'));
    expect(bench.changes()).toBe(2);
    expect(await ledger.transaction((tx) => tx.outbox(10))).toEqual([]);
  });

  it('answers also when its service cannot act', async () => {
    const bench = makeDesk({ failing: true });
    expect(await bench.desk.act(call('halt'))).toMatchObject({ result: 'done', state: 'Halted' });
  });
});

describe('the control desk without its ledger', () => {
  it('halts in memory, says pending, and writes the halt when the ledger is back', async () => {
    const bench = makeDesk();
    bench.link.away = 'refuses';
    const halt = call('halt');
    expect(await bench.desk.act(halt)).toMatchObject({ result: 'pending', state: 'Halted' });
    expect(bench.latch.demand).toMatchObject({ source: 'control', state: 'Halted' });
    expect(bench.changes()).toBe(1);
    await expect(bench.desk.settle()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(bench.latch.demand?.state).toBe('Halted');
    bench.link.away = 'no';
    await bench.desk.settle();
    expect(bench.latch.demand).toBeUndefined();
    expect(await stateOf(makeDesk())).toBe('Halted');
    expect(await bench.desk.act(halt)).toMatchObject({ result: 'done', state: 'Halted' });
    expect((await journalled()).map(({ answer }) => answer)).toEqual(['written-late', 'repeated']);
  });

  it('halts in memory when the ledger does not answer in time', async () => {
    const bench = makeDesk();
    bench.link.away = 'hangs';
    const acting = bench.desk.act(call('reduce-only'));
    await untilTrue(() => {
      bench.clock.advanceTo(bench.clock.now() + SECOND);
      return bench.latch.demand !== undefined;
    });
    // Nothing was ever read: what the ledger demands may be stricter.
    expect(await acting).toMatchObject({ result: 'pending', state: 'Halted' });
  });

  it.each(['resume', 'flatten', 'hold', 'release'] as const)('refuses to %s', async (action) => {
    const bench = makeDesk();
    bench.link.away = 'refuses';
    expect(await bench.desk.act(call(action))).toMatchObject({ result: 'refused', code: 'LEDGER_AWAY' });
    bench.link.away = 'no';
    expect(await stateOf(bench)).toBe('Running');
  });

  it('shows what it knows, and null for what it does not', async () => {
    const bench = makeDesk();
    await bench.desk.act(call('reduce-only'));
    await bench.desk.state();
    bench.link.away = 'refuses';
    expect(await bench.desk.state()).toMatchObject({
      effectiveState: 'ReduceOnly',
      openPositions: null,
      workingOrders: null,
      heldUntil: null,
    });
  });

  it('keeps a pending halt when a resume was written by another process meanwhile', async () => {
    const bench = makeDesk();
    bench.link.away = 'refuses';
    await bench.desk.act(call('halt'));
    await makeDesk().desk.act(call('resume'));
    bench.link.away = 'no';
    expect(await stateOf(bench)).toBe('Halted');
    await bench.desk.settle();
    expect(await stateOf(makeDesk())).toBe('Halted');
  });
});

async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
