/**
 * Keeps a store equal to what the API server holds of one resource type: list, then watch from there, for ever. Whatever
 * fails is tried again after a jittered wait (or the wait the server asks for); only the signal ends it. Lists come in pages,
 * each taken over before the next is asked for: a whole list of thousands of objects would be several times the cache.
 *
 * ```
 *            ┌────────── 410, or a list older than what was seen ─────────┐
 *            ▼                                                            │
 *   list (a quorum read, in pages) ─────────────────────────────────────▶ watch ─┐
 *                                                                         ▲     │ end, reset, silence, 429, 5XX
 *                                                                         └wait◀┘
 * ```
 */
import { type BackOffSettings, fullJitter } from './back-off.ts';
import type { KubeClient, ObjectList } from './client.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import { describeError, hasCode, KubeError } from './errors.ts';
import type { Logger } from './logger.ts';
import { keyOf, type ResourceType } from './resource.ts';
import { compareVersions, type Store } from './store.ts';

export interface ReflectorSettings {
  readonly type: ResourceType;
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ReflectorTimes {
  readonly backOff: BackOffSettings;
  /** A watch is asked to end by itself after a random time between these, seconds. */
  readonly watchSeconds: readonly [number, number];
  /** Longest silence of a watch, ms; the server sends a bookmark about every minute. */
  readonly silence: number;
  readonly pageSize: number;
}

export const REFLECTOR_TIMES: ReflectorTimes = {
  backOff: { first: 500, most: 30_000 },
  watchSeconds: [300, 600],
  silence: 150_000,
  pageSize: 250,
};

export interface ReflectorEvents {
  /** The server answered, with a list, an event or a bookmark. */
  contact(): void;
  listed(): void;
  watchEnded(reason: 'closed' | 'gone' | 'error'): void;
}

export interface ReflectorDeps {
  readonly client: KubeClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: ReflectorEvents;
  readonly times?: ReflectorTimes;
}

export interface Reflector {
  /** Whether a whole list was taken over. */
  synced(): boolean;
  /** Runs until the signal aborts. Never throws. */
  run(signal: AbortSignal): Promise<void>;
}

/** A watch that ends this soon, without an event, counts as a failure: its server closes every watch at once. */
const SHORT_WATCH = 1_000;

export function makeReflector(settings: ReflectorSettings, deps: ReflectorDeps): Reflector {
  return new ListWatch(settings, deps);
}

class ListWatch implements Reflector {
  readonly #settings: ReflectorSettings;
  readonly #deps: ReflectorDeps;
  readonly #times: ReflectorTimes;
  readonly #log: Logger;
  #synced = false;
  #failures = 0;
  /** Where to watch from; undefined: list first. */
  #version: string | undefined;
  /** The newest version ever seen; undefined: none is believed, the next list is. */
  #newest: string | undefined;
  /**
   * The last watch brought nothing in all its time, not even a bookmark. So does one from a version that the server has
   * not reached: a list has lied, or the server was restored from a backup. What it lists now counts, however old it looks.
   */
  #isMute = false;

  constructor(settings: ReflectorSettings, deps: ReflectorDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#times = deps.times ?? REFLECTOR_TIMES;
    this.#log = deps.log.child({ kind: settings.type.kind, watchedNamespace: settings.namespace ?? '*' });
  }

  synced(): boolean {
    return this.#synced;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = await this.#turn(signal);
      if (wait > 0) await sleep(this.#deps.clock, wait, signal);
    }
  }

