import type { ComponentName, TradingBot } from '@claire/workloads/contract';

/** Labels by which Claire finds what belongs to a bot. */
export const LABELS = {
  bot: 'trading.claire.dev/bot',
  uid: 'trading.claire.dev/bot-uid',
  component: 'trading.claire.dev/component',
  protected: 'trading.claire.dev/protected',
} as const;

/**
 * What selects the pods of a component. Selectors cannot be changed: these two labels are all there ever is in them.
 */
export const podSelector = (
  bot: TradingBot['metadata'],
  component: ComponentName,
): Readonly<Record<string, string>> => ({ [LABELS.bot]: bot.name, [LABELS.component]: component });

/**
 * Labels of every object. `app.kubernetes.io/instance` is left to the tools that deploy the bot: Argo CD takes objects
 * that carry it for its own.
 */
export const commonLabels = (
  bot: TradingBot['metadata'],
  uid: string | undefined,
): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': 'tradingbot',
  'app.kubernetes.io/part-of': 'claire',
  'app.kubernetes.io/managed-by': 'claire-operator',
  [LABELS.bot]: bot.name,
  ...(uid === undefined ? {} : { [LABELS.uid]: uid }),
});
