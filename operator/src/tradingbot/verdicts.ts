/**
 * The conditions of a bot. `Ready` means that its parts match the spec, also when it is halted: a market event must never
 * make a deployment tool roll back. How trading goes has conditions of its own. Pure.
 */
import type { ConditionType } from '@claire/workloads/contract';
import type { Verdict, Verdicts } from './conditions.ts';
import type { Waiting } from './decide-restarts.ts';
import { effectiveState, freshStates } from './exposure.ts';
import type { Obstacle } from './gates.ts';
import type { Observed } from './observed.ts';
import { componentOf, isPodReady, isReady, podProblem, replicaFailure } from './views.ts';

export interface Progress {
  readonly obstacles: readonly Obstacle[];
  /** Parts that are not made yet. */
  readonly waiting: readonly string[];
  readonly heldUpdates: readonly Waiting[];
  /** Objects that this decision writes. */
  readonly writes: number;
  readonly paused: string | undefined;
}

const verdict = (status: Verdict['status'], reason: Verdict['reason'], message: string): Verdict => ({
  status,
  reason,
  message,
});

/** Workloads that are not ready, with what Kubernetes says of them. */
export function unreadyParts({ live, pods, warnings }: Observed): readonly string[] {
  return [...live.values()]
    .filter((object) => (object.kind === 'StatefulSet' || object.kind === 'Deployment') && !isReady(object))
    .map((workload) => {
      const component = componentOf(workload);
      const pod = pods.find((one) => componentOf(one) === component && !isPodReady(one));
      const told = warnings.get((pod ?? workload).metadata.uid ?? '');
      const why = (pod && podProblem(pod)) ?? told ?? replicaFailure(workload);
      return why === undefined ? component : `${component}: ${why}`;
    });
}

function failing({ pods, live, warnings }: Observed): readonly string[] {
  const ofPods = pods.flatMap((pod) => {
    const problem = podProblem(pod);
    return problem === undefined ? [] : [`${componentOf(pod)}: ${problem}`];
  });
  const ofClaims = [...live.values()].flatMap((object) => {
    const phase = (object['status'] as { readonly phase?: string } | undefined)?.phase;
    return object.kind === 'PersistentVolumeClaim' && phase === 'Lost'
      ? [`volume ${object.metadata.name} is lost`]
      : [];
  });
  const ofStuck = [...pods, ...live.values()].flatMap((object) => {
    const warning = warnings.get(object.metadata.uid ?? '');
    return warning === undefined ? [] : [`${componentOf(object) || object.metadata.name}: ${warning}`];
  });
  return [...ofPods, ...ofClaims, ...ofStuck];
}

type Infrastructure = Pick<Verdicts, 'Ready' | 'Reconciling' | 'Stalled' | 'Degraded'>;

const QUIET = verdict('False', 'UpToDate', 'Nothing is being changed.');

function infrastructure(observed: Observed, progress: Progress): Infrastructure {
  const problems = failing(observed);
  const Degraded =
    problems.length > 0
      ? verdict('True', 'PodFailing', problems.join('; '))
      : verdict('False', 'AllPartsReady', 'No part reports a failure.');
  const [obstacle] = progress.obstacles;
  if (obstacle !== undefined) {
    const all = progress.obstacles.map(({ message }) => message).join('; ');
    const { reason } = obstacle;
    return {
      Ready: verdict('False', reason, all),
      Stalled: verdict('True', reason, all),
      Reconciling: QUIET,
      Degraded,
    };
  }
  return {
    ...advance(observed, progress),
    Stalled: verdict('False', 'NothingStalled', 'Nothing needs a person.'),
    Degraded,
  };
}

function advance(observed: Observed, progress: Progress): Pick<Infrastructure, 'Ready' | 'Reconciling'> {
  const unready = unreadyParts(observed);
  const open = [...progress.waiting, ...unready];
  if (open.length === 0 && progress.writes === 0) {
    const Ready = verdict('True', 'AllPartsReady', 'Every part matches the spec and is ready.');
    return { Ready, Reconciling: QUIET };
  }
  const message = open.join('; ') || 'Parts are being applied.';
  return {
    Ready: verdict('False', 'PartsNotReady', message),
    Reconciling: verdict('True', unready.length > 0 ? 'AwaitingPods' : 'SettingUp', message),
  };
}

