/** What a later release would bring: the objects of this one, and one more revision of the pod templates. */
import {
  LATEST_TEMPLATE_REVISION as RELEASED,
  type SynthesisInput,
  type SynthesizedObject,
  synthesize as synthesizeReleased,
  TEMPLATE_REVISIONS as KNOWN,
} from '../../cdk8s/src/index.ts';

export * from '../../cdk8s/src/index.ts';

export const LATEST_TEMPLATE_REVISION = RELEASED + 1;
export const TEMPLATE_REVISIONS: readonly number[] = [...KNOWN, LATEST_TEMPLATE_REVISION];

interface Workload {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly env?: readonly unknown[] }[] };
    };
  };
}

/** The variable by which a test tells the new template. */
function changed(object: SynthesizedObject): SynthesizedObject {
  if (object.manifest.kind !== 'StatefulSet') return object;
  const manifest = structuredClone(object.manifest);
  const { spec } = (manifest as unknown as Workload).spec.template;
  const containers = spec.containers.map((container) => ({
    ...container,
    env: [...(container.env ?? []), { name: 'CLAIRE_TEMPLATE', value: 'next' }],
  }));
  Object.assign(spec, { containers });
  return { ...object, manifest };
}

/** As the released function, which makes every older revision. */
export function synthesize(input: SynthesisInput): readonly SynthesizedObject[] {
  const { templateRevision = LATEST_TEMPLATE_REVISION } = input;
  if (templateRevision !== LATEST_TEMPLATE_REVISION) return synthesizeReleased(input);
  return synthesizeReleased({ ...input, templateRevision: RELEASED }).map(changed);
}
