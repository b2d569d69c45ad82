import type { BotSettings } from './bot-settings.ts';

/** What only a cluster has: `claire run` has no pods, volumes or network rules, and ends by a signal. */
const CLUSTER_FIELDS = [
  'exchange.credentialsSecretRef',
  'execution.onDelete',
  'execution.onStop',
  'storage',
  'monitoring.prometheus',
  'monitoring.grafana',
  'network',
  'updates',
  'template',
  'images',
] as const;

/** What a replay has besides: neither connections to an exchange nor a clock of its own, and nobody to call. */
const EXCHANGE_FIELDS = [
  'exchange.account',
  'universe.maxSymbolsPerConnection',
  'execution.entryTimeout',
  'monitoring.notify',
] as const;

const isSet = (root: unknown, path: string): boolean =>
  path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[name];
  }, root) !== undefined;

/**
 * The fields that a file sets and that a run on one machine does not use, so that it can say so. `raw` is the object as
 * written, before defaults; `settings` are what was parsed from it.
 */
export function locallyIgnoredFields(raw: unknown, settings: BotSettings): readonly string[] {
  const replay = settings.exchange.venue === 'replay' ? EXCHANGE_FIELDS : [];
  const live = settings.mode === 'live' ? ['paper'] : [];
  return [...CLUSTER_FIELDS, ...replay, ...live]
    .map((path) => `spec.${path}`)
    .filter((path) => isSet(raw, path));
}
