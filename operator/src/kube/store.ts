/**
 * The cache of one resource type. Objects are kept as JSON text without managedFields and parsed when read: a fraction of
 * the memory of parsed objects, since texts that are alike are kept once, and no reader can change what another one sees.
 */
import { keyOf, type KubeObject, refOf } from './resource.ts';
import { type PackedText, TextPool } from './text-pool.ts';

export interface Change {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly key: string;
  /** The object as it is, or as it was last when it was deleted. */
  readonly object: KubeObject;
  /** As it was before, of an update. */
  readonly previous: KubeObject | undefined;
}

export type ChangeHandler = (change: Change) => void;
/** Under which names an object is found besides its key. */
export type IndexOf = (object: KubeObject) => readonly string[];
/** What of an object is worth keeping. */
export type Trim = (object: KubeObject) => KubeObject;

interface Entry {
  readonly namespace: string;
  readonly resourceVersion: string;
  readonly uid: string | undefined;
  readonly text: PackedText;
  readonly indexes: readonly string[];
}

/** What occurs all over an object: the name of what it belongs to, or its own. */
const wordOf = (key: string, indexes: readonly string[]): string => refOf(indexes[0] ?? key).name;

/** The keys of the objects that are found under a name. */
interface Index {
  readonly name: string;
  readonly keys: Set<string>;
}

