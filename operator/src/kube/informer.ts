/** A cache of one resource type in one or several namespaces: a store, kept by one reflector a namespace. */
import type { KubeClient } from './client.ts';
import type { Clock, Random } from './clock.ts';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { RuntimeMetrics } from './metrics.ts';
import { makeReflector, type ReflectorTimes } from './reflector.ts';
import type { ResourceType } from './resource.ts';
import { type IndexOf, Store, type Trim } from './store.ts';

export interface InformerSettings {
  readonly type: ResourceType;
  /** Undefined: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  readonly labelSelector?: string;
  readonly trim?: Trim;
  readonly indexOf?: IndexOf;
}

export interface Informer {
  readonly type: ResourceType;
  readonly store: Store;
  /** Whether every namespace was listed. */
  synced(): boolean;
  /** When the API server last answered a list or watch, on the monotonic clock; undefined when it never did. */
  lastContact(): number | undefined;
  run(signal: AbortSignal): Promise<void>;
}

export interface InformerDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  readonly times?: ReflectorTimes;
}

export function makeInformer(settings: InformerSettings, deps: InformerDeps): Informer {
  const { type, namespaces, labelSelector } = settings;
  const { metrics, clock, log } = deps;
  let contact: number | undefined;
  const store = new Store({
    ...(settings.trim ? { trim: settings.trim } : {}),
    ...(settings.indexOf ? { indexOf: settings.indexOf } : {}),
    onHandlerError: (error) => {
      metrics.handlerError(type.kind);
      log.error({ kind: type.kind, error: describeError(error) }, 'a change handler threw');
    },
  });
  const events = {
    contact: () => {
      contact = clock.monotonic();
      metrics.contact(type.kind);
    },
    listed: () => {
      metrics.listed(type.kind);
    },
    watchEnded: (reason: 'closed' | 'gone' | 'error') => {
      metrics.watchEnded(type.kind, reason);
    },
  };
  const scopes: readonly { readonly namespace?: string }[] =
    namespaces === undefined ? [{}] : namespaces.map((namespace) => ({ namespace }));
  const reflectors = scopes.map((scope) =>
    makeReflector(
      { type, ...scope, ...(labelSelector === undefined ? {} : { labelSelector }) },
      { ...deps, store, events },
    ),
  );
  return {
    type,
    store,
    synced: () => reflectors.every((reflector) => reflector.synced()),
    lastContact: () => contact,
    run: async (signal) => {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
    },
  };
}