const NOT_REPORTED = verdict(
  'Unknown',
  'NotReported',
  'Neither risk nor execution has answered in the last 30 seconds.',
);

/** True when any fresh answer says so, False when any denies it, Unknown otherwise; a denial counts more. */
function agreed(values: readonly (boolean | null)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.includes(true) ? true : undefined;
}

function trading(
  observed: Observed,
): Pick<
  Verdicts,
  'TradingEnabled' | 'CircuitBreakerOpen' | 'FeedHealthy' | 'Reconciled' | 'CredentialsValid'
> {
  const states = freshStates(observed.answers, observed.now);
  const state = effectiveState(observed.answers, observed.now);
  if (state === undefined) {
    return {
      TradingEnabled: NOT_REPORTED,
      CircuitBreakerOpen: NOT_REPORTED,
      FeedHealthy: NOT_REPORTED,
      Reconciled: NOT_REPORTED,
      CredentialsValid: NOT_REPORTED,
    };
  }
  const demands = states.flatMap(({ demands: all }) => all);
  const why = demands[0]?.reason ?? `the state is ${state}`;
  const breaker = demands.find(({ source, latched }) => latched && source !== 'spec' && source !== 'control');
  const feed = agreed(states.map(({ feedHealthy }) => feedHealthy));
  const reconciled = states.every((one) => one.reconciled);
  const credentials = agreed(states.map(({ credentialsValid }) => credentialsValid));
  const REASON = { ReduceOnly: 'ReducingOnly', Halted: 'StateHalted', Stopped: 'StateStopped' } as const;
  return {
    TradingEnabled:
      state === 'Running'
        ? verdict('True', 'TradingOn', 'Entries are possible.')
        : verdict('False', REASON[state], why),
    CircuitBreakerOpen: breaker
      ? verdict('True', 'BreakerOpen', `${breaker.source}: ${breaker.reason}`)
      : verdict('False', 'BreakerClosed', 'No breaker is open.'),
    FeedHealthy: fromBoolean(
      feed,
      ['FeedFresh', 'Market data are fresh.'],
      ['FeedStale', 'Market data are older than the limits allow.'],
    ),
    Reconciled: reconciled
      ? verdict('True', 'VenueAgrees', 'Ledger and venue agree.')
      : verdict('False', 'Unreconciled', 'Ledger and venue have not been found to agree.'),
    CredentialsValid: fromBoolean(
      credentials,
      ['CredentialsAccepted', 'The venue takes the credentials.'],
      ['CredentialsRefused', 'The venue refuses the credentials; check the keys in the Secret.'],
    ),
  };
}

type Words = readonly [Verdict['reason'], string];
function fromBoolean(value: boolean | undefined, yes: Words, no: Words): Verdict {
  if (value === undefined) return verdict('Unknown', 'NotReported', 'Not reported.');
  return value ? verdict('True', ...yes) : verdict('False', ...no);
}

function updates({ heldUpdates, paused }: Progress): Pick<Verdicts, 'UpdatePending' | 'Paused'> {
  const held = heldUpdates.map(
    ({ component, reason, waitsFor }) => `${component} (${reason}) waits for: ${waitsFor}`,
  );
  return {
    UpdatePending:
      held.length > 0
        ? verdict('True', 'WaitingForFlat', held.join('; '))
        : verdict('False', 'NothingToUpdate', 'No update waits.'),
    Paused:
      paused === undefined
        ? verdict('False', 'NotPaused', 'Changes are applied.')
        : verdict('True', 'Paused', paused),
  };
}

export function toVerdicts(observed: Observed, progress: Progress): Verdicts {
  return { ...infrastructure(observed, progress), ...trading(observed), ...updates(progress) };
}

/** The same with some conditions replaced. */
export const withVerdicts = (
  verdicts: Verdicts,
  more: Partial<Record<ConditionType, Verdict>>,
): Verdicts => ({
  ...verdicts,
  ...more,
});