/** managedFields is often larger than the rest of the object, and nobody here reads it. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object;
  const metadata = { ...object.metadata };
  delete (metadata as { managedFields?: unknown }).managedFields;
  return { ...object, metadata };
}

/** Resource versions are decimal numbers that grow; anything else compares as unknown (`undefined`). */
export function compareVersions(a: string, b: string): number | undefined {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return undefined;
  const difference = BigInt(a) - BigInt(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

const REMEMBERED_GONE = 1_000;

const isOlder = (version: string, than: string): boolean => {
  const order = compareVersions(version, than);
  return order !== undefined && order < 0;
};

export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #texts = new TextPool();
  readonly #index = new Map<string, Index>();
  readonly #handlers: ChangeHandler[] = [];
  /** The version at which objects, by UID, were gone (or no longer selected) last. */
  readonly #gone = new Map<string, string>();
  readonly #trim: Trim;
  readonly #indexOf: IndexOf;
  readonly #onHandlerError: (error: unknown) => void;

  constructor(settings: {
    readonly trim?: Trim;
    readonly indexOf?: IndexOf;
    /** A handler that throws is a defect; it must not end the watch. */
    readonly onHandlerError: (error: unknown) => void;
  }) {
    this.#trim = settings.trim ?? ((object) => object);
    this.#indexOf = settings.indexOf ?? (() => []);
    this.#onHandlerError = settings.onHandlerError;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Handlers only compute keys and enqueue. */
  subscribe(handler: ChangeHandler): void {
    this.#handlers.push(handler);
  }

  get(key: string): KubeObject | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#parse(key, entry);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  *objects(): IterableIterator<KubeObject> {
    for (const [key, entry] of this.#entries) yield this.#parse(key, entry);
  }

  /** The objects of an index name, by key. */
  indexed(name: string): readonly KubeObject[] {
    const keys = this.#index.get(name)?.keys;
    if (keys === undefined) return [];
    return [...keys].toSorted().flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry ? [this.#parse(key, entry)] : [];
    });
  }

  /** Changes with any object of an index name; cheap, since nothing is parsed. */
  versionsOf(name: string): string {
    const keys = this.#index.get(name)?.keys ?? [];
    return [...keys].map((key) => `${key}@${this.#entries.get(key)?.resourceVersion ?? ''}`).join(' ');
  }

  /** Take over one object. An older version than the one known is left out: events can arrive twice. */
  put(object: KubeObject): void {
    const key = keyOf(object.metadata);
    const before = this.#entries.get(key);
    const same = before?.uid === object.metadata.uid ? before : undefined;
    if (this.#knowsBetter(object, same)) return;
    if (!same) this.remove(key);
    const kept = this.#trim(withoutManagedFields(object));
    const entry = this.#entryOf(key, object, kept);
    if (same) this.#unindex(key, same);
    this.#entries.set(key, entry);
    for (const name of entry.indexes) this.#indexSet(name).add(key);
    this.#tell(() => ({
      type: same ? 'updated' : 'added',
      key,
      object: kept,
      previous: same && this.#parse(key, same),
    }));
    if (same) this.#texts.release(same.text);
  }

  #knowsBetter(
    { metadata: { uid = '', resourceVersion = '' } }: KubeObject,
    known: Entry | undefined,
  ): boolean {
    const gone = this.#gone.get(uid);
    if (gone !== undefined && !isOlder(gone, resourceVersion)) return true;
    if (known === undefined) return false;
    return known.resourceVersion === resourceVersion || isOlder(resourceVersion, known.resourceVersion);
  }

  #entryOf(key: string, { metadata }: KubeObject, kept: KubeObject): Entry {
    // One text for all objects of an index, not one for each.
    const indexes = this.#indexOf(kept).map((name) => this.#index.get(name)?.name ?? name);
    return {
      namespace: metadata.namespace ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      uid: metadata.uid,
      text: this.#texts.pack(JSON.stringify(kept), wordOf(key, indexes)),
      indexes,
    };
  }

  #parse(key: string, { text, indexes }: Entry): KubeObject {
    return JSON.parse(this.#texts.unpack(text, wordOf(key, indexes))) as KubeObject;
  }

  /** Forget an object. With a version, only if what is known is not newer: a late DELETED of an earlier life. */
  remove(key: string, version?: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (version !== undefined && isOlder(version, entry.resourceVersion)) return;
    if (version !== undefined) this.#bury(entry.uid, version);
    this.#entries.delete(key);
    this.#unindex(key, entry);
    this.#tell(() => ({ type: 'deleted', key, object: this.#parse(key, entry), previous: undefined }));
    this.#texts.release(entry.text);
  }

  /** The answer to a write of ours can arrive after the event that the object is gone: it must not come back by that. */
  #bury(uid: string | undefined, version: string): void {
    if (uid === undefined) return;
    this.#gone.set(uid, version);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > REMEMBERED_GONE && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** Take over one object although what is known of it is newer: the server itself went back, as after a restore. */
  putBack(object: KubeObject): void {
    const known = this.#entries.get(keyOf(object.metadata));
    if (known !== undefined && isOlder(object.metadata.resourceVersion ?? '', known.resourceVersion)) {
      this.remove(keyOf(object.metadata));
    }
    this.#gone.delete(object.metadata.uid ?? '');
    this.put(object);
  }

  /**
   * A list as of `version` has these keys and no others: what else was there then is gone. Newer entries stay, they are our
   * own writes since (with no version, none do); other namespaces stay when one is given.
   */
  keepOnly(present: ReadonlySet<string>, version: string | undefined, namespace?: string): void {
    for (const [key, entry] of [...this.#entries]) {
      const inScope = namespace === undefined || entry.namespace === namespace;
      const isNewer = version !== undefined && isOlder(version, entry.resourceVersion);
      if (inScope && !isNewer && !present.has(key)) this.remove(key);
    }
  }

  #indexSet(name: string): Set<string> {
    const known = this.#index.get(name);
    if (known !== undefined) return known.keys;
    const fresh = { name, keys: new Set<string>() };
    this.#index.set(name, fresh);
    return fresh.keys;
  }

  #unindex(key: string, entry: Entry): void {
    for (const name of entry.indexes) {
      const keys = this.#index.get(name)?.keys;
      keys?.delete(key);
      if (keys?.size === 0) this.#index.delete(name);
    }
  }

  #tell(describe: () => Change): void {
    if (this.#handlers.length === 0) return;
    const change = describe();
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#onHandlerError(error);
      }
    }
  }
}
