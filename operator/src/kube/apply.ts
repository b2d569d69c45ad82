/**
 * Makes objects of an owner what they should be: server-side apply where something differs, nothing where nothing does,
 * deletion of what the owner no longer wants. Ownership is a label with the owner's UID; an object without it is never
 * touched, whatever its name.
 */
import { hash } from 'node:crypto';
import type { KubeClient } from './client.ts';
import { firstDifference, isMap } from './covers.ts';
import { digestText } from './digest.ts';
import { hasCode, KubeError } from './errors.ts';
import { foreignParts } from './foreign.ts';
import { keyOf, type KubeObject, type ResourceType } from './resource.ts';

export interface ApplySettings {
  /** The field manager; the same for ever, since fields of an older name would stay owned by it. */
  readonly manager: string;
  /** Label that carries the owner's UID. */
  readonly ownerLabel: string;
  /** Annotation that carries the hash of what was applied. */
  readonly hashAnnotation: string;
}

export type Applied = 'unchanged' | 'created' | 'configured';

export interface ApplyOutcome {
  readonly applied: Applied;
  readonly object: KubeObject;
  /** Where the live object differed; empty when only the desire had changed. */
  readonly difference: string;
  /** Foreign parts of a pod template that were removed. */
  readonly removed: readonly string[];
}

/** Longer texts go into a hash as their digests: to write a large file as JSON takes longer than to hash it. */
const LONG = 1_024;

/** What JSON escapes, or may. Nearly no text of an object has any of it, and quotes are all it needs then. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;
const quoted = (text: string): string => (ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`);

/** JSON with sorted keys. By hand: a replacer of JSON.stringify takes three times as long, and this runs for every object. */
function canonical(value: unknown): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return quoted(digestText(value, LONG));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value);
  let text = '';
  for (const name of Object.keys(value).toSorted()) {
    if (value[name] === undefined) continue;
    text += `${text === '' ? '' : ','}${quoted(name)}:${canonical(value[name])}`;
  }
  return `{${text}}`;
}

/** 16 hex digits over an object, the same for equal objects. */
export const hashOf = (object: unknown): string => hash('sha256', canonical(object), 'hex').slice(0, 16);

/** The desired object with the hash of itself; the same when it carries it already. */
export function withHash(object: KubeObject, annotation: string): KubeObject {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => name !== annotation);
  const bare = { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(others) } };
  const annotations = { ...bare.metadata.annotations, [annotation]: hashOf(bare) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export const isOwned = (object: KubeObject, label: string, uid: string): boolean =>
  object.metadata.labels?.[label] === uid;

export interface Difference {
  /** Whether anything has to be written. */
  readonly differs: boolean;
  /** Where the live object was changed by somebody else; empty when only the desire has changed. */
  readonly drift: string;
  readonly foreign: readonly string[];
}

/** What separates a live object from the desired one (which carries its hash). Pure. */
export function compareObject(live: KubeObject, desired: KubeObject, annotation: string): Difference {
  const wanted = desired.metadata.annotations?.[annotation];
  const sameDesire = live.metadata.annotations?.[annotation] === wanted;
  const foreign = foreignParts(live, desired);
  const drift = sameDesire ? (firstDifference(live, desired) ?? '') : '';
  return { differs: !sameDesire || drift !== '' || foreign.length > 0, drift, foreign };
}

export interface Applier {
  /**
   * `live` is what the cache holds. Returns what was done.
   * @throws KubeError; `FOREIGN_OBJECT` when an object of that name is there that is not the owner's
   */
  apply(task: {
    readonly type: ResourceType;
    readonly desired: KubeObject;
    readonly live: KubeObject | undefined;
    readonly ownerUid: string;
    readonly signal: AbortSignal;
  }): Promise<ApplyOutcome>;
}

export function makeApplier(client: KubeClient, settings: ApplySettings): Applier {
  const { manager, ownerLabel, hashAnnotation } = settings;

  /** The object as the server has it; undefined when it is not there. Foreign objects are an error. */
  async function find(
    type: ResourceType,
    desired: KubeObject,
    uid: string,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    try {
      const found = await client.get(type, desired.metadata, { signal });
      if (isOwned(found, ownerLabel, uid)) return found;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
    throw new KubeError(
      'FOREIGN_OBJECT',
      `${type.kind} ${keyOf(desired.metadata)} exists and does not belong to this object; rename or remove it`,
    );
  }

  return {
    apply: async ({ type, desired: bare, live: cached, ownerUid, signal }) => {
      const desired = withHash(bare, hashAnnotation);
      const live = cached ?? (await find(type, desired, ownerUid, signal));
      if (live === undefined) {
        // Not forced: an object that somebody made since the look above keeps its fields, and we fail.
        const object = await client.apply(type, desired, { manager, force: false, signal });
        return { applied: 'created', object, difference: '', removed: [] };
      }
      const { differs, drift, foreign } = compareObject(live, desired, hashAnnotation);
      if (!differs) return { applied: 'unchanged', object: live, difference: '', removed: [] };
      // The UID makes the server refuse when the object was replaced by another of the same name.
      const pinned = { ...desired, metadata: { ...desired.metadata, uid: live.metadata.uid ?? '' } };
      let object = await applyPinned(client, type, { object: pinned, manager, signal });
      if (foreign.length > 0) {
        object = await restoreTemplate(client, type, { object, desired, manager, signal });
      }
      return { applied: 'configured', object, difference: drift, removed: foreign };
    },
  };
}

/** Apply over exactly the object that carries this UID. Another one in its place answers 422 about the UID. */
async function applyPinned(
  client: KubeClient,
  type: ResourceType,
  task: { readonly object: KubeObject; readonly manager: string; readonly signal: AbortSignal },
): Promise<KubeObject> {
  const { object, manager, signal } = task;
  try {
    return await client.apply(type, object, { manager, force: true, signal });
  } catch (error) {
    if (!hasCode(error, 'INVALID') || !error.message.includes('metadata.uid')) throw error;
    throw new KubeError('CONFLICT', `${type.kind} ${keyOf(object.metadata)} was replaced meanwhile`, {
      cause: error,
    });
  }
}

/** Server-side apply leaves what others added to a template; this replaces the template as a whole. */
function restoreTemplate(
  client: KubeClient,
  type: ResourceType,
  task: {
    readonly object: KubeObject;
    readonly desired: KubeObject;
    readonly manager: string;
    readonly signal: AbortSignal;
  },
): Promise<KubeObject> {
  const { object, desired, manager, signal } = task;
  const template = (desired['spec'] as { readonly template?: unknown }).template;
  return client.patch(
    type,
    object.metadata,
    [
      { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
      { op: 'replace', path: '/spec/template', value: template },
    ],
    { kind: 'json', manager, signal },
  );
}
