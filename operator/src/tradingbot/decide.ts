/**
 * What to do about a bot: one pure function of what was observed. Carrying it out and deciding again leads to nothing;
 * it never touches a protected pod while exposure is open or unknown under `WhenFlat`; it never loosens.
 */
import type { TradingBot } from '@claire/workloads/contract';
import type { Action } from './actions.ts';
import type { Verdicts } from './conditions.ts';
import { decideControl } from './decide-control.ts';
import { decideParts } from './decide-parts.ts';
import { decideRestarts, type Waiting } from './decide-restarts.ts';
import { describeExposure, type Exposure } from './exposure.ts';
import { decideFinalize, decideNamespaceEnd } from './finalize.ts';
import { exposureNow, mayScaleDown } from './glance.ts';
import { decideGates, type Obstacle } from './gates.ts';
import { FINALIZER, RECONCILE_ANNOTATION } from './names.ts';
import { annotationOf, type Observed } from './observed.ts';
import { toVerdicts } from './verdicts.ts';

export interface Decision {
  readonly actions: readonly Action[];
  readonly verdicts: Verdicts;
  readonly heldUpdates: readonly Waiting[];
  /** When to look again. */
  readonly lookAgain: Pace;
}

/**
 * `now`: there is more to do at once; `soon`: something is under way; `steady`: a bot runs, and the status tells of its
 * trading; `resync`: nothing but a change is expected.
 */
export type Pace = 'now' | 'soon' | 'steady' | 'resync';

/** Why nothing is changed at a person's wish; undefined when there is no such wish, or its time is over. */
export function pauseOf({ bot, now }: Pick<Observed, 'bot' | 'now'>): string | undefined {
  const text = annotationOf(bot, RECONCILE_ANNOTATION);
  if (text === undefined) return undefined;
  const match = /^paused(?: until (.+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, until] = match;
  if (until === undefined) {
    return `${RECONCILE_ANNOTATION} is ${text}: nothing is changed; a halt still goes out`;
  }
  const end = Date.parse(until);
  return Number.isNaN(end) || now < end
    ? `nothing is changed until ${until}; a halt still goes out`
    : undefined;
}

const done = (
  decision: Omit<Decision, 'heldUpdates' | 'lookAgain'>,
  lookAgain: Pace = 'resync',
): Decision => ({
  ...decision,
  heldUpdates: [],
  lookAgain,
});

const isWrite = ({ kind }: Action): boolean => kind !== 'control' && kind !== 'event';

function verdictsOf(observed: Observed, obstacles: readonly Obstacle[], paused?: string): Verdicts {
  return toVerdicts(observed, { obstacles, waiting: [], heldUpdates: [], writes: 0, paused });
}

/** Deadlock breaker of a stop: what is still open, and what it takes. */
function stopObstacle(observed: Observed, spec: TradingBot['spec'], exposure: Exposure): readonly Obstacle[] {
  if (spec.state !== 'Stopped' || mayScaleDown(observed) || exposure.kind !== 'open') return [];
  return [
    {
      reason: 'PositionOpen',
      message: `the bot is to stop and holds something (${describeExposure(exposure)}); sell them (claire control flatten), or set spec.execution.onStop to Flatten`,
    },
  ];
}

function flattenToStop(observed: Observed, spec: TradingBot['spec'], exposure: Exposure): readonly Action[] {
  if (spec.state !== 'Stopped' || spec.execution.onStop !== 'Flatten' || exposure.kind !== 'open') return [];
  const generation = observed.bot.metadata.generation ?? 0;
  return [
    {
      kind: 'control',
      ask: 'flatten',
      operationId: `${(observed.bot.metadata.uid ?? '').replaceAll('-', '').slice(0, 24)}-stop-flatten-${generation}`,
      reason: 'spec.state is Stopped and spec.execution.onStop is Flatten',
    },
  ];
}

function decideRunning(observed: Observed, spec: TradingBot['spec'], control: readonly Action[]): Decision {
  const { synthesis } = observed;
  if (!synthesis.ok) {
    const obstacle: Obstacle = { reason: 'InvalidSpec', message: synthesis.problem };
    return done({ actions: control, verdicts: verdictsOf(observed, [obstacle]) });
  }
  if (!observed.live.has(`ConfigMap/${synthesis.anchorName}`)) {
    const progress = {
      obstacles: [],
      waiting: ['everything waits for the anchor'],
      heldUpdates: [],
      writes: 1,
      paused: undefined,
    };
    const actions: readonly Action[] = [...control, { kind: 'make-anchor', name: synthesis.anchorName }];
    return done({ actions, verdicts: toVerdicts(observed, progress) }, 'now');
  }
  const exposure = exposureNow(observed);
  const gates = decideGates(observed, spec);
  const parts = decideParts(observed, exposure, gates.barriers);
  const restarts = decideRestarts(observed, exposure, spec.updates.policy);
  const actions = [
    ...control,
    ...flattenToStop(observed, spec, exposure),
    ...gates.actions,
    ...parts.actions,
    ...restarts.actions,
  ];
  const writes = actions.filter(isWrite).length;
  const verdicts = toVerdicts(observed, {
    obstacles: [...gates.obstacles, ...parts.refused, ...stopObstacle(observed, spec, exposure)],
    waiting: parts.waiting,
    heldUpdates: restarts.waiting,
    writes,
    paused: undefined,
  });
  const underWay = actions.length > 0 || parts.waiting.length > 0 || restarts.waiting.length > 0;
  return { actions, verdicts, heldUpdates: restarts.waiting, lookAgain: underWay ? 'soon' : 'steady' };
}

/** `since`: since when the spec demands its state, ms UTC. */
export function decide(observed: Observed, since: number): Decision {
  const { bot, parsed } = observed;
  // First and whatever else is wrong: nothing delays a halt.
  const control = decideControl(observed, since);
  if (observed.namespaceEnds) return decideNamespaceEnd(observed, control);
  if (bot.metadata.deletionTimestamp !== undefined) return decideFinalize(observed, control);
  const paused = pauseOf(observed);
  if (paused !== undefined) {
    return done({ actions: control, verdicts: verdictsOf(observed, [], paused) }, 'steady');
  }
  if (!parsed.ok) {
    const message = parsed.problems.map(({ path, message: why }) => `${path}: ${why}`).join('; ');
    return done({ actions: control, verdicts: verdictsOf(observed, [{ reason: 'InvalidSpec', message }]) });
  }
  if (!(bot.metadata.finalizers ?? []).includes(FINALIZER)) {
    const progress = {
      obstacles: [],
      waiting: ['everything waits for the finalizer'],
      heldUpdates: [],
      writes: 1,
      paused: undefined,
    };
    return done(
      { actions: [...control, { kind: 'add-finalizer' }], verdicts: toVerdicts(observed, progress) },
      'now',
    );
  }
  return decideRunning(observed, parsed.value.wire.spec, control);
}
