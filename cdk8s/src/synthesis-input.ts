/** What the objects of a bot are made from. */
import type { ParsedBot, TradingBot } from '@claire/workloads/contract';

export type ImageName = 'workloads' | 'redis' | 'postgres' | 'prometheus' | 'grafana';

export interface Image {
  /** By tag or digest. */
  readonly ref: string;
  /** The user the image's files belong to. */
  readonly runAsUser: number;
}

export type Images = Readonly<Record<ImageName, Image>>;

/** The images of a release. */
export type ImageRefs = Readonly<Record<ImageName, string>>;

/** User ids of the official images. */
const USERS: Readonly<Record<ImageName, number>> = {
  workloads: 1000,
  redis: 999,
  postgres: 999,
  prometheus: 65534,
  grafana: 472,
};

const isImageName = (name: string): name is ImageName => name in USERS;

/** Which image a component runs: one of its own, or the processes' common one. */
export const imageNameOf = (component: string): ImageName =>
  isImageName(component) ? component : 'workloads';

/** The images a bot runs: its own where the spec names one, else the release's. */
export function resolveImages(spec: TradingBot['spec'], release: ImageRefs): Images {
  const image = (name: ImageName): Image => {
    const own = spec.images[name];
    const runAsUser = own !== undefined && 'runAsUser' in own ? own.runAsUser : undefined;
    return { ref: own?.ref ?? release[name], runAsUser: runAsUser ?? USERS[name] };
  };
  return {
    workloads: image('workloads'),
    redis: image('redis'),
    postgres: image('postgres'),
    prometheus: image('prometheus'),
    grafana: image('grafana'),
  };
}

/** The pods that may reach the control API. */
export interface OperatorPeer {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
}

export interface SynthesisInput {
  readonly bot: ParsedBot;
  readonly images: Images;
  /** UID of the TradingBot: every object carries it as a label, so that a namesake's objects are never taken for its own. */
  readonly uid?: string;
  /** The object that owns all others. Never the TradingBot: a foreground delete would remove the pods under the finalizer. */
  readonly anchor?: { readonly name: string; readonly uid: string };
  /** @default the latest */
  readonly templateRevision?: number;
  /** Who drives the bot; without one nobody outside the bot reaches its control API. */
  readonly operator?: OperatorPeer;
  /** Whether positions are open or unknown: then no eviction takes a protected pod. @default true */
  readonly exposed?: boolean;
  /** No pods, everything else stays. @default false */
  readonly scaledDown?: boolean;
}

/** A bot or a revision that no objects can be made for. */
export class SynthesisError extends Error {
  readonly retryable = false;
  readonly code: 'VENUE_NOT_IN_CLUSTER' | 'UNKNOWN_TEMPLATE_REVISION';
  constructor(code: SynthesisError['code'], message: string) {
    super(message);
    this.name = 'SynthesisError';
    this.code = code;
  }
}
