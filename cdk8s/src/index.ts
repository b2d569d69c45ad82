/** A TradingBot as Kubernetes objects. */
export { CRD_NAME, type CustomResourceDefinition, tradingBotCrd } from './crd/crd.ts';
export { commonLabels, LABELS, podSelector } from './labels.ts';
export { anchorName, componentName, hotName, podsServiceName, secretName } from './names.ts';
export { secretContent, type SecretPlan, secretPlans } from './secrets.ts';
export { OPERATOR_LABELS, RELEASE_IMAGES, RELEASE_VERSION } from './release.ts';
export { manifestsOf, renderYaml } from './render.ts';
export { PROTECTED, type Stage, STAGE_OF, STAGES } from './stages.ts';
export { DATA_VOLUME } from './stateful-component.ts';
export {
  type Image,
  type ImageName,
  type ImageRefs,
  type Images,
  type OperatorPeer,
  imageNameOf,
  resolveImages,
  SynthesisError,
  type SynthesisInput,
} from './synthesis-input.ts';
export { makeSynthesizer } from './synthesizer.ts';
export {
  anchorManifest,
  componentsOf,
  type KubeObject,
  LATEST_TEMPLATE_REVISION,
  synthesize,
  type SynthesizedObject,
  TEMPLATE_REVISIONS,
} from './synthesize.ts';
