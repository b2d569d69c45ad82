/** Gathers what a decision about a bot rests on: from the caches, by single reads of what is not cached, from the bot. */
import { parseTradingBot, SECRET_FILES, type TradingBotStatus } from '@claire/workloads/contract';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { describeError, hasCode } from '../kube/errors.ts';
import type { Informer } from '../kube/informer.ts';
import { isOwned } from '../kube/apply.ts';
import { keyOf, type KubeObject, type ObjectRef } from '../kube/resource.ts';
import type { AccountRegister } from './account.ts';
import type { ControlClient, Controlled } from './control-client.ts';
import { type ControlAnswer, type ControlAnswers, NOT_ASKED } from './exposure.ts';
import { idOf, NAMESPACE, POD, SECRET, STATEFUL_SET } from './kinds.ts';
import { BOT_LABEL, FINALIZER, LIVE_ALLOWED, LIVE_LABEL, UID_LABEL } from './names.ts';
import { synthesisFlags } from './glance.ts';
import { makeMemo } from './memo.ts';
import { makeLookAtNamespace, type NamespaceFacts } from './namespace-facts.ts';
import { type Observed, ownerOf, type PartsResult, type SecretFacts, uidOf } from './observed.ts';
import { type Synthesize, toPart } from './parts.ts';
import { pinnedOf } from './pins.ts';
import { componentOf } from './views.ts';
import { makeFindWarnings, stuckObjects } from './warnings.ts';

export interface ObserveDeps {
  readonly client: KubeClient;
  /** Of everything the operator makes, pods included. */
  readonly informers: readonly Informer[];
  readonly control: ControlClient;
  readonly accounts: AccountRegister;
  readonly synthesize: Synthesize;
  /** Names of the objects of a bot, by its name. */
  readonly anchorName: (bot: string) => string;
  readonly tokenSecretName: (bot: string) => string;
  readonly clock: Clock;
  readonly overridesAllowed: boolean;
  /** How long facts of Secrets and namespaces are believed, ms. */
  readonly factsAge: number;
  /** A part that is not up after this time is stuck, and events about it are looked up, ms. */
  readonly patience: number;
}

export interface Observer {
  /** Ask risk and execution of a bot. */
  ask(bot: KubeObject, signal: AbortSignal): Promise<ControlAnswers>;
  observe(bot: KubeObject, answers: ControlAnswers, signal: AbortSignal): Promise<Observed>;
  /** Changes whenever anything cached about the bot does. */
  fingerprint(bot: KubeObject): string;
  /** The token of the control API; for carrying out what was decided. */
  token(bot: KubeObject, signal: AbortSignal): Promise<string | undefined>;
  /** What is known of a Secret is no longer so: it was made, changed or removed. */
  forgetSecret(ref: ObjectRef): void;
  /** The bot of this key is gone. */
  forget(key: string): void;
}

const TOKEN_KEY = 'token';

/** The index of everything of a bot, whichever UID it carries. */
export const botIndex = (object: KubeObject): readonly string[] => {
  const bot = object.metadata.labels?.[BOT_LABEL];
  return bot === undefined ? [] : [`${object.metadata.namespace ?? ''}/${bot}`];
};

const indexOfBot = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

interface Cached {
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly pods: readonly KubeObject[];
  readonly retained: readonly KubeObject[];
}

function readCaches(informers: readonly Informer[], bot: KubeObject): Cached {
  const all = informers.flatMap(({ store }) => store.indexed(indexOfBot(bot)));
  const ours = (object: KubeObject): boolean => isOwned(object, UID_LABEL, uidOf(bot));
  const isPod = ({ kind }: KubeObject): boolean => kind === 'Pod';
  const owned = all.filter((object) => !isPod(object) && ours(object));
  const workloads = new Set(
    owned.filter(({ kind }) => kind === 'StatefulSet').map(({ metadata }) => metadata.uid),
  );
  return {
    live: new Map(owned.map((object) => [idOf(object), object])),
    // A pod of a StatefulSet of ours, whatever its labels say.
    pods: all.filter(
      (object) =>
        isPod(object) &&
        (ours(object) || (object.metadata.ownerReferences ?? []).some(({ uid }) => workloads.has(uid))),
    ),
    retained: all.filter((object) => object.kind === 'PersistentVolumeClaim' && !ours(object)),
  };
}

