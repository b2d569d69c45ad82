import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { type Elector, LEASE, type LeaseSpec, makeElector, microTime } from '../../src/kube/lease.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { connect, silentLog, until } from '../support/connect.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

let server: ApiServer;
let proxy: FaultProxy;
let connection: { client: KubeClient; close: () => void };
let direct: { client: KubeClient; close: () => void };
let name = 'lease-0';
let number = 0;

beforeAll(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy(server);
  connection = connect(server, { url: proxy.url });
  direct = connect(server);
});

afterAll(async () => {
  connection.close();
  direct.close();
  await proxy.close();
  await server.stop();
});

beforeEach(() => {
  proxy.heal();
  proxy.forget();
  number += 1;
  name = `lease-${number}`;
});

interface Candidate {
  readonly elector: Elector;
  readonly stop: AbortController;
  readonly end: Promise<'released' | 'lost'>;
  leads: boolean;
  aborted: boolean;
}

/** Short times: what is tested is the order of things. */
function candidate(identity: string, client: KubeClient = connection.client, lease = 2_000): Candidate {
  const stop = new AbortController();
  const elector = makeElector({
    client,
    lease: { namespace: 'default', name },
    identity,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    onChange: () => undefined,
    times: { lease, renewDeadline: (lease * 2) / 3, retry: lease / 10 },
  });
  const made: Candidate = {
    elector,
    stop,
    leads: false,
    aborted: false,
    end: elector.run(
      stop.signal,
      (leading) =>
        new Promise((resolve) => {
          made.leads = true;
          leading.addEventListener('abort', () => {
            made.leads = false;
            made.aborted = true;
            resolve();
          });
        }),
    ),
  };
  return made;
}

const specOf = async (): Promise<LeaseSpec> =>
  (await direct.client.get(LEASE, { namespace: 'default', name }))['spec'] as LeaseSpec;

describe('leader election on a real API server', () => {
  test('elects one, and writes times of six digits', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    await until(() => a.leads || b.leads, 'one leads');
    expect(a.leads && b.leads).toBe(false);
    const { renewTime, holderIdentity } = await specOf();
    expect(renewTime).toMatch(/\.\d{6}Z$/);
    expect(holderIdentity).toBe(a.leads ? 'a' : 'b');
    a.stop.abort();
    b.stop.abort();
    expect(await Promise.all([a.end, b.end])).toEqual(['released', 'released']);
  });

  test('hands over at once when the leader is told to stop', async () => {
    const a = candidate('a', connection.client, 60_000);
    await until(() => a.leads, 'a leads');
    const b = candidate('b', connection.client, 60_000);
    await until(() => proxy.seen.some(({ query }) => query.get('watch') === 'true'), 'b watches');
    a.stop.abort();
    expect(await a.end).toBe('released');
    // With a lease of a minute, only the release can make way this soon.
    await until(() => b.leads, 'b leads');
    expect((await specOf()).leaseTransitions).toBe(1);
    b.stop.abort();
    await b.end;
  });

  test('takes over from a leader that vanished once its lease has expired', async () => {
    const gone = microTime(Date.now() - 3_600_000);
    await direct.client.create(LEASE, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'default' },
      // A renewal an hour from now by the dead one's clock must not matter.
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 1,
        acquireTime: gone,
        renewTime: microTime(Date.now() + 3_600_000),
      },
    });
    const a = candidate('a');
    await until(() => a.leads, 'a leads');
    expect(await specOf()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1 });
    a.stop.abort();
    await a.end;
  });

  test('stops leading when it cannot renew, and its work is aborted', async () => {
    const a = candidate('a');
    await until(() => a.leads, 'a leads');
    proxy.harm(() => ({ kind: 'status', status: 503 }));
    expect(await a.end).toBe('lost');
    expect(a.aborted).toBe(true);
    expect(a.elector.holds()).toBe(false);
  });

  test('stops leading when somebody steals the lease', async () => {
    const a = candidate('a');
    await until(() => a.leads, 'a leads');
    await until(async () => {
      const lease = await direct.client.get(LEASE, { namespace: 'default', name });
      const spec = {
        ...(lease['spec'] as LeaseSpec),
        holderIdentity: 'thief',
        renewTime: microTime(Date.now()),
      };
      return direct.client.replace(LEASE, { ...lease, spec }).then(
        () => true,
        () => false,
      );
    }, 'the lease is stolen');
    expect(await a.end).toBe('lost');
    expect((await specOf()).holderIdentity).toBe('thief');
  });

  test('stands somebody touching the lease without taking it', async () => {
    const a = candidate('a');
    await until(() => a.leads, 'a leads');
    await direct.client.patch(
      LEASE,
      { namespace: 'default', name },
      { metadata: { annotations: { note: 'x' } } },
      { kind: 'merge' },
    );
    const before = (await specOf()).renewTime;
    await until(async () => (await specOf()).renewTime !== before, 'the lease is renewed');
    expect(a.leads).toBe(true);
    a.stop.abort();
    expect(await a.end).toBe('released');
    expect((await specOf()).holderIdentity).toBe('');
  });

  test('stands a lease that is deleted under it', async () => {
    const a = candidate('a');
    await until(() => a.leads, 'a leads');
    await direct.client.delete(LEASE, { namespace: 'default', name });
    await until(async () => {
      try {
        return (await specOf()).holderIdentity === 'a';
      } catch {
        return false;
      }
    }, 'the lease is there again');
    expect(a.leads).toBe(true);
    a.stop.abort();
    await a.end;
  });
});
