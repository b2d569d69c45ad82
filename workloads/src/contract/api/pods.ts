import type { z } from 'zod';
import {
  bytes,
  choice,
  duration,
  fields,
  integer,
  labelMap,
  list,
  objectName,
  processors,
  secretRef,
  text,
} from './fields.ts';

/** When a change that restarts pods is carried out. */
export const updates = fields('When a change that restarts trading pods is carried out.', {
  policy: choice('`WhenFlat` waits until no position is open and no order works; `Immediate` does not.', [
    'WhenFlat',
    'Immediate',
  ]).default('WhenFlat'),
  maxWait: duration(
    'How long a held update waits before a condition and an alert say so; it is never forced.',
    {
      atLeast: '1m',
      atMost: '720h',
    },
  ).default('24h'),
});

const amounts = (
  description: string,
): z.ZodObject<
  { cpu: z.ZodExactOptional<z.ZodString>; memory: z.ZodExactOptional<z.ZodString> },
  z.core.$strict
> =>
  fields(description, {
    cpu: processors('Processor time.').exactOptional(),
    memory: bytes('Memory.').exactOptional(),
  });

const resources = fields('Resources of the pods; measured defaults where left out.', {
  requests: amounts('What is set aside.').exactOptional(),
  limits: amounts('What is never exceeded.').exactOptional(),
});

const LABEL = { pattern: /^([a-z0-9A-Z.-]{1,253}\/)?[A-Za-z0-9_.-]{1,63}$/, max: 317, must: 'a label key' };
const VALUE = { pattern: /^[A-Za-z0-9_.-]{1,63}$/, max: 63, must: 'a label value' };

const nodeTerm = fields('A term: all its expressions must hold.', {
  matchExpressions: list(
    'Expressions over the labels of a node.',
    fields('An expression over one label.', {
      key: text('The label.', LABEL),
      operator: choice('The comparison.', ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
      values: list('The values compared with.', text('A value.', VALUE), { max: 32 }).exactOptional(),
    }),
    { min: 1, max: 16 },
  ),
});

const affinity = fields('Where pods may and should run. How they are spread is decided by the operator.', {
  nodeAffinity: fields('Rules over the labels of nodes.', {
    requiredDuringSchedulingIgnoredDuringExecution: fields('Pods run only on nodes that match.', {
      nodeSelectorTerms: list('Terms, of which one must match.', nodeTerm, { min: 1, max: 16 }),
    }).exactOptional(),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      'Nodes preferred, by weight.',
      fields('A preference.', { weight: integer('Its weight.', 1, 100), preference: nodeTerm }),
      { max: 16 },
    ).exactOptional(),
  }).exactOptional(),
});

const toleration = fields('A taint that is tolerated.', {
  key: text(
    'The key of the taint; every key when left out (then with operator Exists).',
    LABEL,
  ).exactOptional(),
  operator: choice('How the value is compared.', ['Equal', 'Exists']).default('Equal'),
  value: text('The value of the taint.', VALUE).exactOptional(),
  effect: choice('The effect tolerated; every effect when left out.', [
    'NoSchedule',
    'PreferNoSchedule',
    'NoExecute',
  ]).exactOptional(),
  tolerationSeconds: integer(
    'How long NoExecute is tolerated; for ever when left out.',
    0,
    86_400,
  ).exactOptional(),
});

/** What all pods of the bot have in common. */
export const template = fields('What the pods of the bot have in common.', {
  resources: fields('Resources by component.', {
    screener: resources.exactOptional(),
    signal: resources.exactOptional(),
    risk: resources.exactOptional(),
    execution: resources.exactOptional(),
    postgres: resources.exactOptional(),
    redis: resources.exactOptional(),
    prometheus: resources.exactOptional(),
    grafana: resources.exactOptional(),
  }).exactOptional(),
  nodeSelector: labelMap('Labels a node must have.', { max: 16, maxValue: 63 }).exactOptional(),
  tolerations: list('Taints that are tolerated.', toleration, { max: 16 }).exactOptional(),
  affinity: affinity.exactOptional(),
  imagePullSecrets: list('Secrets to pull images with.', secretRef('A Secret to pull images with.'), {
    max: 8,
  }).exactOptional(),
  priorityClassName: objectName('The PriorityClass of the pods.').exactOptional(),
});

const ref = (): z.ZodExactOptional<z.ZodString> =>
  text('The image, by tag or digest.', {
    pattern: /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[A-Za-z0-9_.-]+)?(@sha256:[0-9a-f]{64})?$/,
    max: 512,
    must: 'an image reference such as registry.example/claire/workloads:0.1.0',
  }).exactOptional();

const runAsUser = (): z.ZodExactOptional<z.ZodInt> =>
  integer(
    "The user id the image's files belong to; the official image's when left out.",
    1,
    65_535,
  ).exactOptional();

/** Images other than the release's own. In live mode the operator accepts them only where its flags allow it. */
export const images = fields(
  "Images other than the release's own. In live mode they need the operator's consent.",
  {
    workloads: fields('The image of the trading pods.', { ref: ref() }).exactOptional(),
    redis: fields('The image of Redis.', { ref: ref(), runAsUser: runAsUser() }).exactOptional(),
    postgres: fields('The image of PostgreSQL.', { ref: ref(), runAsUser: runAsUser() }).exactOptional(),
    prometheus: fields('The image of Prometheus.', { ref: ref(), runAsUser: runAsUser() }).exactOptional(),
    grafana: fields('The image of Grafana.', { ref: ref(), runAsUser: runAsUser() }).exactOptional(),
  },
);
