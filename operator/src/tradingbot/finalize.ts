/**
 * What to do about a bot that is being deleted. Pure.
 *
 * ```
 *  ask for a halt ─▶ exposure?
 *      unknown ──────────────▶ wait and say so                       (or an explicit force)
 *      open + Hold ──────────▶ keep volumes and credentials, say what is open, let go
 *      open + CancelOrders ──▶ wait until no order works, then as Hold
 *      open + Flatten ───────▶ ask to flatten, wait until flat
 *      flat ─────────────────▶ let go
 *  let go: release the account, delete what is not retained, the anchor last, then the finalizer
 * ```
 */
import type { TradingBot } from '@claire/workloads/contract';
import type { Action } from './actions.ts';
import { operationId } from './decide-control.ts';
import type { Decision } from './decide.ts';
import { describeExposure, effectiveState, type Exposure, exposureOf, isAtLeast } from './exposure.ts';
import { idOf } from './kinds.ts';
import { FINALIZER, FORCE_DELETE_ANNOTATION, UID_LABEL } from './names.ts';
import { annotationOf, type Observed, uidOf } from './observed.ts';
import { componentOf, wantedReplicas } from './views.ts';
import { toVerdicts, withVerdicts } from './verdicts.ts';

type Outcome = TradingBot['spec']['execution']['onDelete'];

/** What the spec says, also of one that is otherwise invalid. */
function onDeleteOf(observed: Observed): Outcome {
  if (observed.parsed.ok) return observed.parsed.value.wire.spec.execution.onDelete;
  const raw = (observed.bot['spec'] as { readonly execution?: { readonly onDelete?: string } } | undefined)
    ?.execution?.onDelete;
  return raw === 'CancelOrders' || raw === 'Flatten' ? raw : 'Hold';
}

/** No pod of risk or execution is there or will be: nothing to ask, and nothing that trades. */
function nothingTrades({ live, pods }: Observed): boolean {
  const trades = (component: string): boolean => component === 'risk' || component === 'execution';
  const workloads = [...live.values()].some(
    (object) => object.kind === 'StatefulSet' && trades(componentOf(object)) && wantedReplicas(object) > 0,
  );
  return !workloads && !pods.some((pod) => trades(componentOf(pod)));
}

const hasWorkloads = ({ live }: Observed): boolean =>
  [...live.values()].some(
    ({ kind, metadata }) => kind === 'StatefulSet' && metadata.deletionTimestamp === undefined,
  );

/** What still stands in the way; undefined when the bot may be let go. */
function obstacleTo(observed: Observed, exposure: Exposure, onDelete: Outcome): string | undefined {
  const { bot, answers, now } = observed;
  const forced = annotationOf(bot, FORCE_DELETE_ANNOTATION) === bot.metadata.name;
  if (forced || nothingTrades(observed)) return undefined;
  const state = effectiveState(answers, now);
  if (exposure.kind === 'unknown' || state === undefined) {
    return `it is not known what is open (${describeExposure(exposure)}); when the bot cannot be reached any more, look at the exchange yourself and then annotate ${FORCE_DELETE_ANNOTATION}=${bot.metadata.name}`;
  }
  if (exposure.kind === 'flat') return isAtLeast(state, 'ReduceOnly') ? undefined : HALTING;
  return obstacleWhenOpen(exposure, onDelete, isAtLeast(state, 'Halted'));
}

const HALTING = 'the bot is being halted';

function obstacleWhenOpen(
  exposure: Extract<Exposure, { kind: 'open' }>,
  onDelete: Outcome,
  halted: boolean,
): string | undefined {
  if (onDelete === 'Flatten') return `positions are being sold: ${describeExposure(exposure)}`;
  if (!halted) return HALTING;
  return onDelete === 'CancelOrders' && exposure.workingOrders > 0
    ? `orders are being cancelled: ${describeExposure(exposure)}`
    : undefined;
}

function ask(observed: Observed, exposure: Exposure, onDelete: Outcome): readonly Action[] {
  const { answers, now, bot } = observed;
  if (nothingTrades(observed)) return [];
  const sells = onDelete === 'Flatten' && exposure.kind === 'open';
  const state = effectiveState(answers, now);
  const halted = state !== undefined && isAtLeast(state, 'Halted');
  const control = (what: 'halt' | 'flatten'): Action => ({
    kind: 'control',
    ask: what,
    operationId: operationId(uidOf(bot), 'delete', what),
    reason: `the TradingBot is deleted, execution.onDelete is ${onDelete}`,
  });
  if (sells) return [control('flatten')];
  return halted ? [] : [control('halt')];
}

/** Its pods are gone, and the last that was heard of it was flat. */
function wasFlat(observed: Observed): boolean {
  const { openPositions = 0, workingOrders = 0 } = observed.status.trading ?? {};
  return nothingTrades(observed) && openPositions === 0 && workingOrders === 0;
}

/** Whether the volume of a component, and the Secret that opens it, go with the bot. */
function isDeletedWithBot(observed: Observed, component: string, exposure: Exposure): boolean {
  // With a position open the ledger is the only account of it.
  if (!observed.parsed.ok || !(exposure.kind === 'flat' || wasFlat(observed))) return false;
  const { storage, monitoring } = observed.parsed.value.wire.spec;
  const retention: Readonly<Record<string, string>> = {
    postgres: storage.postgres.retention,
    redis: storage.redis.retention,
    prometheus: monitoring.prometheus.retention,
    grafana: monitoring.grafana.retention,
  };
  return retention[component] === 'Delete';
}

