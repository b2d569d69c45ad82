/**
 * What all pods have in common: the `restricted` Pod Security standard, read-only root file systems, no token of a
 * ServiceAccount, no environment from Services, and where they are scheduled.
 */
import type { ComponentName } from '@claire/workloads/contract';
import { k8s } from 'cdk8s-plus-27';
import { LABELS } from './labels.ts';
import type { PartContext } from './part.ts';
import { resources } from './resources.ts';

export interface PodShape {
  readonly component: ComponentName;
  readonly image: { readonly ref: string; readonly runAsUser: number };
  readonly container: Omit<
    k8s.Container,
    'name' | 'image' | 'resources' | 'securityContext' | 'terminationMessagePolicy' | 'imagePullPolicy'
  >;
  readonly volumes: readonly k8s.Volume[];
  readonly gracePeriodSeconds: number;
  /** Of a Job; a StatefulSet's pods always restart. */
  readonly restartPolicy?: 'Never';
}

/** A folder in memory or on the node that lives as long as the pod. */
export const scratch = (name: string, sizeLimit: string, medium?: 'Memory'): k8s.Volume => ({
  name,
  emptyDir: { sizeLimit: k8s.Quantity.fromString(sizeLimit), ...(medium === undefined ? {} : { medium }) },
});

/** The keys of a Secret as files; only those named, so that a key added later is mounted nowhere. */
export const secretFiles = (name: string, files: Readonly<Record<string, string>>): k8s.VolumeProjection => ({
  secret: { name, items: Object.entries(files).map(([key, path]) => ({ key, path })) },
});

/** As `secretFiles`, where the pod runs all the same when the Secret or a key of it is not there. */
export const optionalSecretFiles = (
  name: string,
  files: Readonly<Record<string, string>>,
): k8s.VolumeProjection => ({ secret: { ...secretFiles(name, files).secret, optional: true } });

/** Readable by the pod's group (`fsGroup`) and nobody else. */
export const SECRET_MODE = 0o440;

const ROOTLESS: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

/** A tag can move, a digest cannot; what is on the node is as good as what the registry has. */
const PULL_POLICY = 'IfNotPresent';

/** Bots are spread over nodes by component: a node that fails takes as few executions as can be. */
const spread = (component: ComponentName): k8s.TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: { [LABELS.component]: component } },
});

/** Where the pods of the bot run, as the template says. */
function scheduling({ spec }: PartContext): Partial<k8s.PodSpec> {
  const { nodeSelector, tolerations, affinity, imagePullSecrets, priorityClassName } = spec.template;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations: tolerations }),
    ...(affinity === undefined ? {} : { affinity: affinity }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}

/** The pod of a component. */
export function podSpec(context: PartContext, shape: PodShape): k8s.PodSpec {
  const { component, image, container, volumes, gracePeriodSeconds, restartPolicy } = shape;
  const { runAsUser } = image;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
    terminationGracePeriodSeconds: gracePeriodSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser,
      runAsGroup: runAsUser,
      fsGroup: runAsUser,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [spread(component)],
    ...scheduling(context),
    containers: [
      {
        name: component,
        image: image.ref,
        imagePullPolicy: PULL_POLICY,
        terminationMessagePolicy: 'FallbackToLogsOnError',
        securityContext: ROOTLESS,
        resources: resources(context.spec, component),
        ...container,
      },
    ],
    volumes: [...volumes],
  };
}
