/** What the five processes of the pipeline have in common: `claire <component>` on its two settings files. */
import {
  CONFIG_FILE,
  HOT_CONFIG_FILE,
  type ProcessName,
  processPorts,
  processUser,
  SECRET_FILES,
  SECRETS_FOLDER,
} from '@claire/workloads/contract';
import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { dirname } from 'node:path/posix';
import { hashedName, hotName, secretName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { optionalSecretFiles, scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { addStatefulComponent } from '../stateful-component.ts';
import { caVolumes, STORES } from '../storage/connections.ts';

/** The two settings files of a process. */
export interface ProcessTexts {
  readonly config: string;
  readonly hot: string;
}

export interface ProcessShape {
  readonly component: ProcessName;
  /** The exchange keys: execution alone. */
  readonly exchangeKeys?: boolean;
  /** Where alerts are sent to: the one process that sends them. */
  readonly notifies?: boolean;
  /** How long it may take to begin to listen: it recovers from the ledger first. */
  readonly startSeconds: number;
}

/** Longer than the 25 s the process takes at most after SIGTERM. */
const GRACE_SECONDS = 30;
const PROBE_SECONDS = 5;

const httpProbe = (path: string, more: k8s.Probe): k8s.Probe => ({
  httpGet: { path, port: k8s.IntOrString.fromString('http') },
  ...more,
});

/** Liveness asks the process itself and no neighbour: one that waits for a database is alive. */
const probes = (startSeconds: number): Partial<k8s.Container> => ({
  startupProbe: httpProbe('/livez', {
    periodSeconds: 2,
    failureThreshold: startSeconds / 2,
    timeoutSeconds: 2,
  }),
  livenessProbe: httpProbe('/livez', {
    periodSeconds: 10,
    failureThreshold: 6,
    timeoutSeconds: PROBE_SECONDS,
  }),
  readinessProbe: httpProbe('/readyz', {
    periodSeconds: 5,
    failureThreshold: 2,
    timeoutSeconds: PROBE_SECONDS,
  }),
});

/** The exchange keys, where orders go to a real account or a simulator that asks for keys. */
function exchangeKeys({ spec }: PartContext, { exchangeKeys }: ProcessShape): k8s.VolumeProjection[] {
  const { credentialsSecretRef, venue } = spec.exchange;
  const isUsed = spec.mode === 'live' || venue === 'simulator';
  if (exchangeKeys !== true || credentialsSecretRef === undefined || !isUsed) return [];
  const files = { MEXC_API_KEY: SECRET_FILES.exchangeKey, MEXC_API_SECRET: SECRET_FILES.exchangeSecret };
  return [secretFiles(credentialsSecretRef.name, files)];
}

/**
 * Where alerts are sent to, under names that no Secret made for something else has: who may edit a bot can point it at any
 * Secret of the namespace. Optional, because a bot trades whether or not it can tell anybody.
 */
function receiver({ spec }: PartContext, { notifies }: ProcessShape): k8s.VolumeProjection[] {
  const { notify } = spec.monitoring;
  if (notifies !== true || notify === undefined) return [];
  const { notifyUrl, notifyToken, notifyChat } = SECRET_FILES;
  const files = Object.fromEntries([notifyUrl, notifyToken, notifyChat].map((name) => [name, name]));
  return [optionalSecretFiles(notify.secretRef.name, files)];
}

/** The secrets of this process and of no other, as files. */
function secrets(context: PartContext, shape: ProcessShape): k8s.Volume {
  const { metadata } = context;
  const user = processUser(shape.component);
  const { control } = processPorts(shape.component);
  const token = secretFiles(secretName(metadata.name, 'control'), { token: SECRET_FILES.controlToken });
  return {
    name: 'secrets',
    projected: {
      defaultMode: SECRET_MODE,
      sources: [
        ...(control === undefined ? [] : [token]),
        secretFiles(secretName(metadata.name, 'redis'), { [user]: SECRET_FILES.redisPassword }),
        secretFiles(secretName(metadata.name, 'postgres'), { [user]: SECRET_FILES.postgresPassword }),
        ...exchangeKeys(context, shape),
        ...receiver(context, shape),
      ],
    },
  };
}

/** The ports by name; health and status are served on one. */
function ports(component: ProcessName): Record<string, number> {
  const { health, metrics, control } = processPorts(component);
  return { http: health, metrics, ...(control === undefined ? {} : { control }) };
}

/**
 * Adds one process. The start-up settings are a ConfigMap named by its content and never changed: a pod that crashes comes
 * back with the settings it had. The hot ones are mounted as a folder, which Kubernetes keeps up to date.
 */
export function addTradingProcess(
  scope: Construct,
  context: PartContext,
  shape: ProcessShape,
  files: ProcessTexts,
): void {
  const { component, startSeconds } = shape;
  const { metadata, images } = context;
  const part = new Part(scope, component);
  const configName = hashedName(metadata.name, component, context.hash(files.config));
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { 'config.json': files.config },
  });
  new k8s.KubeConfigMap(part, 'hot', {
    metadata: part.named(hotName(metadata.name, component)),
    data: { 'config.json': files.hot },
  });
  const ca = STORES.map((store) => caVolumes(context, store));
  addStatefulComponent(part, context, {
    component,
    image: images.workloads,
    gracePeriodSeconds: GRACE_SECONDS,
    ports: ports(component),
    container: {
      args: [component, '--config', CONFIG_FILE],
      ...probes(startSeconds),
      volumeMounts: [
        { name: 'config', mountPath: CONFIG_FILE, subPath: 'config.json', readOnly: true },
        { name: 'hot', mountPath: dirname(HOT_CONFIG_FILE), readOnly: true },
        { name: 'secrets', mountPath: SECRETS_FOLDER.replace(/\/$/, ''), readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
        ...ca.flatMap(({ mounts }) => mounts),
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: configName } },
      { name: 'hot', configMap: { name: hotName(metadata.name, component) } },
      secrets(context, shape),
      scratch('tmp', '64Mi'),
      ...ca.flatMap(({ volumes }) => volumes),
    ],
  });
}
