/** Everything a decision about a bot rests on, gathered before it is taken. */
import type { ParsedBot, ParseResult, TradingBotStatus } from '@claire/workloads/contract';
import type { KubeObject } from '../kube/resource.ts';
import type { ControlAnswers } from './exposure.ts';
import type { CredentialSpec, Part } from './parts.ts';
import type { Warnings } from './warnings.ts';

/** What is known of a Secret without reading it. */
export interface SecretFacts {
  readonly uid: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who may trade the bot's exchange account. */
export type AccountClaim =
  | { readonly kind: 'not-needed' }
  | { readonly kind: 'ours' }
  | { readonly kind: 'free' }
  | { readonly kind: 'foreign'; readonly holder: string };

export type PartsResult =
  | {
      readonly ok: true;
      readonly parts: readonly Part[];
      readonly credentials: readonly CredentialSpec[];
      readonly anchorName: string;
    }
  | { readonly ok: false; readonly problem: string };

export interface Observed {
  readonly bot: KubeObject;
  readonly parsed: ParseResult<ParsedBot>;
  readonly status: TradingBotStatus;
  /** The bot's own objects except pods, by `Kind/name`. */
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly pods: readonly KubeObject[];
  /** Volume claims that carry the bot's name and another bot's UID, or none. */
  readonly retained: readonly KubeObject[];
  readonly synthesis: PartsResult;
  /** By name; null: not there. Without an entry: not asked, nothing depends on it. */
  readonly secrets: ReadonlyMap<string, SecretFacts | null>;
  readonly account: AccountClaim;
  /** Whether the namespace allows live bots; undefined for a bot on paper. */
  readonly liveAllowed: boolean | undefined;
  /** The namespace is being deleted, and all that is in it whatever anybody holds. */
  readonly namespaceEnds: boolean;
  readonly answers: ControlAnswers;
  /** What events say of objects that are stuck, by UID. */
  readonly warnings: Warnings;
  /** Whether the operator's flags allow other endpoints and images in live mode. */
  readonly overridesAllowed: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}

export const uidOf = (object: KubeObject): string => object.metadata.uid ?? '';
export const generationOf = (object: KubeObject): number => object.metadata.generation ?? 0;
export const annotationOf = (object: KubeObject, key: string): string | undefined =>
  object.metadata.annotations?.[key];
export const ownerOf = (bot: KubeObject): { name: string; uid: string; namespace: string } => ({
  name: bot.metadata.name,
  uid: uidOf(bot),
  namespace: bot.metadata.namespace ?? 'default',
});
