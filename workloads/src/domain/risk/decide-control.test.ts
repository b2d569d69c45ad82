import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BotState } from './bot-state.ts';
import {
  CONTROL_ACTIONS,
  type ControlQuestion,
  decideControl,
  HOLD_TTL,
  OPERATOR_ACTOR,
} from './decide-control.ts';
import { type Demand, DRAWDOWN_SOURCE, effectiveState, stricter } from './demands.ts';

const NOW = 1_709_294_400_000;
const demand = (source: string, state: Demand['state']): Demand => ({ source, state, reason: 'because' });
const question = (change: Partial<ControlQuestion>): ControlQuestion => ({
  action: 'halt',
  actor: 'ada',
  reason: 'drill',
  now: NOW,
  latched: [],
  spec: undefined,
  causes: [],
  flattening: false,
  persisting: new Map(),
  ...change,
});

describe('a call that tightens', () => {
  it.each([
    ['halt', 'Halted'],
    ['reduce-only', 'ReduceOnly'],
  ] as const)('%s latches %s with who asked and why', (action, state) => {
    expect(decideControl(question({ action }))).toMatchObject({
      result: 'done',
      latch: { state, reason: 'ada: drill' },
      clear: [],
      state,
    });
  });

  it('may come from the operator', () => {
    expect(decideControl(question({ actor: OPERATOR_ACTOR }))).toMatchObject({ result: 'done' });
  });

  it('says so when something stricter was latched before', () => {
    const decision = decideControl(
      question({ action: 'reduce-only', latched: [demand('control', 'Halted')] }),
    );
    expect(decision).toMatchObject({
      state: 'Halted',
      message: expect.stringContaining('Halted was latched'),
    });
  });
});

describe('resume', () => {
  const resume = (change: Partial<ControlQuestion>) =>
    decideControl(question({ action: 'resume', ...change }));

  it('clears every latch when a person asks', () => {
    const latched = [
      demand('control', 'Halted'),
      demand('breaker:foreign-writer', 'Halted'),
      demand(DRAWDOWN_SOURCE, 'ReduceOnly'),
    ];
    expect(resume({ latched })).toMatchObject({
      result: 'done',
      clear: ['control', 'breaker:foreign-writer', DRAWDOWN_SOURCE],
      state: 'Running',
    });
  });

  it.each(['operator', 'Operator'])('is refused to %s', (actor) => {
    expect(resume({ actor, latched: [demand('control', 'Halted')] })).toMatchObject({
      result: 'refused',
      code: 'PERSON_REQUIRED',
      state: 'Halted',
    });
  });

  it('clears nothing while the cause of one latch persists, and names it', () => {
    const latched = [demand('control', 'Halted'), demand(DRAWDOWN_SOURCE, 'ReduceOnly')];
    expect(resume({ latched, persisting: new Map([[DRAWDOWN_SOURCE, 'the day lost 5.1%']]) })).toEqual({
      result: 'refused',
      code: 'CAUSE_PERSISTS',
      message: `nothing was cleared, the cause persists: ${DRAWDOWN_SOURCE}: the day lost 5.1%`,
      state: 'Halted',
    });
  });

  it('clears the latch of the spec once the spec demands it no more', () => {
    expect(resume({ latched: [demand('spec', 'Halted')] })).toMatchObject({
      clear: ['spec'],
      state: 'Running',
    });
  });

  it.each(['Halted', 'Stopped'] as const)('leaves the latch of a spec that still demands %s', (state) => {
    const decision = resume({
      latched: [demand('spec', state), demand('control', 'Halted')],
      spec: demand('spec', state),
    });
    expect(decision).toMatchObject({
      clear: ['control'],
      state,
      message: expect.stringContaining(`spec.state is ${state}: change it there`),
    });
  });

  it('of a bot that nothing holds says that nothing was latched', () => {
    expect(resume({})).toMatchObject({ result: 'done', clear: [], state: 'Running' });
  });
});

describe('flatten', () => {
  it('leaves a command, and nothing is entered until it is carried out', () => {
    expect(decideControl(question({ action: 'flatten' }))).toMatchObject({
      flatten: true,
      state: 'ReduceOnly',
    });
  });

  it('goes out while the bot is halted', () => {
    const decision = decideControl(question({ action: 'flatten', latched: [demand('control', 'Halted')] }));
    expect(decision).toMatchObject({ result: 'done', flatten: true, state: 'Halted' });
  });

  it('is refused while the bot is stopped', () => {
    const decision = decideControl(question({ action: 'flatten', spec: demand('spec', 'Stopped') }));
    expect(decision).toMatchObject({ result: 'refused', code: 'STATE_STOPPED' });
  });
});

describe('a hold', () => {
  it('lasts 60 seconds from the call', () => {
    expect(decideControl(question({ action: 'hold' }))).toMatchObject({
      hold: { until: NOW + 60_000 },
      state: 'Running',
    });
    expect(HOLD_TTL).toBe(60_000);
  });

  it('ends when it is released', () => {
    expect(decideControl(question({ action: 'release' }))).toMatchObject({ hold: 'release' });
  });
});

describe('every call', () => {
  const state = fc.constantFrom<Demand['state']>('ReduceOnly', 'Halted', 'Stopped');
  const source = fc.constantFrom('control', 'spec', DRAWDOWN_SOURCE, 'breaker:foreign-writer');
  const anyQuestion = fc.record({
    action: fc.constantFrom(...CONTROL_ACTIONS),
    actor: fc.constantFrom('ada', OPERATOR_ACTOR),
    latched: fc.uniqueArray(fc.record({ source, state, reason: fc.constant('r') }), {
      selector: (one) => one.source,
    }),
    spec: fc.option(
      state.map((wanted) => demand('spec', wanted)),
      { nil: undefined },
    ),
    flattening: fc.boolean(),
    persists: fc.boolean(),
  });

  it('loosens only when it is a resume by a person, and the state it tells is the state it leaves', () => {
    fc.assert(
      fc.property(anyQuestion, ({ persists, ...asked }) => {
        const persisting = new Map(
          persists ? asked.latched.map((one) => [one.source, 'still'] as const) : [],
        );
        const decision = decideControl(question({ ...asked, persisting }));
        const before: BotState = effectiveState([
          ...asked.latched,
          ...(asked.spec === undefined ? [] : [asked.spec]),
          ...(asked.flattening ? [demand('command', 'ReduceOnly')] : []),
        ]);
        const loosens = stricter(before, decision.state) !== decision.state;
        if (loosens) {
          expect(asked).toMatchObject({ action: 'resume', actor: 'ada' });
          expect(persists && asked.latched.length > 0).toBe(false);
        }
        if (decision.result === 'refused') expect(decision.state).toBe(before);
        else if (asked.action !== 'resume') expect(decision.clear).toEqual([]);
      }),
      { seed: 20_240_301, numRuns: 2_000 },
    );
  });
});
