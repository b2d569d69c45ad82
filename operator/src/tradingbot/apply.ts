/** Carries out what was decided. Before the first step that destroys or loosens, the bot is read again by quorum. */
import type { ParsedBot } from '@claire/workloads/contract';
import type { Applier } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeError, hasCode, KubeError } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Informer } from '../kube/informer.ts';
import type { Logger } from '../kube/logger.ts';
import { type KubeObject, keyOf, type ObjectRef } from '../kube/resource.ts';
import type { AccountRegister } from './account.ts';
import type { Action, ActionOf } from './actions.ts';
import type { ControlClient } from './control-client.ts';
import { PVC, SECRET, TRADING_BOT, typeOf } from './kinds.ts';
import { BOT_LABEL, FINALIZER, UID_LABEL } from './names.ts';
import { type Observed, ownerOf, uidOf } from './observed.ts';
import { toPart } from './parts.ts';

export interface ApplyDeps {
  readonly client: KubeClient;
  readonly applier: Applier;
  readonly control: ControlClient;
  readonly accounts: AccountRegister;
  readonly informers: readonly Informer[];
  readonly events: EventRecorder;
  /** The object that owns all others of a bot. */
  readonly anchorOf: (bot: ParsedBot, uid: string) => KubeObject;
  readonly token: (bot: KubeObject, signal: AbortSignal) => Promise<string | undefined>;
  /** Called after a Secret was written, whatever came of it. */
  readonly forgetSecret: (ref: ObjectRef) => void;
}

export interface Failure {
  readonly error: unknown;
  readonly message: string;
}

export interface CarryOut {
  /** Returns what failed; the rest was done. Throws when the decision no longer holds. */
  (
    observed: Observed,
    actions: readonly Action[],
    context: { readonly signal: AbortSignal; readonly log: Logger },
  ): Promise<readonly Failure[]>;
}

/** Objects applied at once. */
const AT_ONCE = 8;

const DESTROYS: ReadonlySet<Action['kind']> = new Set<Action['kind']>([
  'delete',
  'delete-secret',
  'restart',
  'release-account',
  'remove-finalizer',
]);
const destroys = (action: Action): boolean =>
  DESTROYS.has(action.kind) || (action.kind === 'control' && ['release', 'flatten'].includes(action.ask));

interface Task {
  readonly observed: Observed;
  readonly signal: AbortSignal;
  readonly log: Logger;
}
type Step = (action: Action, task: Task) => Promise<void>;
/** How each kind of action is carried out. */
type Steps = {
  readonly [Kind in Action['kind']]: (action: ActionOf<Kind>, task: Task) => Promise<void>;
};

