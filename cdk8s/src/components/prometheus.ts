import { PROCESSES, type ProcessName } from '@claire/workloads/contract';
import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { BOT_ALERT_RULES } from '../alert-rules.generated.ts';
import { hashedName, podsServiceName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { scratch } from '../pod.ts';
import { mebibytes } from '../resources.ts';
import { addStatefulComponent, DATA_VOLUME } from '../stateful-component.ts';

export const PROMETHEUS_PORT = 9090;
const CONFIG_FOLDER = '/etc/prometheus';
/** Not below the other: nothing can be mounted into a mounted ConfigMap. */
const RULES_FOLDER = '/etc/prometheus-rules';
const GRACE_SECONDS = 120;
const START_SECONDS = 900;
/** The rest is for the write-ahead log and compaction, which the limit does not count. */
const RETENTION_SHARE = 0.8;

/** A defect that makes endless series fails its scrape loudly instead of filling the disk. */
const LIMITS = {
  sample_limit: 20_000,
  label_limit: 20,
  label_value_length_limit: 200,
  body_size_limit: '16MB',
};

/** One job a component, its pods found by DNS: no access to the Kubernetes API. */
const scrapeJob = ({ metadata }: PartContext, component: ProcessName): unknown => ({
  job_name: component,
  ...LIMITS,
  dns_sd_configs: [
    {
      names: [`_metrics._tcp.${podsServiceName(metadata.name, component)}.${metadata.namespace}.svc`],
      type: 'SRV',
      refresh_interval: '10s',
    },
  ],
  relabel_configs: [
    { target_label: 'namespace', replacement: metadata.namespace },
    { target_label: 'bot', replacement: metadata.name },
    { target_label: 'component', replacement: component },
  ],
});

/** As JSON, which is YAML. */
const configuration = (context: PartContext): string =>
  `${JSON.stringify(
    {
      global: { scrape_interval: '5s', scrape_timeout: '4s', evaluation_interval: '5s' },
      rule_files: [`${RULES_FOLDER}/*.yaml`],
      scrape_configs: PROCESSES.map((name) => scrapeJob(context, name)),
    },
    undefined,
    2,
  )}\n`;

const probe = (path: string, more: k8s.Probe): k8s.Probe => ({
  httpGet: { path, port: k8s.IntOrString.fromString('prometheus') },
  timeoutSeconds: 5,
  ...more,
});

const PROBES: Partial<k8s.Container> = {
  startupProbe: probe('/-/ready', { periodSeconds: 5, failureThreshold: START_SECONDS / 5 }),
  livenessProbe: probe('/-/healthy', { periodSeconds: 15, failureThreshold: 8 }),
  readinessProbe: probe('/-/ready', { periodSeconds: 5, failureThreshold: 3 }),
};

/** Written once: they are long, and the same for every bot. */
const RULES_JSON = JSON.stringify(BOT_ALERT_RULES);

/** The bot's own Prometheus: it sees this bot and no other. */
export function addPrometheus(scope: Construct, context: PartContext): void {
  const { metadata, spec, images } = context;
  const { prometheus } = spec.monitoring;
  const part = new Part(scope, 'prometheus');
  const text = configuration(context);
  const configName = hashedName(metadata.name, 'prometheus', context.hash(text));
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { 'prometheus.yml': text },
  });
  const rulesName = hashedName(metadata.name, 'prometheus', context.hash(RULES_JSON));
  new k8s.KubeConfigMap(part, 'rules', {
    metadata: part.named(rulesName),
    immutable: true,
    data: { ...BOT_ALERT_RULES },
  });
  const retention = Math.floor(mebibytes(prometheus.size) * RETENTION_SHARE);
  addStatefulComponent(part, context, {
    component: 'prometheus',
    image: images.prometheus,
    gracePeriodSeconds: GRACE_SECONDS,
    ports: { prometheus: PROMETHEUS_PORT },
    data: prometheus,
    container: {
      args: [
        `--config.file=${CONFIG_FOLDER}/prometheus.yml`,
        '--storage.tsdb.path=/prometheus',
        `--storage.tsdb.retention.size=${retention}MB`,
        '--storage.tsdb.retention.time=400d',
        '--storage.tsdb.wal-compression',
      ],
      ...PROBES,
      volumeMounts: [
        { name: DATA_VOLUME, mountPath: '/prometheus' },
        { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
        { name: 'rules', mountPath: RULES_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: configName } },
      { name: 'rules', configMap: { name: rulesName } },
      scratch('tmp', '64Mi'),
    ],
  });
}
