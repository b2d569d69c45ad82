/** TradingBots for tests: a small one, one with every field set, and changes of them by path. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Changes = Readonly<Record<string, Json | undefined>>;

/** The least that is a TradingBot. */
export const leastBot: Json = {
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: 'momentum', namespace: 'default' },
  spec: { universe: { quote: 'USDT', symbols: ['BTCUSDT'] }, strategy: { momentum: {} } },
};

const expression = { key: 'zone', operator: 'In', values: ['a'] };

/** Every field of the API set, so that each can be changed alone. */
export const fullBot: Json = {
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: 'momentum', namespace: 'default' },
  spec: {
    mode: 'live',
    live: { confirm: 'momentum@main' },
    state: 'Running',
    exchange: {
      venue: 'mexc',
      market: 'spot',
      account: 'main',
      credentialsSecretRef: { name: 'mexc' },
      endpoints: { rest: 'https://api.example', ws: 'wss://ws.example/ws' },
    },
    universe: {
      quote: 'USDT',
      symbols: ['BTCUSDT', 'ETHUSDT'],
      topMovers: { count: 20, minQuoteVolume: '1000000' },
      deny: ['USDCUSDT'],
      maxSymbolsPerConnection: 30,
    },
    strategy: {
      momentum: {
        threshold: '3%',
        lookback: '15m',
        interval: '1m',
        minQuoteVolume: '100000',
        cooldown: '15m',
        takeProfit: '4%',
        maxHolding: '4h',
      },
    },
    risk: {
      profile: 'balanced',
      capital: '10000',
      maxDailyDrawdown: '5%',
      onBreaker: 'ReduceOnly',
      maxExposure: '30%',
      maxPosition: '10%',
      maxOpenPositions: 10,
      stopLoss: '2%',
      maxSlippage: '1%',
      maxPriceMove: '10%',
      priceWindow: '5m',
      maxSpreadMultiple: 5,
      maxVolatilityMultiple: 20,
      maxDataAge: '30s',
      maxClockSkew: '1s',
      maxTradesPerHour: 10,
      maxEntriesPerDay: 200,
      maxOrderNotional: '1000',
      maxOrderQuantity: '100000',
      maxOrdersPerSecond: 5,
      maxOrdersPerMinute: 60,
      maxOrderToTradeRatio: 20,
      maxConsecutiveLosses: 5,
      lossCooldown: '1h',
      duplicateWindow: '1m',
    },
    execution: { orderType: 'LimitIoc', entryTimeout: '5s', onDelete: 'Hold', onStop: 'Hold' },
    paper: { depthShare: '50%', halfSpread: '0.02%', takerFee: '0.06%', makerFee: '0.02%' },
    storage: {
      postgres: {
        size: '20Gi',
        storageClassName: 'fast',
        retention: 'Retain',
        external: {
          host: 'db.example',
          port: 5432,
          database: 'claire',
          credentialsSecretRef: { name: 'db' },
          caSecretRef: { name: 'db-ca' },
        },
      },
      redis: {
        size: '5Gi',
        storageClassName: 'fast',
        retention: 'Retain',
        external: {
          host: 'redis.example',
          port: 6379,
          credentialsSecretRef: { name: 'redis' },
          caSecretRef: { name: 'redis-ca' },
        },
      },
    },
    monitoring: {
      prometheus: { enabled: true, size: '10Gi', storageClassName: 'fast', retention: 'Delete' },
      grafana: { enabled: true, size: '2Gi', storageClassName: 'fast', retention: 'Delete' },
      notify: { format: 'json', minLevel: 'Warning', secretRef: { name: 'pager' } },
    },
    network: {
      venue: [{ cidr: '203.0.113.0/24', ports: [443] }],
      external: [{ podSelector: { matchLabels: { app: 'db' } }, ports: [5432] }],
      notify: [{ cidr: '198.51.100.0/24', ports: [443] }],
    },
    updates: { policy: 'WhenFlat', maxWait: '24h' },
    template: {
      resources: {
        risk: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2', memory: '512Mi' } },
      },
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [
        { key: 'dedicated', operator: 'Equal', value: 'trading', effect: 'NoExecute', tolerationSeconds: 60 },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [expression] }],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [expression] } },
          ],
        },
      },
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'trading',
    },
    images: {
      workloads: { ref: 'registry.example/claire/workloads:0.1.0' },
      redis: { ref: 'redis:7', runAsUser: 999 },
      postgres: { ref: 'postgres:15', runAsUser: 999 },
      prometheus: { ref: 'prom/prometheus:v2.42.0', runAsUser: 65534 },
      grafana: { ref: 'grafana/grafana:11', runAsUser: 472 },
    },
  },
};

/** The value with what stands at the path replaced, or removed when `undefined`; maps on the way are made. */
export function withValue(root: Json | undefined, path: readonly string[], value: Json | undefined): Json {
  const [name = '', ...rest] = path;
  if (Array.isArray(root)) {
    const items = root as readonly Json[];
    return items.map((item, index) =>
      index === Number(name) ? (rest.length === 0 ? (value ?? null) : withValue(item, rest, value)) : item,
    );
  }
  const map = typeof root === 'object' && root !== null ? (root as Readonly<Record<string, Json>>) : {};
  const next = rest.length === 0 ? value : withValue(map[name], rest, value);
  const others = Object.entries(map).filter(([other]) => other !== name);
  return Object.fromEntries(next === undefined ? others : [...others, [name, next]]);
}

/** A bot with fields of its spec set by dotted path: `change(leastBot, { 'risk.stopLoss': '5%' })`. */
export const change = (bot: Json, changes: Changes): Json =>
  Object.entries(changes).reduce(
    (root, [path, value]) => withValue(root, ['spec', ...path.split('.')], value),
    bot,
  );