export function makeCarryOut(deps: ApplyDeps): CarryOut {
  const { client, events } = deps;

  const storeOf = (object: KubeObject): Informer | undefined =>
    deps.informers.find(({ type }) => type.kind === object.kind);
  /** So that the next look sees our own write, even before the watch tells of it. */
  const remember = (object: KubeObject): void => {
    storeOf(object)?.store.put(object);
  };

  /** The decision rests on a cache; what cannot be undone must not rest on an old one. */
  async function confirm({ observed, signal }: Task): Promise<void> {
    const { bot } = observed;
    const now = await client.get(TRADING_BOT, bot.metadata, { signal });
    const same =
      now.metadata.uid === bot.metadata.uid &&
      now.metadata.generation === bot.metadata.generation &&
      now.metadata.deletionTimestamp === bot.metadata.deletionTimestamp;
    if (!same) throw new KubeError('CONFLICT', `${keyOf(bot.metadata)} changed since it was decided about`);
  }

  async function control(action: ActionOf<'control'>, { observed, signal, log }: Task): Promise<void> {
    const { bot } = observed;
    const token = await deps.token(bot, signal);
    if (token === undefined) throw new Error(`${action.ask}: the token of the control API is not there`);
    const { ask, operationId, reason } = action;
    const request = { operationId, action: ask, actor: 'operator', reason };
    const calls = (['risk', 'execution'] as const).map((component) =>
      deps.control.operate(
        { namespace: bot.metadata.namespace ?? '', bot: bot.metadata.name, component },
        token,
        request,
        signal,
      ),
    );
    // Either will do: the other one learns of it from the ledger.
    const outcome = await Promise.any(calls);
    log.info({ ask, operationId, result: outcome.result, state: outcome.state }, 'asked the bot');
    if (outcome.result === 'refused') {
      throw new Error(`${ask} was refused: ${outcome.code ?? ''} ${outcome.message}`);
    }
  }

  async function apply({ part, live }: ActionOf<'apply'>, { observed, signal, log }: Task): Promise<void> {
    const { bot } = observed;
    const type = typeOf(part.object);
    const outcome = await deps.applier.apply({
      type,
      desired: part.object,
      live,
      ownerUid: uidOf(bot),
      signal,
    });
    remember(outcome.object);
    log.info({ part: part.id, applied: outcome.applied, difference: outcome.difference }, 'applied');
    if (outcome.difference === '' && outcome.removed.length === 0) return;
    const what =
      outcome.removed.length > 0
        ? `removed ${outcome.removed.join(', ')}`
        : `${outcome.difference} was changed by somebody else`;
    events.record(bot, {
      type: 'Warning',
      reason: 'DriftUndone',
      action: 'Apply',
      note: `${part.id}: ${what}`,
    });
  }

  async function remove(
    { object, propagation, why }: ActionOf<'delete'>,
    { signal, log }: Task,
  ): Promise<void> {
    const { uid } = object.metadata;
    await client.delete(typeOf(object), object.metadata, { propagation, uid, signal });
    if (propagation === 'Orphan') storeOf(object)?.store.remove(keyOf(object.metadata));
    log.info({ object: `${object.kind}/${object.metadata.name}`, propagation, why }, 'deleted');
  }

  /** The next look asks for the Secret again. */
  async function thenForget(ref: ObjectRef, write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } finally {
      deps.forgetSecret(ref);
    }
  }

  async function makeSecret(
    { secret }: ActionOf<'make-credentials'>,
    { observed, signal, log }: Task,
  ): Promise<void> {
    const { name, uid, namespace } = ownerOf(observed.bot);
    const labels = { ...secret.labels, [BOT_LABEL]: name, [UID_LABEL]: uid };
    const make = client.create(
      SECRET,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'Opaque',
        metadata: { name: secret.name, namespace, labels },
        stringData: secret.generate(),
      },
      { signal },
    );
    await thenForget({ namespace, name: secret.name }, make);
    log.info({ secret: secret.name }, 'generated credentials');
  }

  async function editFinalizers(
    observed: Observed,
    change: (all: readonly string[]) => readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { metadata } = observed.bot;
    const finalizers = change(metadata.finalizers ?? []);
    const body = { metadata: { finalizers, resourceVersion: metadata.resourceVersion } };
    remember(await client.patch(TRADING_BOT, metadata, body, { kind: 'merge', signal }));
  }

  const parsedOf = ({ parsed }: Observed): ParsedBot => {
    if (!parsed.ok) throw new Error('the spec is invalid');
    return parsed.value;
  };

  async function makeAnchor(_action: ActionOf<'make-anchor'>, task: Task): Promise<void> {
    const { bot } = task.observed;
    const part = toPart(deps.anchorOf(parsedOf(task.observed), uidOf(bot)), ownerOf(bot));
    await apply({ kind: 'apply', part, live: undefined }, task);
  }

  async function claimAccount(_action: ActionOf<'claim-account'>, { observed, signal }: Task): Promise<void> {
    const won = await deps.accounts.claim(parsedOf(observed), uidOf(observed.bot), signal);
    if (!won) throw new KubeError('CONFLICT', 'another bot was faster to claim the account');
  }

  const ours = ({ bot }: Observed): unknown => ({ metadata: { labels: { [UID_LABEL]: uidOf(bot) } } });
  const secretRef = ({ bot }: Observed, name: string): { namespace: string; name: string } => ({
    namespace: bot.metadata.namespace ?? '',
    name,
  });

  async function adopt({ object }: ActionOf<'adopt'>, { observed, signal }: Task): Promise<void> {
    remember(await client.patch(PVC, object.metadata, ours(observed), { kind: 'merge', signal }));
  }

  async function adoptSecret(
    { name }: ActionOf<'adopt-credentials'>,
    { observed, signal }: Task,
  ): Promise<void> {
    const ref = secretRef(observed, name);
    await thenForget(ref, client.patch(SECRET, ref, ours(observed), { kind: 'merge', signal }));
  }

  async function deleteSecret(
    { name }: ActionOf<'delete-secret'>,
    { observed, signal }: Task,
  ): Promise<void> {
    const ref = secretRef(observed, name);
    await thenForget(ref, client.delete(SECRET, ref, { signal }));
  }

  async function growVolume({ claim, size }: ActionOf<'grow-volume'>, { signal }: Task): Promise<void> {
    const body = { spec: { resources: { requests: { storage: size } } } };
    remember(await client.patch(PVC, claim.metadata, body, { kind: 'merge', signal }));
  }

  async function restart({ pod, why }: ActionOf<'restart'>, { observed, signal }: Task): Promise<void> {
    const { uid, name } = pod.metadata;
    await client.delete(typeOf(pod), pod.metadata, { uid, signal });
    const note = `${name}: ${why}`;
    events.record(observed.bot, { type: 'Normal', reason: 'Restarted', action: 'Restart', note });
  }

  function tell({ type, reason, note }: ActionOf<'event'>, { observed }: Task): Promise<void> {
    events.record(observed.bot, { type, reason, action: 'Reconcile', note });
    return Promise.resolve();
  }

  const steps: Steps = {
    control,
    apply,
    delete: remove,
    'make-credentials': makeSecret,
    'add-finalizer': (_, { observed, signal }) =>
      editFinalizers(observed, (all) => [...all, FINALIZER], signal),
    'remove-finalizer': (_, { observed, signal }) =>
      editFinalizers(observed, (all) => all.filter((name) => name !== FINALIZER), signal),
    'make-anchor': makeAnchor,
    'claim-account': claimAccount,
    'release-account': (_, { observed, signal }) =>
      deps.accounts.release(parsedOf(observed), uidOf(observed.bot), signal),
    adopt,
    'adopt-credentials': adoptSecret,
    'grow-volume': growVolume,
    'delete-secret': deleteSecret,
    restart,
    event: tell,
  };

  async function attempt(action: Action, task: Task): Promise<Failure | undefined> {
    try {
      await (steps[action.kind] as Step)(action, task);
      return undefined;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND') && destroys(action)) return undefined;
      if (hasCode(error, 'ABORTED', 'CONFLICT')) throw error;
      return { error, message: describeError(error) };
    }
  }

  return async (observed, actions, { signal, log }) => {
    const task: Task = { observed, signal, log };
    if (actions.some(destroys)) await confirm(task);
    const failures: Failure[] = [];
    for (const batch of batches(actions)) {
      const results = await Promise.all(batch.map((action) => attempt(action, task)));
      failures.push(...results.filter((failure) => failure !== undefined));
      // What comes last (the anchor, the finalizer) stands on everything before it.
      if (failures.length > 0 && batch.some(destroys)) break;
    }
    return failures;
  };
}

/** Applies next to each other go out together; everything else by itself, in order. */
export function batches(actions: readonly Action[]): readonly (readonly Action[])[] {
  const made: Action[][] = [];
  for (const action of actions) {
    const last = made.at(-1);
    const joins = action.kind === 'apply' && last?.[0]?.kind === 'apply' && last.length < AT_ONCE;
    if (joins) last.push(action);
    else made.push([action]);
  }
  return made;
}
