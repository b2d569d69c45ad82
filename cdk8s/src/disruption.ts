import { k8s } from 'cdk8s-plus-27';
import { LABELS } from './labels.ts';
import { disruptionName } from './names.ts';
import type { Part, PartContext } from './part.ts';

/**
 * No eviction takes a protected pod while positions are open or unknown; otherwise a node can be drained at any time. A
 * pod that does not work never keeps a node from being drained.
 */
export function addDisruptionBudget(part: Part, { metadata, exposed }: PartContext): void {
  new k8s.KubePodDisruptionBudget(part, 'budget', {
    metadata: part.named(disruptionName(metadata.name)),
    spec: {
      maxUnavailable: exposed ? k8s.IntOrString.fromNumber(0) : k8s.IntOrString.fromString('100%'),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { [LABELS.bot]: metadata.name, [LABELS.protected]: 'true' } },
    },
  });
}
