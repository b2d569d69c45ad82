import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { BOT_DASHBOARDS } from '../dashboards.generated.ts';
import { componentName, hashedName, secretName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { addStatefulComponent, DATA_VOLUME } from '../stateful-component.ts';
import { PROMETHEUS_PORT } from './prometheus.ts';

export const GRAFANA_PORT = 3000;
export const ADMIN_KEY = 'admin-password';
const SECRET_FOLDER = '/etc/claire/secrets';
const PROVISIONING = '/etc/grafana/provisioning';
/** Outside of Grafana's data, which is a volume that outlives a version of the dashboards. */
const DASHBOARDS = '/etc/claire/dashboards';
const DATASOURCES_FILE = 'datasources.yaml';
const PROVIDERS_FILE = 'dashboards.yaml';
const GRACE_SECONDS = 30;
const START_SECONDS = 300;

/** As JSON, which is YAML. */
const yaml = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

const datasources = ({ metadata }: PartContext): string =>
  yaml({
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
  });

/** Grafana reads the dashboards from files and lets nobody change them there. */
const PROVIDERS = yaml({
  apiVersion: 1,
  providers: [
    { name: 'claire', folder: 'Claire', type: 'file', allowUiUpdates: false, options: { path: DASHBOARDS } },
  ],
});

/** Written once: they are long, and the same for every bot. */
const DASHBOARDS_JSON = JSON.stringify(BOT_DASHBOARDS);

const items = (keys: readonly string[]): k8s.KeyToPath[] => keys.map((key) => ({ key, path: key }));

const probe = (more: k8s.Probe): k8s.Probe => ({
  httpGet: { path: '/api/health', port: k8s.IntOrString.fromString('grafana') },
  timeoutSeconds: 5,
  ...more,
});

const PROBES: Partial<k8s.Container> = {
  startupProbe: probe({ periodSeconds: 5, failureThreshold: START_SECONDS / 5 }),
  // Alive is what takes connections: `/api/health` asks its database, too, and a slow disk is no reason to start anew.
  livenessProbe: {
    tcpSocket: { port: k8s.IntOrString.fromString('grafana') },
    timeoutSeconds: 5,
    periodSeconds: 15,
    failureThreshold: 8,
  },
  readinessProbe: probe({ periodSeconds: 5, failureThreshold: 3 }),
};

/** The bot's own Grafana. It calls nobody but the bot's Prometheus. */
export function addGrafana(scope: Construct, context: PartContext): void {
  const { metadata, spec, images } = context;
  const part = new Part(scope, 'grafana');
  const own = { [DATASOURCES_FILE]: datasources(context), [PROVIDERS_FILE]: PROVIDERS };
  const content = `${JSON.stringify(own).slice(0, -1)},${DASHBOARDS_JSON.slice(1)}`;
  const configName = hashedName(metadata.name, 'grafana', context.hash(content));
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { ...own, ...BOT_DASHBOARDS },
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
        { name: 'GF_AUTH_ANONYMOUS_ENABLED', value: 'false' },
        { name: 'GF_USERS_DEFAULT_THEME', value: 'system' },
        { name: 'GF_DATE_FORMATS_DEFAULT_TIMEZONE', value: 'utc' },
      ],
      ...PROBES,
      volumeMounts: [
        { name: DATA_VOLUME, mountPath: '/var/lib/grafana' },
        { name: 'datasources', mountPath: `${PROVISIONING}/datasources`, readOnly: true },
        { name: 'providers', mountPath: `${PROVISIONING}/dashboards`, readOnly: true },
        { name: 'dashboards', mountPath: DASHBOARDS, readOnly: true },
        { name: 'secrets', mountPath: SECRET_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'datasources', configMap: { name: configName, items: items([DATASOURCES_FILE]) } },
      { name: 'providers', configMap: { name: configName, items: items([PROVIDERS_FILE]) } },
      { name: 'dashboards', configMap: { name: configName, items: items(Object.keys(BOT_DASHBOARDS)) } },
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
