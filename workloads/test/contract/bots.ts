/** TradingBots for tests: a small valid one, and changes of it by path. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The least that is a TradingBot. */
export const leastBot = (): Json => ({
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: 'momentum' },
  spec: { universe: { quote: 'USDT', symbols: ['BTCUSDT'] }, strategy: { momentum: {} } },
});

/** The object with the value at a dotted path replaced, or removed when `undefined`; maps on the way are made. */
export function withField(root: Json, path: string, value: Json | undefined): Json {
  const [name = '', ...rest] = path.split('.');
  const map =
    typeof root === 'object' && root !== null && !Array.isArray(root) ? (root as Record<string, Json>) : {};
  if (rest.length > 0) return { ...map, [name]: withField(map[name] ?? {}, rest.join('.'), value) };
  const others = Object.entries(map).filter(([other]) => other !== name);
  return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
}

/** The least bot with some fields of its spec set: `bot({ 'risk.stopLoss': '5%' })`. */
export const bot = (changes: Readonly<Record<string, Json | undefined>> = {}): Json =>
  Object.entries(changes).reduce((root, [path, value]) => withField(root, `spec.${path}`, value), leastBot());
