/**
 * Kubernetes events (events.k8s.io/v1) for people. The same event again within a few minutes raises the count of a series
 * instead of making another; too many about one object are dropped and counted. Nothing here ever fails a reconcile.
 */
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import { describeError } from './errors.ts';
import { microTime } from './lease.ts';
import type { Logger } from './logger.ts';
import type { RuntimeMetrics } from './metrics.ts';
import { hashOf } from './apply.ts';
import { keyOf, type KubeObject, type ResourceType } from './resource.ts';

const EVENT: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export interface EventWords {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from a fixed list. */
  readonly reason: string;
  /** What was done or tried, CamelCase. */
  readonly action: string;
  /** For people; at most 1,024 characters are sent. */
  readonly note: string;
}

export interface EventRecorder {
  /** Record, without waiting. */
  record(regarding: KubeObject, words: EventWords): void;
  /** Wait until everything recorded so far was sent or given up. */
  flush(): Promise<void>;
}

interface Series {
  readonly name: string;
  count: number;
  last: number;
}
interface Bucket {
  tokens: number;
  filled: number;
}

/** Repeats within this time belong to one series, ms (client-go's value). */
const SERIES_AGE = 6 * 60_000;
/** Of one object: this many at once, then one each 5 minutes (client-go's values). */
const BURST = 25;
const REFILL = 5 * 60_000;
/** Waiting to be sent, over all objects. */
const MOST_WAITING = 1_000;
const LONGEST_NOTE = 1_024;

export function makeEventRecorder(deps: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly metrics: RuntimeMetrics;
  readonly log: Logger;
  /** Who reports, e.g. `example.dev/operator`, and which instance of it. */
  readonly controller: string;
  readonly instance: string;
}): EventRecorder {
  const { client, clock, metrics, log } = deps;
  const series = new Map<string, Series>();
  const buckets = new Map<string, Bucket>();
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();

  function mayRecord(uid: string, now: number): boolean {
    const bucket = buckets.get(uid) ?? { tokens: BURST, filled: now };
    const refilled = Math.floor((now - bucket.filled) / REFILL);
    if (refilled > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refilled);
      bucket.filled += refilled * REFILL;
    }
    buckets.set(uid, bucket);
    if (bucket.tokens <= 0) return false;
    bucket.tokens -= 1;
    return true;
  }

  function forgetOld(now: number): void {
    for (const [key, { last }] of series) if (now - last > SERIES_AGE) series.delete(key);
    for (const [uid, { filled }] of buckets) if (now - filled > BURST * REFILL) buckets.delete(uid);
  }

  async function send(regarding: KubeObject, words: EventWords, known: Series | undefined): Promise<Series> {
    const namespace = regarding.metadata.namespace ?? 'default';
    const now = microTime(clock.now());
    if (known !== undefined) {
      known.count += 1;
      const body = { series: { count: known.count, lastObservedTime: now } };
      await client.patch(EVENT, { namespace, name: known.name }, body, { kind: 'merge' });
      return known;
    }
    const { metadata } = regarding;
    const name = `${metadata.name}.${hashOf([metadata.uid, words, now])}`;
    await client.create(EVENT, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: now,
      reportingController: deps.controller,
      reportingInstance: deps.instance.slice(0, 128),
      ...words,
      note: words.note.slice(0, LONGEST_NOTE),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name: metadata.name,
        namespace,
        uid: metadata.uid,
      },
    });
    return { name, count: 1, last: clock.monotonic() };
  }

  async function deliver(regarding: KubeObject, words: EventWords): Promise<void> {
    const key = `${regarding.metadata.uid ?? ''}/${hashOf(words)}`;
    const now = clock.monotonic();
    forgetOld(now);
    try {
      const made = await send(regarding, words, series.get(key));
      made.last = now;
      series.set(key, made);
      metrics.event('sent');
    } catch (error) {
      series.delete(key);
      metrics.event('failed');
      log.debug(
        { object: keyOf(regarding.metadata), error: describeError(error) },
        'an event was not recorded',
      );
    }
  }

  return {
    record: (regarding, words) => {
      if (waiting >= MOST_WAITING || !mayRecord(regarding.metadata.uid ?? '', clock.monotonic())) {
        metrics.event('dropped');
        return;
      }
      waiting += 1;
      tail = tail
        .then(() => deliver(regarding, words))
        .finally(() => {
          waiting -= 1;
        });
    },
    flush: () => tail,
  };
}
