/**
 * In which order the parts of a bot are first started, and which of them must not be restarted while a position may be
 * open. Data for the operator; the manifests themselves are the same whenever they are applied.
 */
import type { ComponentName } from '@claire/workloads/contract';

/**
 * Order of the first start: a stage begins when all before it are ready. `base` has no pods; nothing waits for
 * `monitoring`, which may be applied at once.
 */
export const STAGES = [
  'base',
  'storage',
  'prepare',
  'screeners',
  'signal',
  'risk',
  'execution',
  'monitoring',
] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_OF: Readonly<Record<ComponentName, Stage>> = {
  postgres: 'storage',
  redis: 'storage',
  prepare: 'prepare',
  'screener-ws': 'screeners',
  'screener-rest': 'screeners',
  signal: 'signal',
  risk: 'risk',
  execution: 'execution',
  prometheus: 'monitoring',
  grafana: 'monitoring',
};

/** Components whose restart can prevent an exit: their pods are replaced by the operator, when it may. */
export const PROTECTED: ReadonlySet<ComponentName> = new Set<ComponentName>([
  'postgres',
  'redis',
  'screener-ws',
  'screener-rest',
  'risk',
  'execution',
]);
