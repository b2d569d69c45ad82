/** What a bot needs to know of its namespace, which is not watched. */
import type { KubeObject } from '../kube/resource.ts';
import type { Memo } from './memo.ts';

export interface NamespaceFacts {
  /** Its label allows live bots. */
  readonly allowsLive: boolean;
  /** It is being deleted, with all that is in it. */
  readonly ends: boolean;
}

export type LookAtNamespace = (
  asked: { readonly bot: KubeObject; readonly pods: readonly KubeObject[]; readonly live: boolean },
  read: (name: string) => Promise<NamespaceFacts>,
) => Promise<NamespaceFacts | undefined>;

/**
 * Looks for a bot that trades live; and afresh when something goes away, since maybe everything does. What ends is looked at
 * every time from then on: the pods are gone before the rest, and a namespace of the same name may be made later.
 */
export function makeLookAtNamespace(memo: Memo<NamespaceFacts>): LookAtNamespace {
  const ending = new Set<string>();
  return async ({ bot, pods, live }, read) => {
    const name = bot.metadata.namespace ?? '';
    const goes = [bot, ...pods].some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const afresh = goes || ending.has(name);
    if (!afresh && !live) return undefined;
    if (afresh) memo.forget(name);
    const facts = await memo.get(name, () => read(name));
    if (facts.ends) ending.add(name);
    else ending.delete(name);
    return facts;
  };
}
