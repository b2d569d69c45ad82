/** The images of this release. The chart and the operator's flags name the same ones, or others. */
import type { ImageRefs } from './synthesis-input.ts';

export const RELEASE_VERSION = '0.1.0';

export const RELEASE_IMAGES: ImageRefs = {
  workloads: `claire/workloads:${RELEASE_VERSION}`,
  redis: 'redis:7',
  postgres: 'postgres:15',
  prometheus: 'prom/prometheus:v2.42.0',
  grafana: 'grafana/grafana:11.6.0',
};

/** The pods of the operator, as the chart labels them. */
export const OPERATOR_LABELS = {
  'app.kubernetes.io/name': 'claire',
  'app.kubernetes.io/component': 'operator',
} as const;
