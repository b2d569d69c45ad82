/**
 * What may not change once it is there. Every rule stands on a node that always exists (its parents have defaults or are
 * required), so that taking a field away and adding it again later does not get around it.
 */
import type { CelRule } from './structural-schema.ts';

const fixed = (field: string, why: string): CelRule => ({
  rule: `self.${field} == oldSelf.${field}`,
  message: `${field} cannot be changed: ${why}`,
  fieldPath: `.${field}`,
});

const neverSmaller: CelRule = {
  rule: 'quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
  message: 'size can grow but not shrink: Kubernetes cannot take space away from a volume.',
  fieldPath: '.size',
};

const fixedClass: CelRule = {
  rule: 'has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
  message: 'storageClassName cannot be changed, added or removed: a volume keeps its class.',
  fieldPath: '.storageClassName',
};

const fixedLedger: CelRule = {
  rule: 'has(self.external) == has(oldSelf.external) && (!has(self.external) || (self.external.host == oldSelf.external.host && self.external.port == oldSelf.external.port && self.external.database == oldSelf.external.database))',
  message:
    'external can be neither added, removed nor pointed elsewhere: the ledger would be another one. Make a new bot and move the ledger with `claire ledger export` and `import`.',
  fieldPath: '.external',
};

/** Every transition rule, by the path of its `self`. */
export const TRANSITION_RULES: readonly (readonly [string, CelRule])[] = [
  ['spec.exchange', fixed('market', 'positions and orders belong to it.')],
  ['spec.exchange', fixed('account', 'positions and orders belong to it. Make a new bot.')],
  ['spec.universe', fixed('quote', 'every amount of the ledger is in it. Make a new bot.')],
  ['spec.storage.postgres', neverSmaller],
  ['spec.storage.postgres', fixedClass],
  ['spec.storage.postgres', fixedLedger],
  ['spec.storage.redis', neverSmaller],
  ['spec.storage.redis', fixedClass],
  ['spec.monitoring.prometheus', neverSmaller],
  ['spec.monitoring.prometheus', fixedClass],
  ['spec.monitoring.grafana', neverSmaller],
  ['spec.monitoring.grafana', fixedClass],
];
