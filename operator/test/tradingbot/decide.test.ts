import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/tradingbot/decide.ts';
import { isProtected } from '../../src/tradingbot/parts.ts';
import { componentOf } from '../../src/tradingbot/views.ts';
import { converge, NOW, observe, pass, reported, type World, makeWorld } from '../support/world.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

const states = fc.constantFrom('Running', 'ReduceOnly', 'Halted', 'Stopped');
const spec = fc.record({
  state: states,
  execution: fc.record({
    onDelete: fc.constantFrom('Hold', 'CancelOrders', 'Flatten'),
    onStop: fc.constantFrom('Hold', 'Flatten'),
  }),
  updates: fc.record({ policy: fc.constantFrom('WhenFlat', 'Immediate') }),
  monitoring: fc.record({ prometheus: fc.record({ enabled: fc.boolean() }) }),
});
const count = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 }));
const answer = fc.option(
  fc.record({
    effectiveState: states,
    openPositions: count,
    workingOrders: count,
    heldUntil: fc.oneof(fc.constant(null), fc.constant(NOW + 50_000), fc.constant(NOW - 1)),
    time: fc.constantFrom(NOW, NOW - 31_000),
  }),
  { nil: undefined },
);

type Answer = Parameters<typeof reported>[0] | undefined;
const say = (world: World, what: Answer): void => {
  world.state = what === undefined ? undefined : reported(what);
};
/** A bot that runs, whose protected pods are of an older template. */
function outdated(more: Record<string, unknown>): World {
  const world = makeWorld({ state: 'Running' });
  converge(world);
  world.bot = {
    ...world.bot,
    metadata: { ...world.bot.metadata, generation: 2 },
    spec: { ...(world.bot['spec'] as object), ...more, template: { nodeSelector: { disk: 'fast' } } },
  };
  say(world, { openPositions: 1 });
  pass(world);
  return world;
}
const isFlat = (what: Answer): boolean =>
  what !== undefined && what.time === NOW && what.openPositions === 0 && what.workingOrders === 0;

const hasSet = (world: World, part: string): boolean => world.live.has(`StatefulSet/momentum-${part}`);

describe('the first start', () => {
  test('makes execution after risk, which is not ready before execution has opened the account', () => {
    const world = makeWorld();
    world.unready.add('momentum-risk');
    // Risk answers, flat: nothing but the order of the stages decides.
    while (!hasSet(world, 'risk')) pass(world);
    expect(hasSet(world, 'execution')).toBe(false);
    pass(world);
    expect(hasSet(world, 'execution')).toBe(true);
  });

  test('makes neither risk nor execution before signal is ready', () => {
    const world = makeWorld();
    world.unready.add('momentum-signal');
    for (let round = 0; round < 12; round += 1) pass(world);
    expect(hasSet(world, 'signal')).toBe(true);
    expect([hasSet(world, 'risk'), hasSet(world, 'execution')]).toEqual([false, false]);
  });
});

