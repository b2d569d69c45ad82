/** observe → decide → apply → status, for one bot. */
import type { KubeClient } from '../kube/client.ts';
import type { Clock, Random } from '../kube/clock.ts';
import type { Reconcile, ReconcileContext, ReconcileResult } from '../kube/controller.ts';
import { KubeError } from '../kube/errors.ts';
import { hashOf } from '../kube/apply.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Informer } from '../kube/informer.ts';
import { PRIORITY } from '../kube/queue.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { CarryOut, Failure } from './apply.ts';
import { decide, type Decision, type Pace } from './decide.ts';
import { demandedState } from './decide-control.ts';
import { type ControlAnswers, effectiveState, freshStates, isAtLeast } from './exposure.ts';
import { TRADING_BOT } from './kinds.ts';
import { STATUS_MANAGER } from './names.ts';
import { type Observed, uidOf } from './observed.ts';
import type { Observer } from './observe.ts';
import { statusDiffers, statusObject, toStatus } from './status.ts';
import { wish } from './triggers.ts';
import { withVerdicts } from './verdicts.ts';

export interface ReconcileDeps {
  readonly client: KubeClient;
  readonly bots: Informer;
  readonly observer: Observer;
  readonly carryOut: CarryOut;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  /** The pod templates a new bot is pinned to. */
  readonly templateRevision: number;
  /** How long each pace waits, ms; jittered by a tenth. */
  readonly paces: Paces;
}

/** `now` does not wait. None waits longer than `resync`. */
export type Paces = Readonly<Record<Exclude<Pace, 'now'>, number>>;

/** After a refusal that only a person can end, the object is looked at again this often, ms. */
const REFUSED_AGAIN = 300_000;

interface Memory {
  /** What the last reconcile that left nothing to do was based on. */
  readonly settled: string;
  readonly lookAgain: Pace;
  /**
   * Until when it is believed, on the monotonic clock: Secrets, namespaces, claims and events are not watched. What is not
   * up waits for one of them.
   */
  readonly until: number;
}

/** Answers without what changes by itself, but whether they are fresh. */
const plainAnswers = (answers: ControlAnswers, now: number): unknown => [
  freshStates(answers, now).length,
  ...[answers.risk, answers.execution].map((answer) =>
    answer.ok ? { ...answer.state, time: 0, lastReconciliation: 0 } : answer.why,
  ),
];

/** Nothing in it changes by time alone, so that the same basis leads to the same decision. */
function isTimeless(bot: KubeObject, decision: Decision, answers: ControlAnswers, now: number): boolean {
  const wanted = demandedState(bot['spec']) ?? 'Running';
  const inForce = effectiveState(answers, now);
  const tightens = wanted !== 'Running' && inForce !== undefined && !isAtLeast(inForce, wanted);
  return decision.heldUpdates.length === 0 && decision.verdicts.Paused.status === 'False' && !tightens;
}

export function makeReconcile(deps: ReconcileDeps): Reconcile {
  const { client, bots, observer, clock, random } = deps;
  const memory = new Map<string, Memory>();
  /** Since when a spec demands its state, by UID. */
  const demands = new Map<string, { readonly state: string; readonly since: number }>();

  function demandedSince(bot: KubeObject): number {
    const state = demandedState(bot['spec']) ?? '';
    const known = demands.get(uidOf(bot));
    if (known?.state === state) return known.since;
    demands.set(uidOf(bot), { state, since: clock.now() });
    return clock.now();
  }

  /** Of bots that are gone. */
  function forgetDemands(): void {
    const there = new Set([...bots.store.objects()].map((bot) => uidOf(bot)));
    for (const uid of demands.keys()) if (!there.has(uid)) demands.delete(uid);
  }

  const fingerprint = (bot: KubeObject, answers: ControlAnswers): string =>
    hashOf([wish(bot), observer.fingerprint(bot), plainAnswers(answers, clock.now())]);

  const jittered = (delay: number): number => delay * (0.9 + 0.2 * random());

  async function writeStatus(
    observed: Observed,
    decision: Decision,
    failures: readonly Failure[],
    signal: AbortSignal,
  ): Promise<void> {
    const message = failures.map((failure) => failure.message).join('; ');
    const failed = { status: 'False', reason: 'ApplyFailed', message } as const;
    const verdicts =
      failures.length === 0
        ? decision.verdicts
        : withVerdicts(decision.verdicts, { Ready: failed, Reconciling: { ...failed, status: 'True' } });
    const status = toStatus(observed, decision, { verdicts, templateRevision: deps.templateRevision });
    if (!statusDiffers(observed.status, status)) return;
    const written = await client.apply(TRADING_BOT, statusObject(observed.bot, status), {
      manager: STATUS_MANAGER,
      force: true,
      subresource: 'status',
      signal,
    });
    bots.store.put(written);
  }

  function report(bot: KubeObject, failures: readonly Failure[]): void {
    for (const { message } of failures) {
      deps.events.record(bot, { type: 'Warning', reason: 'ApplyFailed', action: 'Apply', note: message });
    }
  }

  /** What a pass with failures leads to: one that may pass by itself is tried again soon, others seldom. */
  function conclude(decision: Decision, failures: readonly Failure[]): ReconcileResult {
    const [first] = failures;
    if (first === undefined) return resultOf(decision.lookAgain);
    const refused = failures.every(({ error }) => error instanceof KubeError && !error.retryable);
    if (!refused) throw first.error;
    return { requeueAfter: jittered(REFUSED_AGAIN), priority: PRIORITY.resync };
  }

  function resultOf(lookAgain: Pace): ReconcileResult {
    const delay = lookAgain === 'now' ? 0 : Math.min(deps.paces[lookAgain], deps.paces.resync);
    return { requeueAfter: jittered(delay), priority: PRIORITY.drift };
  }

  async function work(
    key: string,
    bot: KubeObject,
    answers: ControlAnswers,
    { signal, log }: ReconcileContext,
  ): Promise<ReconcileResult> {
    // Taken before anything is read: what changes meanwhile makes it differ.
    const basis = fingerprint(bot, answers);
    const known = memory.get(key);
    if (known?.settled === basis && clock.monotonic() < known.until) return resultOf(known.lookAgain);
    memory.delete(key);
    const observed = await observer.observe(bot, answers, signal);
    const decision = decide(observed, demandedSince(bot));
    const failures = await deps.carryOut(observed, decision.actions, { signal, log });
    const letGo = decision.actions.some(({ kind }) => kind === 'remove-finalizer') && failures.length === 0;
    if (letGo) return {};
    await writeStatus(observed, decision, failures, signal);
    report(bot, failures);
    const result = conclude(decision, failures);
    const quiet = decision.actions.length === 0 && failures.length === 0;
    if (quiet && isTimeless(bot, decision, answers, clock.now())) {
      const { steady, resync } = deps.paces;
      const isUp = decision.verdicts.Ready.status === 'True';
      const until = clock.monotonic() + jittered(isUp ? resync : Math.min(steady, resync));
      memory.set(key, { settled: basis, lookAgain: decision.lookAgain, until });
    }
    return result;
  }

  return async (key, context) => {
    const bot = bots.store.get(key);
    if (bot === undefined) {
      memory.delete(key);
      observer.forget(key);
      forgetDemands();
      return {};
    }
    const answers = await observer.ask(bot, context.signal);
    return work(key, bot, answers, context);
  };
}
