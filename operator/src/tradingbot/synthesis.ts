/** From a bot to its objects and credentials, as `@claire/cdk8s` makes them. */
import { randomBytes } from 'node:crypto';
import {
  anchorManifest,
  anchorName,
  commonLabels,
  componentName,
  DATA_VOLUME,
  imageNameOf,
  makeSynthesizer,
  type ImageRefs,
  type OperatorPeer,
  resolveImages,
  secretContent,
  secretPlans,
} from '@claire/cdk8s';
import type { ParsedBot } from '@claire/workloads/contract';
import type { KubeObject } from '../kube/resource.ts';
import type { CredentialSpec, Synthesize } from './parts.ts';
import type { Pinned } from './pins.ts';

export interface SynthesisSettings {
  /** The images of the release, where a bot names none. */
  readonly images: ImageRefs;
  /** Who drives the bots; undefined outside a cluster. */
  readonly operator: OperatorPeer | undefined;
}

const PASSWORD_BYTES = 24;
const newPassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');

/** Only the ledger's passwords are written into a volume; the others can be made anew. */
function claimsOf({ wire }: ParsedBot, opens: string): readonly string[] {
  const { metadata, spec } = wire;
  if (opens !== 'postgres' || spec.storage.postgres.external !== undefined) return [];
  return [`${DATA_VOLUME}-${componentName(metadata.name, 'postgres')}-0`];
}

function credentialsOf(bot: ParsedBot, uid: string): readonly CredentialSpec[] {
  return secretPlans(bot.wire).map((plan) => ({
    name: plan.name,
    opens: plan.opens,
    generate: () => secretContent(bot.wire.metadata, plan, {}, newPassword),
    labels: commonLabels(bot.wire.metadata, uid),
    claims: claimsOf(bot, plan.opens),
  }));
}

/** All processes of a bot run one image, so that what is pinned for one of them holds for all. */
const pinnedImages = ({ images }: Pinned): Partial<ImageRefs> =>
  Object.fromEntries([...images].map(([component, ref]) => [imageNameOf(component), ref]));

export function makeSynthesize({ images, operator }: SynthesisSettings): Synthesize {
  const synthesize = makeSynthesizer();
  return ({ bot, uid, anchor, pinned, exposed, scaledDown }) => ({
    objects: synthesize({
      bot,
      uid,
      images: resolveImages(bot.wire.spec, { ...images, ...pinnedImages(pinned) }),
      exposed,
      scaledDown,
      ...(anchor === undefined ? {} : { anchor }),
      ...(pinned.templateRevision === undefined ? {} : { templateRevision: pinned.templateRevision }),
      ...(operator === undefined ? {} : { operator }),
    }).map(({ manifest }) => manifest as KubeObject),
    credentials: credentialsOf(bot, uid),
    anchorName: anchorName(bot.settings.name),
  });
}

export const makeAnchor = (bot: ParsedBot, uid: string): KubeObject =>
  anchorManifest({ bot, uid }) as KubeObject;