describe('decisions', () => {
  test('come to rest, and deciding again then leads to nothing', () => {
    fc.assert(
      fc.property(spec, (more) => {
        const world = makeWorld(more);
        converge(world);
        expect(pass(world).actions).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  test('never touch a running protected pod while exposure is open or unknown under WhenFlat', () => {
    const world = outdated({ updates: { policy: 'WhenFlat' } });
    fc.assert(
      fc.property(answer, (what) => {
        say(world, what);
        const { actions } = decide(observe(world), NOW);
        const touched = actions.filter(
          (action) => action.kind === 'restart' && isProtected(componentOf(action.pod)),
        );
        if (!isFlat(what)) expect(touched).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('replace them at flat, but only under a hold of entries', () => {
    const world = outdated({ updates: { policy: 'WhenFlat' } });
    say(world, {});
    const first = decide(observe(world), NOW).actions;
    expect(first.map((action) => (action.kind === 'control' ? action.ask : action.kind))).toEqual([
      'apply',
      'hold',
    ]);
    converge(world);
    expect(world.state?.heldUntil).toBeNull();
    expect(pass(world).actions).toEqual([]);
  });

  test('replace them at once when the policy is Immediate', () => {
    const world = outdated({ updates: { policy: 'Immediate' } });
    const restarted = pass(world).actions.filter(({ kind }) => kind === 'restart');
    expect(restarted).toHaveLength(6);
    expect(world.state?.openPositions).toBe(1);
    expect(pass(world).actions).toEqual([]);
  });

  test('never loosen: nothing but tightening, holds for updates, and flattening where the spec says so', () => {
    fc.assert(
      fc.property(spec, answer, fc.boolean(), (more, what, deleted) => {
        const world = makeWorld({ ...more, state: 'Running' });
        converge(world);
        say(world, what);
        world.bot = {
          ...world.bot,
          metadata: {
            ...world.bot.metadata,
            ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
          },
          spec: { ...(world.bot['spec'] as object), state: more.state },
        };
        const asks = decide(observe(world), NOW).actions.flatMap((action) =>
          action.kind === 'control' ? [action.ask] : [],
        );
        expect(asks).not.toContain('resume');
        if (!deleted && more.state === 'Running') expect(asks.filter((ask) => ask !== 'release')).toEqual([]);
        const flattens = deleted
          ? more.execution.onDelete === 'Flatten'
          : more.execution.onStop === 'Flatten';
        if (!flattens) expect(asks).not.toContain('flatten');
      }),
      { numRuns: 12 },
    );
  });

  test('remove nothing of a deleted bot while it is not known what is open', () => {
    const world = makeWorld({ state: 'Running' });
    converge(world);
    world.bot = {
      ...world.bot,
      metadata: { ...world.bot.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    fc.assert(
      fc.property(answer, (what) => {
        const unknown =
          what === undefined ||
          what.time !== NOW ||
          (what.openPositions === null && what.workingOrders !== 0);
        fc.pre(unknown && !((what?.workingOrders ?? 0) > 0));
        say(world, what);
        const kinds = decide(observe(world), NOW).actions.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind !== 'control')).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('let a bot go with its namespace at once: a moment later the operator has no rights there', () => {
    const world = makeWorld({ state: 'Running' });
    converge(world);
    say(world, { openPositions: 2 });
    const deleted = { ...observe(world), namespaceEnds: true };
    const kinds = decide(deleted, NOW).actions.map(({ kind }) => kind);
    expect(kinds).toEqual(['remove-finalizer']);
    const { metadata } = deleted.bot;
    const released = { ...deleted, bot: { ...deleted.bot, metadata: { ...metadata, finalizers: [] } } };
    expect(decide(released, NOW).actions).toEqual([]);
  });

  test('keep the account of a bot whose namespace is deleted until nothing of it trades', () => {
    const world = makeWorld({ state: 'Running' });
    converge(world);
    const deleted = { ...observe(world), namespaceEnds: true, account: { kind: 'ours' } as const };
    const releases = (observed: typeof deleted): boolean =>
      decide(observed, NOW).actions.some(({ kind }) => kind === 'release-account');
    expect(releases(deleted)).toBe(false);
    expect(releases({ ...deleted, pods: [] })).toBe(true);
  });

  test('let a bot go in the end: the anchor after everything else, the finalizer last', () => {
    const world = makeWorld({ state: 'Running' });
    converge(world);
    world.bot = {
      ...world.bot,
      metadata: { ...world.bot.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    const done: string[] = [];
    for (let round = 0; round < 10 && (world.bot.metadata.finalizers ?? []).length > 0; round += 1) {
      for (const action of pass(world).actions) {
        done.push(action.kind === 'delete' ? `delete ${action.object.metadata.name}` : action.kind);
      }
    }
    expect(done.slice(-2)).toEqual(['delete momentum-anchor', 'remove-finalizer']);
    expect(world.live.size).toBe(0);
  });
});