function volumesToDelete(observed: Observed, exposure: Exposure): readonly Action[] {
  return [...observed.live.values()]
    .filter(
      ({ kind, metadata }) => kind === 'PersistentVolumeClaim' && metadata.deletionTimestamp === undefined,
    )
    .filter((claim) => isDeletedWithBot(observed, componentOf(claim), exposure))
    .map((object) => ({ kind: 'delete', object, propagation: 'Background', why: 'its retention is Delete' }));
}

/** Secrets of ours: those that open a retained volume stay with it. */
function secretsToDelete(observed: Observed, exposure: Exposure): readonly Action[] {
  if (!observed.synthesis.ok) return [];
  return observed.synthesis.credentials
    .filter(({ name }) => observed.secrets.get(name)?.labels[UID_LABEL] === uidOf(observed.bot))
    .filter(({ claims, opens }) => claims.length === 0 || isDeletedWithBot(observed, opens, exposure))
    .map(({ name }) => ({ kind: 'delete-secret', name }));
}

function letGo(observed: Observed, exposure: Exposure): readonly Action[] {
  const anchor = observed.synthesis.ok
    ? observed.synthesis.anchorName
    : `${observed.bot.metadata.name}-anchor`;
  const objects = [...observed.live.values()].filter(
    (object) =>
      object.kind !== 'PersistentVolumeClaim' &&
      idOf(object) !== `ConfigMap/${anchor}` &&
      object.metadata.deletionTimestamp === undefined,
  );
  const account: readonly Action[] = observed.account.kind === 'ours' ? [{ kind: 'release-account' }] : [];
  const remove = objects.map((object): Action => ({
    kind: 'delete',
    object,
    propagation: 'Background',
    why: 'the TradingBot is deleted',
  }));
  const first = [...remove, ...volumesToDelete(observed, exposure), ...secretsToDelete(observed, exposure)];
  if (first.length > 0 || observed.pods.length > 0) return first;
  const owner = observed.live.get(`ConfigMap/${anchor}`);
  const last: readonly Action[] = owner
    ? [{ kind: 'delete', object: owner, propagation: 'Background', why: 'nothing is left that it owns' }]
    : [];
  return [...account, ...last, { kind: 'remove-finalizer' }];
}

export function decideFinalize(observed: Observed, control: readonly Action[]): Decision {
  const progress = { obstacles: [], waiting: [], heldUpdates: [], writes: 0, paused: undefined };
  const verdicts = toVerdicts(observed, progress);
  if (!(observed.bot.metadata.finalizers ?? []).includes(FINALIZER)) {
    return { actions: [], verdicts, heldUpdates: [], lookAgain: 'resync' };
  }
  const exposure = exposureOf(observed.answers, observed.now);
  const onDelete = onDeleteOf(observed);
  const obstacle = obstacleTo(observed, exposure, onDelete);
  const message = obstacle ?? `parts are being removed (${describeExposure(exposure)})`;
  const stuck = obstacle !== undefined && exposure.kind === 'unknown';
  const deleting = withVerdicts(verdicts, {
    Ready: { status: 'False', reason: 'Deleting', message },
    Reconciling: { status: 'True', reason: 'Deleting', message },
    Stalled: stuck
      ? { status: 'True', reason: 'ExposureUnknown', message }
      : { status: 'False', reason: 'NothingStalled', message: 'Nothing needs a person.' },
  });
  const keeping: readonly Action[] =
    obstacle === undefined && exposure.kind === 'open' && hasWorkloads(observed)
      ? [
          {
            kind: 'event',
            type: 'Warning',
            reason: 'ExposureOpen',
            note: `deleted with ${describeExposure(exposure)}: volumes and credentials are kept; the orders and positions at the exchange are yours to look after`,
          },
        ]
      : [];
  const actions =
    obstacle === undefined
      ? [...keeping, ...letGo(observed, exposure)]
      : [...control, ...ask(observed, exposure, onDelete)];
  return { actions, verdicts: deleting, heldUpdates: [], lookAgain: 'soon' };
}

const NAMESPACE_ENDS =
  'the namespace is being deleted: Kubernetes removes every part, whatever is open; look at the exchange yourself';

/**
 * The pods end first, then everything else at once, the roles by which the operator may do anything here among it. So it
 * lets go while it still may: a finalizer that is left would hold the namespace for ever, and nothing it guards. Pure.
 */
export function decideNamespaceEnd(observed: Observed, control: readonly Action[]): Decision {
  const { account, bot, pods } = observed;
  const progress = { obstacles: [], waiting: [], heldUpdates: [], writes: 0, paused: undefined };
  const verdicts = withVerdicts(toVerdicts(observed, progress), {
    Ready: { status: 'False', reason: 'Deleting', message: NAMESPACE_ENDS },
    Reconciling: { status: 'True', reason: 'Deleting', message: NAMESPACE_ENDS },
  });
  const trades = pods.some((pod) => ['risk', 'execution'].includes(componentOf(pod)));
  const isHeld = (bot.metadata.finalizers ?? []).includes(FINALIZER);
  const actions: readonly Action[] = [
    ...control,
    // Nobody starts a pod here any more; while one is left, it may send orders.
    ...(account.kind === 'ours' && !trades ? [{ kind: 'release-account' } as const] : []),
    ...(isHeld ? [{ kind: 'remove-finalizer' } as const] : []),
  ];
  return { actions, verdicts, heldUpdates: [], lookAgain: 'soon' };
}