  /** One list or one watch. Returns how long to wait before the next, ms. */
  async #turn(signal: AbortSignal): Promise<number> {
    if (this.#isMute) this.#version = this.#newest = undefined;
    this.#isMute = false;
    try {
      if (this.#version === undefined) {
        this.#version = await this.#list(signal);
        this.#failures = 0;
        return 0;
      }
      const lively = await this.#watch(this.#version, signal);
      this.#deps.events.watchEnded('closed');
      if (lively) {
        this.#failures = 0;
        return 0;
      }
      this.#failures += 1;
      return fullJitter(this.#times.backOff, this.#failures, this.#deps.random);
    } catch (error) {
      return signal.aborted ? 0 : this.#afterFailure(error);
    }
  }

  #afterFailure(error: unknown): number {
    const watching = this.#version !== undefined;
    this.#isMute &&= hasCode(error, 'TIMEOUT');
    if (hasCode(error, 'GONE')) {
      if (watching) this.#deps.events.watchEnded('gone');
      this.#version = undefined;
    } else if (watching) {
      this.#deps.events.watchEnded('error');
    }
    this.#failures += 1;
    const jittered = fullJitter(this.#times.backOff, this.#failures, this.#deps.random);
    const asked = error instanceof KubeError ? (error.retryAfter ?? 0) : 0;
    const wait = Math.max(asked, jittered);
    const fields = { error: describeError(error), failures: this.#failures, waitMs: Math.round(wait) };
    if (error instanceof KubeError) this.#log.warn(fields, watching ? 'watch failed' : 'list failed');
    else this.#log.error(fields, 'the reflector met a defect; it goes on');
    return wait;
  }

  /** A 410 between two pages throws: then it starts again from the first. */
  async #list(signal: AbortSignal): Promise<string> {
    const { store, events } = this.#deps;
    const present = new Set<string>();
    let page = await this.#page(undefined, signal);
    const { resourceVersion } = page;
    this.#refuseOlder(resourceVersion);
    // Objects of a restored server have older versions than those known.
    const anew = this.#newest === undefined;
    for (;;) {
      for (const item of page.items) {
        present.add(keyOf(item.metadata));
        if (anew) store.putBack(item);
        else store.put(item);
      }
      if (page.continue === undefined) break;
      page = await this.#page(page.continue, signal);
    }
    store.keepOnly(present, anew ? undefined : resourceVersion, this.#settings.namespace);
    this.#saw(resourceVersion);
    this.#synced = true;
    events.listed();
    return resourceVersion;
  }

  async #page(next: string | undefined, signal: AbortSignal): Promise<ObjectList> {
    const { type, ...scope } = this.#settings;
    const limit = this.#times.pageSize;
    const page = await this.#deps.client.list(type, {
      ...scope,
      limit,
      signal,
      ...(next === undefined ? {} : { continue: next }),
    });
    this.#deps.events.contact();
    return page;
  }

  #refuseOlder(version: string): void {
    const order = this.#newest === undefined ? 0 : compareVersions(version, this.#newest);
    if (order === undefined || order >= 0) return;
    throw new KubeError(
      'SERVER_ERROR',
      `list ${this.#settings.type.kind}: was of version ${version}, older than ${this.#newest ?? ''} seen before`,
    );
  }

  /** Returns whether the watch was of use: it brought something, or lasted. */
  async #watch(from: string, signal: AbortSignal): Promise<boolean> {
    const { type, ...scope } = this.#settings;
    const { clock, random, client } = this.#deps;
    const [least, most] = this.#times.watchSeconds;
    const began = clock.monotonic();
    const events = client.watch(type, {
      ...scope,
      resourceVersion: from,
      timeoutSeconds: Math.round(least + random() * (most - least)),
      silence: this.#times.silence,
      signal,
    });
    this.#isMute = true;
    for await (const event of events) {
      this.#isMute = false;
      this.#failures = 0;
      if (event.type === 'BOOKMARK') {
        this.#saw(event.resourceVersion);
        continue;
      }
      const { metadata } = event.object;
      if (event.type === 'DELETED') this.#deps.store.remove(keyOf(metadata), metadata.resourceVersion);
      else this.#deps.store.put(event.object);
      this.#saw(metadata.resourceVersion ?? from);
    }
    const lasted = clock.monotonic() - began >= SHORT_WATCH;
    const brought = !this.#isMute;
    this.#isMute = lasted && !brought;
    return brought || lasted;
  }

  #saw(version: string): void {
    if (this.#version !== undefined) this.#version = version;
    const order = this.#newest === undefined ? 1 : compareVersions(version, this.#newest);
    if (order === undefined || order > 0) this.#newest = version;
    this.#deps.events.contact();
  }
}
