/**
 * Leader election on a `coordination.k8s.io` Lease, as client-go does it, with one difference: a standby watches the Lease
 * instead of polling it, so a released Lease is taken over at once.
 *
 * Others' clocks are never compared with ours: a Lease has expired when *we* saw it unchanged for its whole duration. That
 * makes election an optimisation and no fence: two processes may believe to lead for a moment, and everything the leader
 * does must stand that.
 */
import type { KubeClient } from './client.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import { describeError, hasCode, KubeError } from './errors.ts';
import type { Logger } from './logger.ts';
import { makeReflector, REFLECTOR_TIMES } from './reflector.ts';
import type { KubeObject, ObjectRef, ResourceType } from './resource.ts';
import { Store } from './store.ts';

export const LEASE: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface ElectionTimes {
  /** How long a Lease stands after its last renewal, ms. */
  readonly lease: number;
  /** How long the leader goes on without a successful renewal, ms; less than `lease`. */
  readonly renewDeadline: number;
  readonly retry: number;
}

/** client-go's defaults. */
export const ELECTION_TIMES: ElectionTimes = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

export interface Elector {
  /** Whether we may act as leader at this very moment. */
  holds(): boolean;
  /**
   * Wait for leadership, run `lead` with a signal that aborts when it is lost or `signal` aborts, and give the Lease back.
   * Resolves to how it ended; after `lost` the process should exit.
   */
  run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<'released' | 'lost'>;
}

export interface ElectorDeps {
  readonly client: KubeClient;
  readonly lease: ObjectRef & { readonly namespace: string };
  /** Unique to this process. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onChange: (leads: boolean) => void;
  readonly times?: ElectionTimes;
}

/** RFC 3339 with six digits, as the API server demands of a MicroTime; a Date has three. */
export const microTime = (now: number): string => new Date(now).toISOString().replace('Z', '000Z');

export function makeElector(deps: ElectorDeps): Elector {
  return new LeaseElector(deps);
}

interface Observed {
  readonly lease: KubeObject | undefined;
  /** When we saw it change, on the monotonic clock. */
  readonly at: number;
}

class LeaseElector implements Elector {
  readonly #deps: ElectorDeps;
  readonly #times: ElectionTimes;
  #observed: Observed | undefined;
  #wake: () => void = () => undefined;
  /** When the last successful renewal was *sent*. */
  #renewed: number | undefined;

  constructor(deps: ElectorDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? ELECTION_TIMES;
  }

  holds(): boolean {
    return (
      this.#renewed !== undefined && this.#deps.clock.monotonic() - this.#renewed < this.#times.renewDeadline
    );
  }

  async run(
    signal: AbortSignal,
    lead: (leading: AbortSignal) => Promise<void>,
  ): Promise<'released' | 'lost'> {
    const watching = new AbortController();
    const watch = this.#watch(AbortSignal.any([signal, watching.signal]));
    await this.#acquire(signal);
    watching.abort();
    await watch;
    if (signal.aborted) {
      await this.#release();
      return 'released';
    }
    const leading = new AbortController();
    const both = AbortSignal.any([signal, leading.signal]);
    this.#deps.onChange(true);
    this.#deps.log.info({ lease: this.#deps.lease.name, identity: this.#deps.identity }, 'leads');
    const work = lead(both).finally(() => {
      leading.abort();
    });
    const kept = await this.#renew(both);
    leading.abort();
    this.#deps.onChange(false);
    if (!kept) this.#deps.log.error({ lease: this.#deps.lease.name }, 'lost the lease; all work is aborted');
    await work;
    if (kept) await this.#release();
    return kept ? 'released' : 'lost';
  }

