import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { componentName, hashedName, secretName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { addStatefulComponent, DATA_VOLUME } from '../stateful-component.ts';
import { PROMETHEUS_PORT } from './prometheus.ts';

export const GRAFANA_PORT = 3000;
export const ADMIN_KEY = 'admin-password';
const SECRET_FOLDER = '/etc/claire/secrets';
const PROVISIONING = '/etc/grafana/provisioning/datasources';
const GRACE_SECONDS = 30;
const START_SECONDS = 300;

/** As JSON, which is YAML. */
const datasources = ({ metadata }: PartContext): string =>
  `${JSON.stringify(
    {
      apiVersion: 1,
      datasources: [
        {
          name: 'Prometheus',
          uid: 'prometheus',
          type: 'prometheus',
          access: 'proxy',
          url: `http://${componentName(metadata.name, 'prometheus')}:${PROMETHEUS_PORT}`,
          isDefault: true,
          editable: false,
        },
      ],
    },
    undefined,
    2,
  )}\n`;

const probe = (more: k8s.Probe): k8s.Probe => ({
  httpGet: { path: '/api/health', port: k8s.IntOrString.fromString('grafana') },
  timeoutSeconds: 5,
  ...more,
});

const PROBES: Partial<k8s.Container> = {
  startupProbe: probe({ periodSeconds: 5, failureThreshold: START_SECONDS / 5 }),
  livenessProbe: probe({ periodSeconds: 15, failureThreshold: 8 }),
  readinessProbe: probe({ periodSeconds: 5, failureThreshold: 3 }),
};

/** The bot's own Grafana. It calls nobody but the bot's Prometheus. */
export function addGrafana(scope: Construct, context: PartContext): void {
  const { metadata, spec, images } = context;
  const part = new Part(scope, 'grafana');
  const text = datasources(context);
  const configName = hashedName(metadata.name, 'grafana', text);
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { 'datasources.yaml': text },
  });
  addStatefulComponent(part, context, {
    component: 'grafana',
    image: images.grafana,
    gracePeriodSeconds: GRACE_SECONDS,
    ports: { grafana: GRAFANA_PORT },
    data: spec.monitoring.grafana,
    container: {
      env: [
        { name: 'GF_SECURITY_ADMIN_PASSWORD__FILE', value: `${SECRET_FOLDER}/${ADMIN_KEY}` },
        { name: 'GF_ANALYTICS_REPORTING_ENABLED', value: 'false' },
        { name: 'GF_ANALYTICS_CHECK_FOR_UPDATES', value: 'false' },
        { name: 'GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES', value: 'false' },
        { name: 'GF_NEWS_NEWS_FEED_ENABLED', value: 'false' },
        { name: 'GF_USERS_ALLOW_SIGN_UP', value: 'false' },
        { name: 'GF_USERS_DEFAULT_THEME', value: 'system' },
        { name: 'GF_DATE_FORMATS_DEFAULT_TIMEZONE', value: 'utc' },
      ],
      ...PROBES,
      volumeMounts: [
        { name: DATA_VOLUME, mountPath: '/var/lib/grafana' },
        { name: 'config', mountPath: PROVISIONING, readOnly: true },
        { name: 'secrets', mountPath: SECRET_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: configName } },
      {
        name: 'secrets',
        projected: {
          defaultMode: SECRET_MODE,
          sources: [secretFiles(secretName(metadata.name, 'grafana'), { [ADMIN_KEY]: ADMIN_KEY })],
        },
      },
      scratch('tmp', '64Mi'),
    ],
  });
}
