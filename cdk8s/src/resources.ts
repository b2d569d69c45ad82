/**
 * Resources of the pods. Requests stand above what a part was measured to use (docs/kubernetes.md has the figures); memory
 * limits leave room to recover in. There is no processor limit: throttling delays exits.
 */
import type { ComponentName, TradingBot } from '@claire/workloads/contract';
import { k8s } from 'cdk8s-plus-27';

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}
interface Preset {
  readonly requests: Amounts;
  readonly memoryLimit: string;
}

const preset = (cpu: string, memory: string, memoryLimit: string): Preset => ({
  requests: { cpu, memory },
  memoryLimit,
});

const PRESETS: Readonly<Record<ComponentName, Preset>> = {
  'screener-ws': preset('100m', '128Mi', '384Mi'),
  'screener-rest': preset('50m', '128Mi', '384Mi'),
  signal: preset('100m', '128Mi', '384Mi'),
  risk: preset('100m', '128Mi', '512Mi'),
  execution: preset('100m', '128Mi', '512Mi'),
  postgres: preset('200m', '256Mi', '1Gi'),
  redis: preset('100m', '128Mi', '512Mi'),
  prepare: preset('100m', '128Mi', '384Mi'),
  prometheus: preset('100m', '192Mi', '768Mi'),
  grafana: preset('50m', '128Mi', '384Mi'),
};

type TemplateKey = keyof NonNullable<TradingBot['spec']['template']['resources']>;

const TEMPLATE_KEYS: Readonly<Partial<Record<ComponentName, TemplateKey>>> = {
  'screener-ws': 'screener',
  'screener-rest': 'screener',
  signal: 'signal',
  risk: 'risk',
  execution: 'execution',
  postgres: 'postgres',
  redis: 'redis',
  prometheus: 'prometheus',
  grafana: 'grafana',
};

type Resources = NonNullable<NonNullable<TradingBot['spec']['template']['resources']>[TemplateKey]>;

function own(spec: TradingBot['spec'], component: ComponentName): Resources | undefined {
  const key = TEMPLATE_KEYS[component];
  return key === undefined ? undefined : spec.template.resources?.[key];
}

const UNITS: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 };

/** A size such as 512Mi or 20Gi, in mebibytes. */
export function mebibytes(size: string): number {
  const unit = UNITS[size.slice(-2)];
  if (unit === undefined) throw new RangeError(`not a size such as 512Mi: was ${size}`);
  return Number(size.slice(0, -2)) * unit;
}

/** The memory a component's container may use, in mebibytes. */
export const memoryLimit = (spec: TradingBot['spec'], component: ComponentName): number =>
  mebibytes(own(spec, component)?.limits?.memory ?? PRESETS[component].memoryLimit);

const quantities = (amounts: Readonly<Record<string, string | undefined>>): Record<string, k8s.Quantity> =>
  Object.fromEntries(
    Object.entries(amounts).flatMap(([name, amount]) =>
      amount === undefined ? [] : [[name, k8s.Quantity.fromString(amount)]],
    ),
  );

export function resources(spec: TradingBot['spec'], component: ComponentName): k8s.ResourceRequirements {
  const given = own(spec, component);
  const { requests, memoryLimit: limit } = PRESETS[component];
  return {
    requests: quantities({ ...requests, ...given?.requests }),
    limits: quantities({ memory: limit, ...given?.limits }),
  };
}
