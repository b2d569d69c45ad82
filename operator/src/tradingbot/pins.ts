/**
 * What a bot runs stays as it is when the operator is upgraded: the images and the revision of its pod templates are pinned
 * in its status once they are applied. They move with the spec, which names an image, or with the annotation `release`,
 * whose every new value takes what this operator brings. Pure.
 */
import type { TradingBotStatus } from '@claire/workloads/contract';
import type { KubeObject } from '../kube/resource.ts';
import { APPLIED_ANNOTATION, RELEASE_ANNOTATION } from './names.ts';
import { annotationOf, type Observed } from './observed.ts';
import type { Part } from './parts.ts';
import { componentOf, imageOf, revisionOf, templateImage, updateRevision } from './views.ts';

type Pins = NonNullable<TradingBotStatus['pins']>;
type PinnedImage = Pins['images'][number];

/** What the synthesis must keep. */
export interface Pinned {
  readonly templateRevision: number | undefined;
  /** Image by component. */
  readonly images: ReadonlyMap<string, string>;
}

const NOTHING: Pinned = { templateRevision: undefined, images: new Map() };

/** The annotation asks for another release than the one that is pinned. */
function moves(bot: KubeObject, pins: Pins): boolean {
  const asked = annotationOf(bot, RELEASE_ANNOTATION);
  return asked !== undefined && asked !== pins.release;
}

export function pinnedOf(bot: KubeObject, { pins }: TradingBotStatus): Pinned {
  if (pins === undefined || moves(bot, pins)) return NOTHING;
  return {
    templateRevision: pins.templateRevision,
    images: new Map(pins.images.map(({ component, ref }) => [component, ref])),
  };
}

const isApplied = ({ id, object }: Part, { live }: Observed): boolean =>
  live.get(id)?.metadata.annotations?.[APPLIED_ANNOTATION] ===
  object.metadata.annotations?.[APPLIED_ANNOTATION];

/** `name@sha256:…` as a kubelet reports it, or what it says instead. */
const digestOf = (imageId: string): string => imageId.slice(imageId.lastIndexOf('@') + 1);

/** What the pod of a workload runs, if it runs the current template. */
function runningDigest(part: Part, { live, pods }: Observed): string | undefined {
  const workload = live.get(part.id);
  const pod = pods.find((one) => componentOf(one) === part.component);
  if (workload === undefined || pod === undefined) return undefined;
  const id = revisionOf(pod) === updateRevision(workload) ? imageOf(pod) : undefined;
  return id === undefined || id === '' ? undefined : digestOf(id);
}

/** Taken over once it is applied: what a gate holds back, or somebody else put there, is not pinned. */
function imagePin(part: Part, observed: Observed, before: PinnedImage | undefined): readonly PinnedImage[] {
  if (!isApplied(part, observed)) return before ? [before] : [];
  const ref = templateImage(part.object);
  const digest = (before?.ref === ref ? before.digest : undefined) ?? runningDigest(part, observed);
  return [{ component: part.component, ref, ...(digest === undefined ? {} : { digest }) }];
}

/** `latest`: the revision of pod templates that this operator brings. */
export function pinsOf(observed: Observed, latest: number): Pins {
  const { bot, status, synthesis } = observed;
  const before = status.pins ?? { templateRevision: latest, images: [] };
  if (!synthesis.ok) return before;
  const workloads = synthesis.parts.filter(({ object }) => object.kind === 'StatefulSet');
  const images = workloads
    .flatMap((part) =>
      imagePin(
        part,
        observed,
        before.images.find(({ component }) => component === part.component),
      ),
    )
    .toSorted((a, b) => (a.component < b.component ? -1 : 1));
  const asked = annotationOf(bot, RELEASE_ANNOTATION);
  if (asked === undefined || !workloads.every((part) => isApplied(part, observed))) {
    return { ...before, images };
  }
  return { templateRevision: moves(bot, before) ? latest : before.templateRevision, release: asked, images };
}
