/**
 * What a function reads of a value, found by handing it a watched copy: where every reading has the same result, the function
 * has the same result, whatever else differs.
 */

/** Where something was read, and what was there: a scalar, or what kind of thing; of `keys`, the names there are. */
interface Reading {
  readonly path: readonly string[];
  readonly what: 'value' | 'keys';
  readonly result: unknown;
}

export interface Watched<Value> {
  /** Reads as the value it is of. Not to be changed. */
  readonly copy: Value;
  /** Whether another value reads the same at every place that was read so far. */
  readonly reads: (other: unknown) => boolean;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Scalars are told apart by themselves, lists and maps only from each other. */
const resultOf = (value: unknown): unknown =>
  isObject(value) ? (Array.isArray(value) ? Array : Object) : value;
const keysOf = (value: unknown): string => (isObject(value) ? JSON.stringify(Object.keys(value)) : '');

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? Reflect.get(inner, name) : undefined),
    value,
  );

function holdsFor(other: unknown, { path, what, result }: Reading): boolean {
  const found = at(other, path);
  return Object.is(what === 'keys' ? keysOf(found) : resultOf(found), result);
}

/** Of plain data: maps, lists and scalars. */
export function watch<Value extends object>(value: Value): Watched<Value> {
  const readings = new Map<string, Reading>();
  const note = (reading: Reading): void => {
    readings.set(JSON.stringify([reading.what, ...reading.path]), reading);
  };

  function around<Inner extends object>(inner: Inner, path: readonly string[]): Inner {
    return new Proxy(inner, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        // What every object has, such as the methods of a list, says nothing of this one.
        if (typeof name === 'symbol' || (!Object.hasOwn(target, name) && name in target)) return found;
        const place = [...path, name];
        note({ path: place, what: 'value', result: resultOf(found) });
        return isObject(found) ? around(found, place) : found;
      },
      has: (target, name) => {
        note({ path, what: 'keys', result: keysOf(target) });
        return Reflect.has(target, name);
      },
      ownKeys: (target) => {
        note({ path, what: 'keys', result: keysOf(target) });
        return Reflect.ownKeys(target);
      },
    });
  }

  return {
    // A copy of its own: a proxy of what is frozen could not hand out proxies of what is inside.
    copy: around(structuredClone(value), []),
    reads: (other) => [...readings.values()].every((reading) => holdsFor(other, reading)),
  };
}