  /** Keep `#observed` current until the signal aborts. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, lease, clock, random, log } = this.#deps;
    const store = new Store({
      onHandlerError: (error) => {
        log.error({ error: describeError(error) }, 'a lease handler threw');
      },
    });
    store.subscribe(({ type, object }) => {
      this.#see(type === 'deleted' ? undefined : object);
    });
    const events = {
      contact: () => undefined,
      watchEnded: () => undefined,
      listed: () => {
        if (store.size === 0) this.#see(undefined);
      },
    };
    const reflector = makeReflector(
      { type: LEASE, namespace: lease.namespace, fieldSelector: `metadata.name=${lease.name}` },
      {
        client,
        store,
        clock,
        random,
        log,
        events,
        times: { ...REFLECTOR_TIMES, backOff: { first: 200, most: 2_000 } },
      },
    );
    await reflector.run(signal);
  }

  #see(lease: KubeObject | undefined): void {
    const before = this.#observed?.lease?.metadata.resourceVersion;
    if (this.#observed !== undefined && before === lease?.metadata.resourceVersion) return;
    this.#observed = { lease, at: this.#deps.clock.monotonic() };
    this.#wake();
  }

  /** Try whenever the Lease is free or has expired, until it is ours. */
  async #acquire(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    while (!signal.aborted) {
      const wait = this.#untilFree();
      if (wait <= 0 && (await this.#attempt(signal))) return;
      const pause = new AbortController();
      this.#wake = () => {
        pause.abort();
      };
      const delay = wait <= 0 ? this.#times.retry * (0.5 + random()) : wait;
      await sleep(clock, delay, AbortSignal.any([signal, pause.signal]));
    }
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#write(signal);
    } catch (error) {
      this.#deps.log.warn({ error: describeError(error) }, 'could not take the lease');
      return false;
    }
  }

  /** How long until the Lease may be taken, ms. */
  #untilFree(): number {
    if (this.#observed === undefined) return this.#times.retry;
    const spec = specOf(this.#observed.lease);
    const holder = spec.holderIdentity ?? '';
    if (holder === '' || holder === this.#deps.identity) return 0;
    const duration = (spec.leaseDurationSeconds ?? this.#times.lease / 1000) * 1000;
    return this.#observed.at + duration - this.#deps.clock.monotonic();
  }

  /** Write ourselves into the Lease; false when somebody else was faster. */
  async #write(signal: AbortSignal): Promise<boolean> {
    const { clock, identity, client } = this.#deps;
    const sent = clock.monotonic();
    const current = this.#observed?.lease;
    const old = specOf(current);
    const now = microTime(clock.now());
    const mine = old.holderIdentity === identity;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(this.#times.lease / 1000),
      acquireTime: mine ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (old.leaseTransitions ?? 0) + (mine || current === undefined ? 0 : 1),
    };
    try {
      const written = await this.#store(client, current, spec, signal);
      this.#observed = { lease: written, at: clock.monotonic() };
      this.#renewed = sent;
      return true;
    } catch (error) {
      if (hasCode(error, 'CONFLICT', 'ALREADY_EXISTS', 'NOT_FOUND')) return false;
      throw error;
    }
  }

  #store(
    client: KubeClient,
    current: KubeObject | undefined,
    spec: LeaseSpec,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const { name, namespace } = this.#deps.lease;
    if (current !== undefined) return client.replace(LEASE, { ...current, spec }, { signal });
    const metadata = { name, namespace };
    return client.create(
      LEASE,
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
      { signal },
    );
  }

  /** Renew until the signal aborts (true) or the Lease is lost (false). */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#deps;
    for (;;) {
      await sleep(clock, this.#times.retry, signal);
      if (signal.aborted) return true;
      if (!this.holds()) return false;
      try {
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#times.retry * 2)]);
        const kept = (await this.#write(deadline)) || (await this.#reload(deadline));
        if (!kept) return false;
      } catch (error) {
        log.warn({ error: describeError(error) }, 'could not renew the lease');
      }
    }
  }

  /** After a conflict: read the Lease. Still ours (somebody only touched it): the next renewal goes on from there. */
  async #reload(signal: AbortSignal): Promise<boolean> {
    try {
      const lease = await this.#deps.client.get(LEASE, this.#deps.lease, { signal });
      this.#observed = { lease, at: this.#deps.clock.monotonic() };
      return specOf(lease).holderIdentity === this.#deps.identity;
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
      this.#observed = { lease: undefined, at: this.#deps.clock.monotonic() };
      return true;
    }
  }

  /** Give the Lease back, so that a standby need not wait for it to expire. */
  async #release(): Promise<void> {
    const { log } = this.#deps;
    const signal = AbortSignal.timeout(this.#times.retry);
    this.#renewed = undefined;
    try {
      if (!(await this.#giveBack(this.#observed?.lease, signal))) {
        // A renewal that was cut short may have arrived: what we remember is then older than our own write.
        const lease = await this.#deps.client.get(LEASE, this.#deps.lease, { signal });
        await this.#giveBack(lease, signal);
      }
      log.info({ lease: this.#deps.lease.name }, 'released the lease');
    } catch (error) {
      log.warn({ error: describeError(error) }, 'could not release the lease; it will expire');
    }
  }

  /** False when the Lease is another one by now. One that is not ours is left alone. */
  async #giveBack(lease: KubeObject | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, identity, clock } = this.#deps;
    if (lease === undefined || specOf(lease).holderIdentity !== identity) return true;
    const now = microTime(clock.now());
    const spec: LeaseSpec = { ...specOf(lease), holderIdentity: '', leaseDurationSeconds: 1, renewTime: now };
    try {
      await client.replace(LEASE, { ...lease, spec }, { signal });
      return true;
    } catch (error) {
      if (hasCode(error, 'CONFLICT')) return false;
      throw error;
    }
  }
}

const specOf = (lease: KubeObject | undefined): LeaseSpec => lease?.['spec'] ?? {};

/** A client that refuses every write at a moment when the lease is not held: a process that woke from a freeze. */
export function fenced(client: KubeClient, holds: () => boolean): KubeClient {
  const guard = (): void => {
    if (!holds()) throw new KubeError('ABORTED', 'the lease is not held: nothing is written');
  };
  const checked = async <Result>(send: () => Promise<Result>): Promise<Result> => {
    guard();
    return send();
  };
  return {
    ...client,
    create: (...task) => checked(() => client.create(...task)),
    replace: (...task) => checked(() => client.replace(...task)),
    patch: (...task) => checked(() => client.patch(...task)),
    apply: (...task) => checked(() => client.apply(...task)),
    delete: (...task) => checked(() => client.delete(...task)),
  };
}
