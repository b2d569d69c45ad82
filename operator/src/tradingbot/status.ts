/** The status of a bot: what was decided and observed, written only when it means something else than before. */
import type { ControlState, TradingBotStatus } from '@claire/workloads/contract';
import { hashOf } from '../kube/apply.ts';
import type { KubeObject } from '../kube/resource.ts';
import { type Condition, timeText, toConditions, type Verdicts } from './conditions.ts';
import type { Decision } from './decide.ts';
import { effectiveState, freshStates } from './exposure.ts';
import { generationOf, type Observed, uidOf } from './observed.ts';
import { pinsOf } from './pins.ts';
import { componentOf, imageOf, isPodReady, podProblem, restartsOf } from './views.ts';

type Components = NonNullable<TradingBotStatus['components']>;
type Trading = NonNullable<TradingBotStatus['trading']>;

const LONGEST_MESSAGE = 1_000;

function componentsOf({ pods }: Observed): Components {
  const seen = new Set<string>();
  return pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((pod) => {
      const name = componentOf(pod);
      if (name === '' || seen.has(name)) return [];
      seen.add(name);
      const image = imageOf(pod);
      const message = podProblem(pod)?.slice(0, LONGEST_MESSAGE);
      return [
        {
          name,
          ready: isPodReady(pod),
          restarts: restartsOf(pod),
          ...(image === undefined || image === '' ? {} : { image }),
          ...(message === undefined ? {} : { message }),
        },
      ];
    });
}

const largest = (values: readonly (number | null)[]): number | undefined => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : Math.max(...known);
};

type Reported = Omit<Trading, 'lastReconciliation' | 'observedTime'>;

/** What the answers say, without the times. */
function reportedOf(states: readonly ControlState[], before: Trading | undefined): Reported {
  const openPositions = largest(states.map((one) => one.openPositions)) ?? before?.openPositions;
  const workingOrders = largest(states.map((one) => one.workingOrders)) ?? before?.workingOrders;
  const breaker = states
    .flatMap(({ demands }) => demands)
    .find(({ latched, source }) => latched && source !== 'spec' && source !== 'control')?.source;
  const accountHash = states.map((one) => one.accountHash).find((hash) => hash !== null) ?? undefined;
  return withoutUndefined({ openPositions, workingOrders, breaker, accountHash });
}

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What the bot last reported; kept as it was while it cannot be asked, or says the same again. */
function tradingOf({ status, answers, now }: Observed): Trading | undefined {
  const before = status.trading;
  const states = freshStates(answers, now);
  if (states.length === 0) return before;
  const reported = reportedOf(states, before);
  // Reconciliations go on all the time: their time moves only together with something else, or the status would tick.
  const said = { ...before, lastReconciliation: undefined, observedTime: undefined };
  if (before !== undefined && hashOf(withoutUndefined(said)) === hashOf(reported)) return before;
  const last = largest(states.map((one) => one.lastReconciliation));
  return {
    ...reported,
    ...(last === undefined ? {} : { lastReconciliation: timeText(last) }),
    observedTime: timeText(now),
  };
}

function heldOf(observed: Observed, decision: Decision): NonNullable<TradingBotStatus['heldUpdates']> {
  const before = observed.status.heldUpdates ?? [];
  return decision.heldUpdates.map(({ component, reason, waitsFor }) => ({
    component,
    reason,
    waitsFor: waitsFor.slice(0, LONGEST_MESSAGE),
    since: before.find((held) => held.component === component)?.since ?? timeText(observed.now),
  }));
}

/** Every object that is there, so that a reader can find it and a later version can prune it. */
function inventoryOf({ live }: Observed): NonNullable<TradingBotStatus['inventory']> {
  return [...live.values()]
    .filter(({ kind }) => kind !== 'PersistentVolumeClaim')
    .map((object) => ({
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      uid: uidOf(object),
    }))
    .toSorted((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
}

export function toStatus(
  observed: Observed,
  decision: Decision,
  options: { readonly verdicts: Verdicts; readonly templateRevision: number },
): TradingBotStatus {
  const { bot, status: before, parsed, answers, now } = observed;
  const generation = generationOf(bot);
  const trading = tradingOf(observed);
  return {
    observedGeneration: generation,
    effectiveState: effectiveState(answers, now) ?? 'Unknown',
    conditions: [
      ...toConditions(options.verdicts, (before.conditions ?? []) as readonly Condition[], {
        now,
        generation,
      }),
    ],
    ...(parsed.ok ? { effectiveLimits: [...parsed.value.settings.effectiveLimits] } : {}),
    components: componentsOf(observed),
    ...(trading === undefined ? {} : { trading }),
    heldUpdates: heldOf(observed, decision),
    pins: pinsOf(observed, options.templateRevision),
    inventory: inventoryOf(observed),
  };
}

/** Whether it means something else than before. Empty lists and absent ones mean the same. */
export function statusDiffers(before: TradingBotStatus, after: TradingBotStatus): boolean {
  const plain = (status: TradingBotStatus): unknown =>
    Object.fromEntries(
      Object.entries(status).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
    );
  return hashOf(plain(before)) !== hashOf(plain(after));
}

/** As it is applied. */
export const statusObject = (bot: KubeObject, status: TradingBotStatus): KubeObject => ({
  apiVersion: bot.apiVersion,
  kind: bot.kind,
  metadata: { name: bot.metadata.name, namespace: bot.metadata.namespace ?? '' },
  status,
});
