import type { KubeObject } from '../../src/kube/resource.ts';

/** A TradingBot on paper that says no more than it must; `more` replaces parts of its spec. */
export const botObject = (
  metadata: Partial<KubeObject['metadata']> & { readonly name: string },
  more: Readonly<Record<string, unknown>> = {},
): KubeObject => ({
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { namespace: 'default', ...metadata },
  spec: {
    exchange: { venue: 'mexc' },
    universe: { quote: 'USDT', symbols: ['BTCUSDT'] },
    strategy: { momentum: { threshold: '3%', lookback: '15m', interval: '1m' } },
    risk: { profile: 'balanced', capital: '10000' },
    ...more,
  },
});
