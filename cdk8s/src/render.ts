/** Manifests as people read and apply them: YAML in the order of the first start. */
import { Yaml } from 'cdk8s';
import { anchorManifest, type KubeObject, synthesize } from './synthesize.ts';
import type { SynthesisInput } from './synthesis-input.ts';

/** Every object of a bot, the anchor first. Secrets are not among them. */
export const manifestsOf = (input: SynthesisInput): readonly KubeObject[] => [
  anchorManifest(input),
  ...synthesize(input).map(({ manifest }) => manifest),
];

/** As one YAML text; each document begins with a line of its own. */
export const renderYaml = (objects: readonly unknown[]): string =>
  objects.map((object) => `---\n${Yaml.stringify(object)}`).join('');
