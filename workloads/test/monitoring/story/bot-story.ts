/**
 * Three hours of a bot, told through the metrics its services really declare: it trades; the feed falls silent; Redis and
 * the ledger have trouble; an order's fate is unknown; the books disagree; nobody takes alerts; the day's loss latches
 * the breaker; risk goes deaf; somebody else writes; exits are blocked; the market gets thin.
 */
import { PrometheusMetrics } from '../../../src/adapters/prometheus/prometheus-metrics.ts';
import { makeMexcMetrics } from '../../../src/adapters/mexc/mexc-metrics.ts';
import { makeRandom, type Random } from '../../../src/backtest/stats/random.ts';
import { PROCESSES, type ProcessName } from '../../../src/contract/index.ts';
import { DECLARED } from '../../../src/process/metric-catalogue.ts';
import {
  makeBusMetrics,
  makeLedgerMetrics,
  makeProcessMetrics,
  makeStorageMetrics,
} from '../../../src/process/process-metrics.ts';
import {
  makeExecutionMetrics,
  SHOWN_STATES as ORDER_STATES,
} from '../../../src/services/execution/metrics.ts';
import { makeNotifierMetrics } from '../../../src/services/notifier/metrics.ts';
import { makeRiskMetrics, SHOWN_STATES } from '../../../src/services/risk/metrics.ts';
import { makeScreenerMetrics } from '../../../src/services/screener-ws/metrics.ts';
import { makeSignalMetrics } from '../../../src/services/signal/metrics.ts';
import type { ScrapedProcess } from './exposition.ts';

