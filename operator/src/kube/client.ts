/**
 * The Kubernetes API as the runtime uses it: raw JSON in and out, since generated models drop the fields they do not know.
 */
import { errorOf, KubeError } from './errors.ts';
import {
  apiVersionOf,
  keyOf,
  type KubeObject,
  type ObjectRef,
  pathOf,
  type ResourceType,
} from './resource.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

export interface ListOptions {
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  /** `0`: whatever the watch cache holds. Left out: a quorum read. */
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ObjectList {
  readonly resourceVersion: string;
  readonly continue: string | undefined;
  readonly items: readonly KubeObject[];
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  /** After which the server ends the watch by itself. */
  readonly timeoutSeconds: number;
  /** Longest silence before the connection counts as dead, ms. */
  readonly silence: number;
  readonly signal?: AbortSignal;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly dryRun?: boolean;
  readonly subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  readonly manager: string;
  /** Take fields from other managers; only over an object known to be ours. */
  readonly force: boolean;
}

export interface DeleteOptions extends WriteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Only if it is still this very object. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number;
}

export interface PatchOptions extends WriteOptions {
  readonly kind: 'merge' | 'json';
  readonly manager?: string;
}

/** All methods throw `KubeError`. */
export interface KubeClient {
  /** A quorum read: the object as the API server knows it now. */
  get(type: ResourceType, ref: ObjectRef, options?: WriteOptions): Promise<KubeObject>;
  /** The same without spec, status or data: nothing secret enters this process. */
  getMetadata(type: ResourceType, ref: ObjectRef, options?: WriteOptions): Promise<KubeObject>;
  list(type: ResourceType, options: ListOptions): Promise<ObjectList>;
  /** Throws at the end of the stream only when the connection broke; `GONE` also inside the stream. */
  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent>;
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Only if the resource version of `object` is the current one. */
  replace(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(type: ResourceType, ref: ObjectRef, body: unknown, options: PatchOptions): Promise<KubeObject>;
  /** Server-side apply with `fieldValidation=Strict`. */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  delete(type: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
}

const isSecret = (type: ResourceType): boolean => type.group === '' && type.kind === 'Secret';

const placeOf = (type: ResourceType, ref: ObjectRef, subresource?: string): string =>
  pathOf(type, {
    name: ref.name,
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    ...(subresource === undefined ? {} : { subresource }),
  });

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

export function makeClient(transport: Transport): KubeClient {
  /** Send and read, or throw the error of a refusal. */
  async function send(type: ResourceType, what: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await transport.request(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw errorOf(answer, `${what} ${type.kind}`, isSecret(type));
  }

  async function one(type: ResourceType, what: string, request: HttpRequest): Promise<KubeObject> {
    const { body } = await send(type, what, request);
    return parseObject(body, what) as KubeObject;
  }

  return {
    get: (type, ref, options = {}) =>
      one(type, `get ${keyOf(ref)}`, {
        method: 'GET',
        path: placeOf(type, ref, options.subresource),
        signal: options.signal,
      }),

    getMetadata: (type, ref, options = {}) =>
      one(type, `get metadata of ${keyOf(ref)}`, {
        method: 'GET',
        path: placeOf(type, ref),
        headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
        signal: options.signal,
      }),

    list: async (type, { signal, namespace, ...query }) => {
      const path = pathOf(type, namespace === undefined ? {} : { namespace });
      const { body } = await send(type, 'list', { method: 'GET', path, query, signal, timeout: 60_000 });
      const list = parseObject(body, `list ${type.kind}`) as RawList;
      return {
        resourceVersion: list.metadata.resourceVersion ?? '',
        continue: list.metadata.continue === '' ? undefined : list.metadata.continue,
        // Items of a list carry neither, unlike objects everywhere else.
        items: (list.items ?? []).map((item) => ({
          ...item,
          apiVersion: apiVersionOf(type),
          kind: type.kind,
        })),
      };
    },

    watch: (type, options) => watchEvents(transport, type, options),

    create: (type, object, options = {}) =>
      one(type, `create ${keyOf(object.metadata)}`, {
        method: 'POST',
        path: pathOf(
          type,
          object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace },
        ),
        query: { fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
        body: JSON.stringify(object),
        signal: options.signal,
      }),

    replace: (type, object, options = {}) =>
      one(type, `update ${keyOf(object.metadata)}`, {
        method: 'PUT',
        path: placeOf(type, object.metadata, options.subresource),
        query: { fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
        body: JSON.stringify(object),
        signal: options.signal,
      }),

    patch: (type, ref, body, options) =>
      one(type, `patch ${keyOf(ref)}`, {
        method: 'PATCH',
        path: placeOf(type, ref, options.subresource),
        query: {
          fieldValidation: 'Strict',
          fieldManager: options.manager,
          dryRun: options.dryRun ? 'All' : undefined,
        },
        contentType: PATCH_TYPES[options.kind],
        body: JSON.stringify(body),
        signal: options.signal,
      }),

    apply: (type, object, options) =>
      one(type, `apply ${keyOf(object.metadata)}`, {
        method: 'PATCH',
        path: placeOf(type, object.metadata, options.subresource),
        query: {
          fieldManager: options.manager,
          force: options.force,
          fieldValidation: 'Strict',
          dryRun: options.dryRun ? 'All' : undefined,
        },
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify(object),
        signal: options.signal,
      }),

    delete: async (type, ref, options = {}) => {
      const { uid, resourceVersion, propagation = 'Background', gracePeriodSeconds } = options;
      await send(type, `delete ${keyOf(ref)}`, {
        method: 'DELETE',
        path: placeOf(type, ref),
        query: { dryRun: options.dryRun ? 'All' : undefined },
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: propagation,
          ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
          preconditions: {
            ...(uid === undefined ? {} : { uid }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          },
        }),
        signal: options.signal,
      });
    },
  };
}

interface RawList {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

/** An answer that is no JSON, such as that of a proxy on the way, is a fault of the server: worth another try. */
function parseObject(body: string, what: string): object {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'metadata' in parsed) return parsed;
  } catch {
    // Said below, with the same words.
  }
  throw new KubeError('SERVER_ERROR', `${what}: the answer is no Kubernetes object`);
}

interface RawEvent {
  readonly type: string;
  readonly object: KubeObject & { readonly code?: number };
}

async function* watchEvents(
  transport: Transport,
  type: ResourceType,
  { namespace, signal, silence, ...query }: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const what = `watch ${type.kind}`;
  const stream = await transport.stream({
    method: 'GET',
    path: pathOf(type, namespace === undefined ? {} : { namespace }),
    query: { ...query, watch: true, allowWatchBookmarks: true },
    timeout: silence,
    signal,
  });
  try {
    if (stream.status !== 200) {
      const lines: string[] = [];
      for await (const line of stream.lines) lines.push(line);
      throw errorOf(
        { status: stream.status, retryAfter: stream.retryAfter, body: lines.join('') },
        what,
        false,
      );
    }
    for await (const line of stream.lines) yield readEvent(line, what);
  } finally {
    stream.close();
  }
}

function readEvent(line: string, what: string): WatchEvent {
  const event = parseLine(line, what);
  if (event.type === 'ERROR') {
    const status = event.object.code ?? 500;
    throw errorOf({ status, retryAfter: undefined, body: JSON.stringify(event.object) }, what, false);
  }
  if (event.type === 'BOOKMARK') {
    return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' };
  }
  if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') {
    return { type: event.type, object: event.object };
  }
  throw new KubeError('SERVER_ERROR', `${what}: an event of unknown type`);
}

function parseLine(line: string, what: string): RawEvent {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null && 'type' in parsed && 'object' in parsed) {
      return parsed as RawEvent;
    }
  } catch {
    // Said below, with the same words.
  }
  throw new KubeError('SERVER_ERROR', `${what}: a line that is no event`);
}