const isLive = (parsed: Observed['parsed']): boolean => parsed.ok && parsed.value.settings.mode === 'live';

/** The Secrets of ours, and that of the exchange where it is used. */
function secretNames(parsed: Observed['parsed'], made: PartsResult): readonly string[] {
  const exchange = parsed.ok ? parsed.value.wire.spec.exchange.credentialsSecretRef?.name : undefined;
  return [
    ...(made.ok ? made.credentials.map(({ name }) => name) : []),
    ...(isLive(parsed) && exchange !== undefined ? [exchange] : []),
  ];
}

/** What of the object is the contract's: the server adds to metadata, and the status is ours. */
function withoutServerFields({ apiVersion, kind, metadata, spec }: KubeObject): unknown {
  const { name, namespace, labels, annotations } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  };
}

/** Its finalizer comes before everything else, and for that nothing of it need be known. */
const lacksFinalizer = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp === undefined && !(metadata.finalizers ?? []).includes(FINALIZER);
const NOT_YET: PartsResult = { ok: false, problem: 'nothing is made before the finalizer is there' };

const factsOf = ({ metadata }: KubeObject): SecretFacts => ({
  uid: metadata.uid,
  labels: metadata.labels ?? {},
});

export function makeObserver(deps: ObserveDeps): Observer {
  const { client, informers, clock } = deps;
  /** Enough to find the pods of a bot. */
  const podInformers = informers.filter(({ type }) => type === POD || type === STATEFUL_SET);
  const secrets = makeMemo<SecretFacts | null>(clock, deps.factsAge);
  const lookAtNamespace = makeLookAtNamespace(makeMemo<NamespaceFacts>(clock, deps.factsAge));
  const findWarnings = makeFindWarnings(client, clock);
  const tokens = makeMemo<string | undefined>(clock, deps.factsAge);

  async function secretFacts(ref: ObjectRef, signal: AbortSignal): Promise<SecretFacts | null> {
    try {
      return factsOf(await client.getMetadata(SECRET, ref, { signal }));
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return null;
      throw error;
    }
  }

  async function readToken(bot: KubeObject, signal: AbortSignal): Promise<string | undefined> {
    const ref = { namespace: bot.metadata.namespace ?? '', name: deps.tokenSecretName(bot.metadata.name) };
    try {
      const secret = await client.get(SECRET, ref, { signal });
      secrets.set(keyOf(ref), factsOf(secret));
      if (!isOwned(secret, UID_LABEL, uidOf(bot))) return undefined;
      const value = (secret['data'] as Readonly<Record<string, string>> | undefined)?.[TOKEN_KEY];
      return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  const token = (bot: KubeObject, signal: AbortSignal): Promise<string | undefined> =>
    tokens.get(uidOf(bot), () => readToken(bot, signal));

  async function askOne(
    bot: KubeObject,
    component: Controlled,
    secret: string,
    signal: AbortSignal,
  ): Promise<ControlAnswer> {
    const target = { namespace: bot.metadata.namespace ?? '', bot: bot.metadata.name, component };
    const answer = await deps.control.state(target, secret, signal);
    if (!answer.ok && answer.why.includes('token')) tokens.forget(uidOf(bot));
    return answer;
  }

  function synthesis(
    bot: KubeObject,
    observed: Pick<Observed, 'parsed' | 'live' | 'status'>,
    flags: { exposed: boolean; scaledDown: boolean },
  ): PartsResult {
    const { parsed, live, status } = observed;
    if (!parsed.ok) return { ok: false, problem: 'the spec is invalid' };
    try {
      const owner = ownerOf(bot);
      const anchor = live.get(`ConfigMap/${deps.anchorName(owner.name)}`);
      const made = deps.synthesize({
        bot: parsed.value,
        uid: owner.uid,
        anchor: anchor && { name: anchor.metadata.name, uid: uidOf(anchor) },
        pinned: pinnedOf(bot, status),
        ...flags,
      });
      return { ok: true, ...made, parts: made.objects.map((object) => toPart(object, owner)) };
    } catch (error) {
      return { ok: false, problem: describeError(error) };
    }
  }

  async function facts(
    bot: KubeObject,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Observed['secrets']> {
    const namespace = bot.metadata.namespace ?? '';
    const found = await Promise.all(
      names.map(async (name) => {
        const key = keyOf({ namespace, name });
        const known = await secrets.get(key, () => secretFacts({ namespace, name }, signal));
        // What is missing may be there a moment later: by our own hand, or a person's.
        if (known === null) secrets.forget(key);
        return [name, known] as const;
      }),
    );
    return new Map(found);
  }

  const namespaceOf = async (name: string, signal: AbortSignal): Promise<NamespaceFacts> => {
    const { metadata } = await client.getMetadata(NAMESPACE, { name }, { signal });
    return {
      allowsLive: metadata.labels?.[LIVE_LABEL] === LIVE_ALLOWED,
      ends: metadata.deletionTimestamp !== undefined,
    };
  };

  /** Components that have a pod, by the key of the bot: a bot is asked far more often than its pods change. */
  const components = new Map<string, { readonly versions: string; readonly names: ReadonlySet<string> }>();

  function componentsOf(bot: KubeObject): ReadonlySet<string> {
    const key = indexOfBot(bot);
    const versions = [uidOf(bot), ...podInformers.map(({ store }) => store.versionsOf(key))].join('|');
    const known = components.get(key);
    if (known?.versions === versions) return known.names;
    const names = new Set(readCaches(podInformers, bot).pods.map(componentOf));
    components.set(key, { versions, names });
    return names;
  }

  return {
    token,
    forget: (key) => {
      components.delete(key);
    },
    forgetSecret: (ref) => {
      secrets.forget(keyOf(ref));
    },
    fingerprint: (bot) => informers.map(({ store }) => store.versionsOf(indexOfBot(bot))).join('|'),

    ask: async (bot, signal) => {
      const there = componentsOf(bot);
      const isAsked = there.has('risk') || there.has('execution');
      const secret = isAsked ? await token(bot, signal) : undefined;
      const answerOf = (component: Controlled): Promise<ControlAnswer> => {
        if (!there.has(component)) return Promise.resolve(NOT_ASKED);
        if (secret === undefined) {
          return Promise.resolve({
            ok: false,
            why: `the Secret with the ${SECRET_FILES.controlToken} is not there`,
          });
        }
        return askOne(bot, component, secret, signal);
      };
      const [risk, execution] = await Promise.all([answerOf('risk'), answerOf('execution')]);
      return { risk, execution };
    },

    observe: async (bot, answers, signal) => {
      const cached = readCaches(informers, bot);
      const parsed = parseTradingBot(withoutServerFields(bot));
      const status = (bot['status'] ?? {}) as TradingBotStatus;
      const partial = { ...cached, bot, parsed, status, answers, now: clock.now() };
      const made = lacksFinalizer(bot) ? NOT_YET : synthesis(bot, partial, synthesisFlags(partial));
      const live = isLive(parsed);
      const namespace = await lookAtNamespace({ bot, pods: partial.pods, live }, (name) =>
        namespaceOf(name, signal),
      );
      const names = secretNames(parsed, made);
      return {
        ...partial,
        synthesis: made,
        secrets: await facts(bot, names, signal),
        account: parsed.ok
          ? await deps.accounts.look(parsed.value, uidOf(bot), signal)
          : { kind: 'not-needed' },
        liveAllowed: live ? namespace?.allowsLive : undefined,
        namespaceEnds: namespace?.ends ?? false,
        overridesAllowed: deps.overridesAllowed,
        warnings: await findWarnings(stuckObjects(partial, deps.patience), signal),
      };
    },
  };
}