/** When what happens, in minutes of the story: from, to. */
export const SCENES = {
  silentFeed: [30, 37],
  streamsBehind: [40, 48],
  redisAway: [46, 48],
  ledgerAway: [50, 55],
  serviceDown: [58, 62],
  unknownOrder: [65, 69],
  booksDisagree: [72, 84],
  receiverAway: [76, 82],
  venueRefuses: [86, 93],
  breaker: [95, 121],
  overexposed: [112, 118],
  serviceGone: [124, 132],
  riskDeaf: [134, 152],
  foreignWriter: [154, 158],
  exitBlocked: [160, 163],
  thinMarket: [164, 176],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
export type Scene = keyof typeof SCENES;

export const isIn = (scene: Scene, second: number): boolean =>
  second >= SCENES[scene][0] * 60 && second < SCENES[scene][1] * 60;

/** What starts anew every minute of a scene has begun so many seconds later. */
const startsDuring = (scene: Scene, second: number): number => {
  const [from, to] = SCENES[scene];
  return 60 * Math.max(0, Math.min(Math.floor(second / 60), to) - from);
};

const flag = (isSo: boolean): 0 | 1 => (isSo ? 1 : 0);
const either = <T>(isSo: boolean, yes: T, no: T): T => (isSo ? yes : no);

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT'] as const;
const LIMITS = { drawdown: 0.05, exposure: 0.3, position: 0.1, slippage: 0.01 } as const;
const CAPITAL = 10_000;

interface Moment {
  readonly second: number;
  /** Seconds since 1970. */
  readonly now: number;
  readonly random: Random;
  /** Seconds since the moment before. */
  readonly passed: number;
}
type Teller = (moment: Moment) => void;

/** A duration around a middle, with a long tail. */
const around = (middle: number, random: Random): number => middle * (0.5 + random() + 8 * random() ** 20);

function tellScreener(metrics: PrometheusMetrics): Teller {
  const screener = makeScreenerMetrics(metrics);
  const venue = makeMexcMetrics(metrics);
  return ({ second, now, random, passed }) => {
    const isSilent = isIn('silentFeed', second);
    venue.connections.set(isSilent ? 0 : 2, {});
    venue.clockOffset.set(0.02 * random(), {});
    venue.backlog.set(Math.floor(3 * random()), {});
    venue.requests.add(passed / 30, { endpoint: 'klines', outcome: 'OK' });
    if (isSilent) {
      screener.staleSymbols.set(SYMBOLS.length, {});
      venue.connectionEnds.add(2, { reason: 'SILENT' });
      screener.feedEvents.add(1, { status: 'STALE' });
      venue.feedEvents.add(1, { status: 'STALE' });
      venue.refusedSubscriptions.add(1, {});
      return;
    }
    screener.staleSymbols.set(0, {});
    screener.watchedSymbols.set(SYMBOLS.length, { reason: 'file' });
    screener.universeChanges.add(1, { status: 'entered' });
    for (const symbol of SYMBOLS) screener.lastMessage.set(now - random(), { symbol });
    venue.frames.add(60 * passed, { kind: 'deals' });
    venue.frames.add(SYMBOLS.length * passed, { kind: 'kline' });
    venue.conflatedTicks.add(passed, {});
    venue.droppedDuplicates.add(passed / 30, { kind: 'kline' });
    for (const counter of [screener.candles, venue.candles]) {
      counter.add((SYMBOLS.length * passed) / 60, { origin: 'live' });
    }
    if (second === SCENES.silentFeed[1] * 60) {
      for (const counter of [screener.candles, venue.candles]) counter.add(35, { origin: 'backfill' });
      screener.gaps.add(SYMBOLS.length, {});
      screener.refused.add(8, { reason: 'WRONG_INTERVAL' });
      venue.rejectedFrames.add(8, { reason: 'PRICE_INVALID' });
      screener.feedEvents.add(SYMBOLS.length, { status: 'RECOVERED' });
    }
  };
}

function tellSignal(metrics: PrometheusMetrics): Teller {
  const signal = makeSignalMetrics(metrics);
  return ({ second, now, random, passed }) => {
    if (isIn('silentFeed', second)) return;
    signal.lastEvent.set(now - random(), {});
    const delay = isIn('streamsBehind', second) ? 0.3 : 0.003;
    for (let index = 0; index < (SYMBOLS.length * passed) / 60; index += 1) {
      signal.pipelineLatency.observe(around(delay, random), {});
      signal.rejected.add(1, { reason: random() < 0.8 ? 'BELOW_THRESHOLD' : 'LOW_VOLUME' });
    }
    if (random() < 0.4) {
      const symbol = SYMBOLS[Math.floor(SYMBOLS.length * random())] ?? 'BTCUSDT';
      signal.generated.add(1, { symbol, side: 'BUY' });
      signal.confidence.set(0.5 + random() / 2, { symbol });
      signal.latency.observe(around(1_000 * delay, random), {});
    }
  };
}

function tellRisk(metrics: PrometheusMetrics): Teller {
  const tellers = [tellMoney(metrics), tellState(metrics), tellVerdicts(metrics)];
  return (moment) => {
    for (const tell of tellers) tell(moment);
  };
}

function tellMoney(metrics: PrometheusMetrics): Teller {
  const risk = makeRiskMetrics(metrics);
  return ({ second, now, random }) => {
    const isBroken = isIn('breaker', second);
    const drawdown = either(isBroken, 0.052, Math.max(0, 0.03 * Math.sin(second / 1_500)));
    for (const limit of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
      risk.limits.set(LIMITS[limit], { limit });
    }
    risk.staleThreshold.set(90, {});
    if (!isIn('silentFeed', second)) risk.lastEvent.set(now - random(), {});
    risk.drawdown.set(drawdown, {});
    risk.equity.set(CAPITAL * (1 + second / 400_000 - drawdown), {});
    const held = either(isIn('overexposed', second), 0.33, 0.29);
    risk.exposureRatio.set(either(isBroken, held, 0.05 + 0.04 * random()), {});
    risk.positions.set(either(isBroken, 3, 1), {});
    for (const symbol of SYMBOLS) {
      risk.exposure.set(either(isBroken || symbol === 'BTCUSDT', 580, 0), { symbol });
    }
  };
}

function stateAt(second: number): (typeof SHOWN_STATES)[number] {
  if (isIn('breaker', second) || isIn('foreignWriter', second)) return 'Halted';
  return isIn('silentFeed', second) || isIn('booksDisagree', second) ? 'ReduceOnly' : 'Running';
}

function tellState(metrics: PrometheusMetrics): Teller {
  const risk = makeRiskMetrics(metrics);
  return ({ second }) => {
    const isBroken = isIn('breaker', second);
    risk.unprotected.set(flag(isBroken), {});
    risk.causes.set(flag(isIn('silentFeed', second)), { cause: 'feed' });
    risk.causes.set(flag(isIn('booksDisagree', second)), { cause: 'not-reconciled' });
    for (const state of SHOWN_STATES) risk.state.set(flag(state === stateAt(second)), { state });
    risk.breakerOpen.set(flag(isBroken), { reason: 'daily-drawdown' });
    risk.breakerOpen.set(flag(isIn('foreignWriter', second)), { reason: 'foreign-writer' });
    if (isIn('exitBlocked', second)) risk.exitsBlocked.add(1, { reason: 'collar-exhausted' });
    // A person resumes again and again without removing the cause.
    if (isBroken && (second - SCENES.breaker[0] * 60) % 240 === 0) {
      risk.breakers.add(1, {});
      risk.trips.add(1, { reason: 'daily-drawdown' });
    }
  };
}

function tellVerdicts(metrics: PrometheusMetrics): Teller {
  const risk = makeRiskMetrics(metrics);
  return ({ second, random }) => {
    if (random() > 0.4 || isIn('riskDeaf', second)) return;
    const isRunning = stateAt(second) === 'Running';
    risk.verdictLatency.observe(around(0.005, random), {});
    if (isRunning && random() < 0.7) risk.validated.add(1, { symbol: 'BTCUSDT' });
    else risk.rejected.add(1, { reason: either(isRunning, 'MAX_EXPOSURE', 'STATE_REDUCE_ONLY') });
  };
}

/** Nothing is sent then. */
const QUIET: readonly Scene[] = ['silentFeed', 'unknownOrder', 'breaker', 'riskDeaf', 'foreignWriter'];

function tellOrders(metrics: PrometheusMetrics): Teller {
  const execution = makeExecutionMetrics(metrics);
  const venue = makeMexcMetrics(metrics);
  return ({ second, now, random, passed }) => {
    const isUnknown = isIn('unknownOrder', second);
    execution.unknownSince.set(either(isUnknown, now - (second - SCENES.unknownOrder[0] * 60), 0), {});
    const shown = new Set(either(isUnknown, ['WORKING', 'UNKNOWN'], ['WORKING']));
    for (const state of ORDER_STATES) execution.open.set(flag(shown.has(state)), { state });
    venue.clockOffset.set(either(isIn('venueRefuses', second), 1.7, 0.02 * random()), {});
    venue.requests.add(passed / 10, { endpoint: 'account', outcome: 'OK' });
    if (isUnknown) execution.outcomes.add(1, { outcome: 'unknown' });
    if (isIn('venueRefuses', second)) {
      execution.outcomes.add(3, { outcome: 'rejected' });
      execution.failed.add(3, { reason: 'VENUE' });
      venue.requests.add(3, { endpoint: 'order', outcome: 'RATE_LIMITED' });
    }
    const isTrading = !QUIET.some((scene) => isIn(scene, second));
    if (!isTrading || random() > 0.4) return;
    const isSlow = isIn('venueRefuses', second);
    const isThin = isIn('thinMarket', second);
    execution.outcomes.add(1, { outcome: 'accepted' });
    venue.requests.add(1, { endpoint: 'order', outcome: 'OK' });
    execution.ack.observe(around(either(isSlow, 3, 0.08), random), {});
    execution.latency.observe(around(either(isSlow, 3_100, 90), random), {});
    execution.executed.add(1, { symbol: 'BTCUSDT', side: either(random() < 0.5, 'BUY', 'SELL') });
    execution.slippage.observe(either(isThin, 0.04, 0.002 * random() - 0.0005), {});
    if (isThin) execution.lateFills.add(1, {});
  };
}

function tellBooks(metrics: PrometheusMetrics): Teller {
  const execution = makeExecutionMetrics(metrics);
  return ({ second, now }) => {
    const differ = isIn('booksDisagree', second);
    execution.comparisons.add(1, { outcome: differ ? 'differs' : 'agrees' });
    execution.reconciled.set(differ ? 0 : 1, {});
    if (!differ) execution.lastReconciliation.set(now, {});
    execution.breaks.set(differ ? 1 : 0, { kind: 'BALANCE_DEFICIT' });
    execution.breaks.set(differ ? 1 : 0, { kind: 'FOREIGN_ORDER' });
    execution.ledgerAway.set(isIn('ledgerAway', second) ? 1 : 0, {});
  };
}

const GROUPS: Readonly<Record<ProcessName, readonly (readonly [stream: string, group: string])[]>> = {
  'screener-ws': [],
  'screener-rest': [],
  signal: [['market_data', 'signal']],
  risk: [
    ['signals', 'risk'],
    ['market_data', 'risk'],
  ],
  execution: [['orders', 'execution']],
};

function tellBus(metrics: PrometheusMetrics, name: ProcessName): Teller {
  const bus = makeBusMetrics(metrics);
  return ({ second, now, random }) => {
    const isBehind = isIn('streamsBehind', second);
    bus.connected.set(flag(!isIn('redisAway', second)), {});
    bus.waiting.set(either(isBehind, 1_500, Math.floor(3 * random())), {});
    for (const [stream, group] of GROUPS[name]) {
      bus.lag.set(either(isBehind, 4_000 + second, Math.floor(2 * random())), { stream, group });
      bus.pending.set(either(isBehind, 120, 1), { stream, group });
      bus.oldestPending.set(now - either(isBehind, 45, 0.2), { stream, group });
      bus.deadLetters.set(flag(isBehind), { stream });
    }
    if (second === SCENES.streamsBehind[0] * 60) {
      bus.losses.add(1, {});
      bus.conflated.add(500, {});
    }
  };
}

function tellStorage(metrics: PrometheusMetrics): Teller {
  const storage = makeStorageMetrics(metrics);
  return ({ second, now }) => {
    const isBehind = isIn('streamsBehind', second);
    storage.redisUsed.set(either(isBehind, 480e6, 90e6), {});
    storage.redisLimit.set(512e6, {});
    storage.redisPersisting.set(flag(!isIn('ledgerAway', second)), {});
    storage.redisStarted.set(now - second - 3_600 + startsDuring('ledgerAway', second), {});
    storage.databaseSize.set(60e6 + 2_000 * second, {});
    storage.connections.set(either(isIn('ledgerAway', second), 96, 11), {});
    storage.connectionLimit.set(100, {});
    storage.postgresStarted.set(now - second - 3_600, {});
  };
}

function tellProcess(metrics: PrometheusMetrics, name: ProcessName): Teller {
  const process = makeProcessMetrics(metrics);
  const ledger = makeLedgerMetrics(metrics);
  const tellOfBus = tellBus(metrics, name);
  const tellOfStorage = tellStorage(metrics);
  return (moment) => {
    const { second, random, passed } = moment;
    const isAway = isIn('ledgerAway', second);
    process.info.set(1, { version: '0.1.0' });
    process.ready.set(flag(!isAway), {});
    tellOfBus(moment);
    tellOfStorage(moment);
    ledger.transactions.add(passed / 5, { outcome: either(isAway, 'failed', 'committed') });
    for (let n = 0; n < 3; n += 1) ledger.duration.observe(around(either(isAway, 1, 0.004), random), {});
  };
}

function tellNotifier(metrics: PrometheusMetrics): Teller {
  const notifier = makeNotifierMetrics(metrics);
  const { receiverAway } = SCENES;
  return ({ second, now }) => {
    const isAway = isIn('receiverAway', second);
    notifier.waitingSince.set(either(isAway, now - (second - receiverAway[0] * 60), 0), {});
    if (isAway) notifier.messages.add(1, { outcome: 'failed' });
    if (!isAway) notifier.lastSuccess.set(now, {});
    notifier.alerts.add(1, { outcome: either(isAway, 'below_level', 'sent') });
    if (second === receiverAway[1] * 60) notifier.alerts.add(3, { outcome: 'dropped' });
  };
}

const TELLERS: Readonly<Record<ProcessName, readonly ((metrics: PrometheusMetrics) => Teller)[]>> = {
  'screener-ws': [tellScreener],
  'screener-rest': [tellNotifier],
  signal: [tellSignal],
  risk: [tellRisk],
  execution: [tellOrders, tellBooks],
};

/** What the runtime shows of itself; collecting it for real would keep observers in the test. */
const runtimeFigures = (name: ProcessName, start: number, second: number): string =>
  [
    `process_start_time_seconds ${start - 3_600 + either(name === 'screener-ws', startsDuring('silentFeed', second), 0)}`,
    `process_resident_memory_bytes ${140e6 + 1e6 * Math.sin(second / 300)}`,
    `process_cpu_seconds_total ${second / 20}`,
    `nodejs_eventloop_lag_p99_seconds ${either(name === 'signal' && isIn('streamsBehind', second), 0.4, 0.011)}`,
  ].join('\n');

export interface Story {
  readonly processes: readonly ScrapedProcess[];
  readonly advance: (second: number) => void;
}

/** The five services of a bot in trouble; the same for the same seed. */
export function tellBot(start: number, seed: number): Story {
  const random = makeRandom(seed);
  const told = PROCESSES.map((name) => {
    const metrics = new PrometheusMetrics();
    for (const declare of DECLARED[name]) declare(metrics);
    const tellers = [tellProcess(metrics, name), ...TELLERS[name].map((make) => make(metrics))];
    return { name, metrics, tellers };
  });
  let before = 0;
  return {
    processes: told.map(({ name, metrics }) => ({
      target: {
        namespace: 'trading',
        bot: 'momentum',
        component: name,
        job: name,
        instance: `momentum-${name}-0:9090`,
        pod: `momentum-${name}-0`,
      },
      text: async () => `${await metrics.text()}\n${runtimeFigures(name, start, before)}`,
      isUp: (second) => name !== 'signal' || !isIn('serviceDown', second),
      isTarget: (second) => name !== 'screener-rest' || !isIn('serviceGone', second),
    })),
    advance: (second) => {
      const moment = { second, now: start + second, random, passed: second - before };
      for (const { tellers } of told) for (const tell of tellers) tell(moment);
      before = second;
    },
  };
}
