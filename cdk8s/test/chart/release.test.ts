/** The life of a release on a real API server: install, upgrade, rollback, uninstall, and again under another name. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { CRD_NAME } from '../../src/index.ts';
import { type AdminServer, startAdminServer } from '../support/admin-server.ts';
import { change, leastBot, withValue } from '../support/bots.ts';
import { CHART, findHelm, type Helm } from '../support/helm.ts';

const SYSTEM = 'claire-system';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${SYSTEM}/deployments/claire`;
const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`;
const BOTS = '/apis/trading.claire.dev/v1alpha1/namespaces/default/tradingbots';
const CANARY = 'canary-beside-the-operator-4f1d0c7b';
/** As it is, or as a Secret's data. */
const tellsCanary = ({ text }: { readonly text: string }): boolean =>
  [CANARY, Buffer.from(CANARY).toString('base64').replace(/=+$/, '')].some((form) => text.includes(form));
const STANDARD = 'pod-security.kubernetes.io';

describe('a release on a real API server', () => {
  let server: AdminServer;
  let helm: Helm;

  const release = async (...args: readonly string[]): Promise<void> => {
    const { ok, err } = await helm(...args, '--namespace', SYSTEM);
    expect({ ok, err: ok ? '' : err }).toEqual({ ok: true, err: '' });
  };
  const status = async (path: string): Promise<number> => (await server.request('GET', path)).status;
  const argsOfOperator = async (): Promise<readonly string[]> => {
    const { body } = await server.request('GET', DEPLOYMENT);
    const { spec } = body as {
      readonly spec: {
        readonly template: {
          readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
        };
      };
    };
    return spec.template.spec.containers[0]?.args ?? [];
  };

  /** What helm remembers of each revision: values, templates, manifests. */
  const releases = async (): Promise<readonly { readonly where: string; readonly text: string }[]> => {
    const path = `/api/v1/namespaces/${SYSTEM}/secrets?fieldSelector=type%3Dhelm.sh%2Frelease.v1`;
    const { items } = (await server.request('GET', path)).body as {
      readonly items: readonly {
        readonly metadata: { readonly name: string };
        readonly data: { readonly release: string };
      }[];
    };
    const base64 = (text: string): Buffer => Buffer.from(text, 'base64');
    return items.map(({ metadata, data }) => ({
      where: metadata.name,
      text: gunzipSync(base64(base64(data.release).toString())).toString(),
    }));
  };

  beforeAll(async () => {
    server = await startAdminServer();
    helm = await findHelm(server.kubeconfig);
    const labels = { [`${STANDARD}/enforce`]: 'restricted', [`${STANDARD}/warn`]: 'restricted' };
    await server.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: SYSTEM, labels },
    });
    await server.request('POST', `/api/v1/namespaces/${SYSTEM}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'beside' },
      stringData: { password: CANARY },
    });
  }, 180_000);
  afterAll(() => server.stop());

  it('is installed, with its CustomResourceDefinition and pods that restricted namespaces take', async () => {
    await release('install', 'claire', CHART, '--set', 'watch.namespaces={default}');
    while ((await status(BOTS)) !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await argsOfOperator()).toContain('--workers=10');
    const { body } = await server.request('GET', DEPLOYMENT);
    const { template } = (body as { readonly spec: { readonly template: { readonly metadata: object } } })
      .spec;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...template,
      metadata: { ...template.metadata, name: 'operator', namespace: SYSTEM },
    };
    const answer = await server.request('POST', `/api/v1/namespaces/${SYSTEM}/pods?dryRun=All`, pod);
    expect({ status: answer.status, warnings: answer.warnings }).toEqual({ status: 201, warnings: [] });
    expect((await server.request('POST', BOTS, leastBot)).status).toBe(201);
  });

  it('lets editors halt a live bot and not make one trade: that is for who has the right', async () => {
    const grant = (user: string, role: string): Promise<unknown> =>
      server.request('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: user },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: `claire-${SYSTEM}-${role}`,
        },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      });
    await grant('editor', 'edit');
    await grant('admin-of-bots', 'admin');
    const live = change(withValue(leastBot, ['metadata', 'name'], 'real'), {
      mode: 'live',
      live: { confirm: 'real@main' },
    });
    const dryRun = `${BOTS}?dryRun=All`;
    // The policy takes effect a moment after it was made.
    let refused = await server.request('POST', dryRun, live, 'editor');
    while (refused.status < 300) refused = await server.request('POST', dryRun, live, 'editor');
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).toContain('tradingbots/live');
    const made = await server.request('POST', BOTS, live, 'admin-of-bots');
    expect(made.status).toBe(201);
    const halted = withValue(made.body as typeof live, ['spec', 'state'], 'Halted');
    expect((await server.request('PUT', `${BOTS}/real?dryRun=All`, halted, 'admin-of-bots')).status).toBe(
      200,
    );
    const applied = {
      ...(live as object),
      spec: { ...(live as { readonly spec: object }).spec, state: 'Halted' },
    };
    const patch = `${BOTS}/real?fieldManager=editor&force=true`;
    expect((await server.request('PATCH', patch, applied, 'editor')).status).toBe(200);
    expect((await server.request('PATCH', patch, live, 'editor')).status).toBe(403);
    await server.request('DELETE', `${BOTS}/real`);
  });

  it('is upgraded and rolled back, and bots stay', async () => {
    await release('upgrade', 'claire', CHART, '--reuse-values', '--set', 'workers=5');
    expect(await argsOfOperator()).toContain('--workers=5');
    await release('rollback', 'claire', '1');
    expect(await argsOfOperator()).toContain('--workers=10');
    expect(await status(`${BOTS}/momentum`)).toBe(200);
  });

  it('keeps no secret of its namespace in what helm remembers of it, and would be seen if it did', async () => {
    const remembered = await releases();
    expect(remembered.length).toBeGreaterThanOrEqual(3);
    expect(remembered.every(({ text }) => text.includes('kind: Deployment'))).toBe(true);
    expect(remembered.filter(tellsCanary)).toEqual([]);
    await release('upgrade', 'claire', CHART, '--reuse-values', '--set', `podAnnotations.leak=${CANARY}`);
    expect((await releases()).filter(tellsCanary)).toHaveLength(1);
  });

  it('is uninstalled, and bots and their definition stay', async () => {
    await release('uninstall', 'claire');
    expect(await status(DEPLOYMENT)).toBe(404);
    expect(await status(CRD)).toBe(200);
    expect(await status(`${BOTS}/momentum`)).toBe(200);
  });

  it('is installed again under another name, when told to take the definition over', async () => {
    const args = ['install', 'second', CHART, '--namespace', SYSTEM, '--set', 'watch.namespaces={default}'];
    expect((await helm(...args)).ok).toBe(false);
    await helm('uninstall', 'second', '--namespace', SYSTEM);
    await release('install', 'second', CHART, '--take-ownership', '--set', 'watch.namespaces={default}');
    expect(await status(`/apis/apps/v1/namespaces/${SYSTEM}/deployments/second-claire`)).toBe(200);
    expect(await status(`${BOTS}/momentum`)).toBe(200);
  });
});
