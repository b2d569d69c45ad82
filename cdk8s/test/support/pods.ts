/** The pods that the objects of a bot make. */
import type { KubeObject } from '../../src/index.ts';

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}
export interface ContainerView {
  readonly name: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom?: unknown;
  readonly volumeMounts: readonly Mount[];
  readonly startupProbe?: unknown;
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly terminationMessagePolicy: string;
}
export interface VolumeView {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly projected?: {
    readonly sources: readonly {
      readonly secret: {
        readonly name: string;
        readonly items: readonly { readonly key: string; readonly path: string }[];
      };
    }[];
  };
}
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly ContainerView[];
    readonly volumes: readonly VolumeView[];
  };
}
export interface NamedTemplate {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  readonly template: PodTemplate;
}

interface Templated {
  readonly template: PodTemplate;
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

/** With the volumes that the StatefulSet controller adds for its claims. */
function completed({ template, volumeClaimTemplates = [] }: Templated, owner: string): PodTemplate {
  const claims = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${owner}-0` },
  }));
  return { ...template, spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] } };
}

export const podTemplates = (objects: readonly KubeObject[]): readonly NamedTemplate[] =>
  objects
    .filter(({ kind }) => kind === 'StatefulSet' || kind === 'Job')
    .map(({ kind, metadata, spec }) => ({
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      template: completed(spec as Templated, metadata.name),
    }));

/** The Secrets a pod sees, as `secret/key → path`. */
export const mountedSecrets = ({ spec }: PodTemplate): readonly string[] =>
  spec.volumes.flatMap(({ secret, projected }) => [
    ...(secret === undefined ? [] : [secret.secretName]),
    ...(projected?.sources ?? []).flatMap(({ secret: { name, items } }) =>
      items.map(({ key, path }) => `${name}/${key} → ${path}`),
    ),
  ]);
