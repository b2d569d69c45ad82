/** Which change leads to which key with which priority. Pure. */
import { PRIORITY } from '../kube/queue.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { Change } from '../kube/store.ts';
import { demandedState } from './decide-control.ts';
import { BOT_LABEL, FINALIZER } from './names.ts';

export interface Trigger {
  readonly key: string;
  readonly priority: number;
}

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What a person or tool can change of a bot; its status is our own writing. */
export const wish = ({ metadata }: KubeObject): unknown => [
  metadata.uid,
  metadata.generation,
  metadata.annotations,
  metadata.deletionTimestamp,
  metadata.finalizers,
];

/** Of a TradingBot: a demand to be stricter comes before everything, a fleet that is merely looked at again last. */
export function triggerOfBot({ type, key, object, previous }: Change): Trigger | undefined {
  if (stops(object)) return isNews(object, previous) ? { key, priority: PRIORITY.stop } : undefined;
  if (type === 'added' && isKnown(object)) return { key, priority: PRIORITY.resync };
  return isNews(object, previous) ? { key, priority: PRIORITY.change } : undefined;
}

/** Some operator has taken care of it before: this one has just started. */
const isKnown = ({ metadata }: KubeObject): boolean => (metadata.finalizers ?? []).includes(FINALIZER);

const isNews = (bot: KubeObject, previous: KubeObject | undefined): boolean =>
  previous === undefined || !sameText(wish(bot), wish(previous));

const stops = (bot: KubeObject): boolean =>
  bot.metadata.deletionTimestamp !== undefined || demandedState(bot['spec']) !== 'Running';

/** Of anything else: the bot its label names. */
export function triggerOfPart({ object }: Change): Trigger | undefined {
  const bot = object.metadata.labels?.[BOT_LABEL];
  if (bot === undefined) return undefined;
  return { key: `${object.metadata.namespace ?? ''}/${bot}`, priority: PRIORITY.drift };
}
