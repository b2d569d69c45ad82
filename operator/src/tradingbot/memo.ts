import type { Clock } from '../kube/clock.ts';

/** Answers that stay good for a while, by key. Failures are not kept. */
export interface Memo<Value> {
  get(key: string, ask: () => Promise<Value>): Promise<Value>;
  /** It came to be known in another way. */
  set(key: string, value: Value): void;
  forget(key: string): void;
}

export function makeMemo<Value>(clock: Clock, age: number): Memo<Value> {
  const known = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get: async (key, ask) => {
      const now = clock.monotonic();
      const entry = known.get(key);
      if (entry !== undefined && now < entry.until) return entry.value;
      known.delete(key);
      const value = await ask();
      known.set(key, { value, until: now + age });
      return value;
    },
    set: (key, value) => {
      known.set(key, { value, until: clock.monotonic() + age });
    },
    forget: (key) => {
      known.delete(key);
    },
  };
}
