/** The chart without a cluster: what it accepts, what it makes of it, and that it never grants too much. */
import { parseAllDocuments } from 'yaml';
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { RELEASE_IMAGES } from '../../src/index.ts';
import { CHART, findHelm, type Helm } from '../support/helm.ts';

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

describe('the chart', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await findHelm();
  }, 120_000);

  const template = async (...args: readonly string[]): Promise<string> => {
    const { ok, out, err } = await helm('template', 'claire', CHART, '--namespace', 'claire-system', ...args);
    expect({ ok, err }).toEqual({ ok: true, err: expect.any(String) as unknown });
    return out;
  };

  it.each([[[]], [['--values', `${CHART}/ci/staging-values.yaml`]]])(
    'passes lint --strict with %j',
    async (args) => {
      expect(await helm('lint', '--strict', CHART, ...args)).toMatchObject({ ok: true });
    },
  );

  it.each([
    ['replicas=0', '/replicas'],
    ['logLevel=loud', '/logLevel'],
    ['image.digest=latest', '/image/digest'],
    ['watch.namespaces={Upper}', '/watch/namespaces/0'],
    ['networkPolicy.apiServer.ports={0}', '/networkPolicy/apiServer/ports/0'],
    ['botImages.redis=', '/botImages/redis'],
    ['replica=3', "additional properties 'replica' not allowed"],
    ['monitoring.serviceMonitor.enable=true', "additional properties 'enable' not allowed"],
  ])('refuses --set %s and says where', async (set, place) => {
    const { ok, err } = await helm('template', 'claire', CHART, '--set', set);
    expect({ ok, err }).toEqual({ ok: false, err: expect.stringContaining(place) as unknown });
  });

  it('refuses all namespaces together with some', async () => {
    const { ok } = await helm(
      'template',
      'c',
      CHART,
      '--set',
      'watch.allNamespaces=true,watch.namespaces={a}',
    );
    expect(ok).toBe(false);
  });

  it.each([
    ['prometheusRule', 'rules'],
    ['dashboards', 'dashboards'],
  ])('makes %s of what the chart holds, and refuses to make none', async (what, folder) => {
    const { ok, err } = await helm('template', 'c', CHART, '--set', `monitoring.${what}.enabled=true`);
    const isThere = existsSync(`${CHART}/${folder}`);
    expect({ ok, refused: err.includes(`monitoring.${what}.enabled: was true`) }).toEqual({
      ok: isThere,
      refused: !isThere,
    });
  });

  it('gives roles in the watched namespaces only, or everywhere when asked', async () => {
    const some = await template('--set', 'watch.namespaces={a,b}', '--set', 'rbac.aggregate=false');
    expect(some).not.toContain('kind: ClusterRole');
    expect(some).toContain('--namespaces=a,b');
    expect(some.match(/kind: RoleBinding/g)).toHaveLength(3);
    const all = await template('--set', 'watch.allNamespaces=true');
    expect(all).toContain('--all-namespaces');
    expect(all).toContain('kind: ClusterRoleBinding');
  });

  it('never lets the operator list Secrets, run commands in pods or grant rights', async () => {
    const text = await template('--set', 'watch.allNamespaces=true', '--set', 'rbac.aggregate=false');
    const roles = parseAllDocuments(text)
      .map(
        (document) => document.toJS() as { readonly kind: string; readonly rules?: readonly Rule[] } | null,
      )
      .filter((role) => role?.kind === 'Role' || role?.kind === 'ClusterRole');
    const rules = roles.flatMap((role) => role?.rules ?? []);
    expect(rules.length).toBeGreaterThan(10);
    const secrets = rules.filter(({ resources }) => resources.includes('secrets'));
    expect(secrets.map(({ verbs }) => verbs)).toEqual([['get', 'create', 'patch', 'delete']]);
    const granted = new Set(rules.flatMap(({ resources, verbs }) => [...resources, ...verbs]));
    for (const never of ['pods/exec', 'escalate', 'bind', 'impersonate', '*', 'rolebindings', 'roles']) {
      expect(granted).not.toContain(never);
    }
  });

  it('names the images of the release', async () => {
    const text = await template();
    for (const [name, ref] of Object.entries(RELEASE_IMAGES)) {
      expect(text).toContain(`--image-${name}=${ref}`);
    }
    const pinned = await template('--set', `image.digest=sha256:${'a'.repeat(64)}`);
    expect(pinned).toContain(`image: claire/operator@sha256:${'a'.repeat(64)}`);
  });

  it('makes monitors on request, with the labels asked for', async () => {
    expect(await template()).not.toContain('monitoring.coreos.com');
    const text = await template('--values', `${CHART}/ci/staging-values.yaml`);
    expect(text).toContain('kind: ServiceMonitor');
    expect(text).toContain('kind: PodMonitor');
    expect(text).toContain('release: monitoring');
  });
});
