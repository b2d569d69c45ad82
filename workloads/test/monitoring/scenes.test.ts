/** Every alert and every recorded figure, asked of a real Prometheus that knows a story with a scene for each of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestPrometheus } from '../support/prometheus.ts';
import { alertsOf, readRuleFiles, recordsOf, type RuleFile } from './rule-files.ts';
import { type Scene, SCENES } from './story/bot-story.ts';
import { OPERATOR_SCENES, type OperatorScene } from './story/operator-story.ts';
import { overTime, startToldPrometheus, storyTime } from './story/told-prometheus.ts';

/** Alerts that each scene must raise; every alert stands in one of them. */
const RAISED: Readonly<Record<Scene | OperatorScene, readonly string[]>> = {
  silentFeed: [
    'TradingFeedStale',
    'TradingSymbolsStale',
    'TradingFeedGaps',
    'TradingCandlesRefused',
    'TradingVenueReconnecting',
    'TradingServiceRestarting',
    'TradingEntriesSuspended',
  ],
  streamsBehind: [
    'TradingConsumerLagGrowing',
    'TradingPendingStuck',
    'TradingDeadLetters',
    'TradingBusBacklog',
    'TradingEventsMayBeLost',
    'TradingRedisMemoryHigh',
    'TradingEventLoopBlocked',
    'TradingPipelineLatencyBudgetBurnFast',
    'TradingPipelineLatencyBudgetBurnMedium',
    'TradingPipelineLatencyBudgetBurnSlow',
    'TradingPipelineLatencyBudgetBurnCreeping',
  ],
  redisAway: ['TradingBusDisconnected'],
  ledgerAway: [
    'TradingLedgerAway',
    'TradingLedgerErrors',
    'TradingLedgerSlow',
    'TradingRedisNotPersisting',
    'TradingStorageRestarting',
    'TradingPostgresConnectionsHigh',
    'TradingServiceNotReady',
    'TradingPositionsUnprotected',
  ],
  serviceDown: ['TradingServiceDown', 'TradingStageStalled'],
  serviceGone: ['TradingServiceAbsent'],
  unknownOrder: ['TradingOrderUnknown'],
  booksDisagree: [
    'TradingNotReconciled',
    'TradingReconciliationBreaks',
    'TradingForeignOrder',
    'TradingReconciliationStale',
    'TradingEntriesSuspended',
  ],
  receiverAway: ['TradingAlertsUndelivered', 'TradingAlertsDropped'],
  venueRefuses: [
    'TradingOrderRejectRateHigh',
    'TradingOrderRejectRateCritical',
    'TradingOrderAckSlow',
    'TradingVenueErrors',
    'TradingClockSkew',
  ],
  breaker: [
    'TradingCircuitBreakerOpen',
    'TradingCircuitBreakerFlapping',
    'TradingDrawdownNearLimit',
    'TradingDrawdownBreached',
    'TradingPositionsUnprotected',
    'TradingExposureNearLimit',
    'TradingBotHalted',
  ],
  overexposed: ['TradingExposureBreached'],
  riskDeaf: ['TradingNoVerdictsWhileSignals'],
  foreignWriter: ['TradingForeignWriter', 'TradingBotHalted'],
  exitBlocked: ['TradingExitBlocked'],
  thinMarket: ['TradingSlippageHigh', 'TradingLateFill'],
  reconcilesFail: ['TradingBotReconcileErrors', 'TradingBotReconcileStuck', 'TradingOperatorDefect'],
  withoutLeader: ['TradingOperatorNoLeader'],
  cutOff: ['TradingOperatorCutOff'],
  operatorGone: ['TradingOperatorAbsent'],
};
/** It proves the path, whatever happens. */
const ALWAYS = 'Watchdog';
/** Windows of alerts reach back: a scene is seen until so many minutes after its end. */
const AFTERMATH = 15;
const ALL_SCENES = { ...SCENES, ...OPERATOR_SCENES };

const time = storyTime(Math.floor(Date.now() / 1_000));
let prometheus: TestPrometheus;
let files: readonly RuleFile[];

/** Recorded figures, written out: what is known from before was not recorded. */
const writtenOut = (expr: string): string =>
  recordsOf(files).reduce((text, { record, expr: own }) => text.replaceAll(record, `(${own})`), expr);

/** Minutes of the story at which an expression has a value. */
async function minutesOf(expr: string): Promise<readonly number[]> {
  const series = await overTime(prometheus.url, writtenOut(expr), time);
  return series.flatMap(({ values }) => values.map(([moment]) => (moment - time.start) / 60));
}
const minutesOfAlert = (name: string): Promise<readonly number[]> =>
  minutesOf(alertsOf(files).find(({ alert }) => alert === name)?.expr ?? `no alert named ${name}`);

beforeAll(async () => {
  files = await readRuleFiles();
  prometheus = await startToldPrometheus(time);
  await prometheus.until<{ readonly resultType: string }>('query?query=vector(1)', () => true);
});
afterAll(() => (prometheus as TestPrometheus | undefined)?.stop());

describe('the story', () => {
  it('has a scene for every alert', () => {
    const staged = new Set([ALWAYS, ...Object.values(RAISED).flat()]);
    expect([...staged].sort()).toEqual(
      alertsOf(files)
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  it.each(Object.keys(RAISED) as readonly (keyof typeof RAISED)[])(
    'raises in the scene %s what it is for, and nothing of it before there is trouble',
    async (scene) => {
      const [from, to] = ALL_SCENES[scene];
      for (const name of RAISED[scene]) {
        const moments = await minutesOfAlert(name);
        const isSeen = moments.some((minute) => minute >= from && minute <= to + AFTERMATH);
        expect({ name, isSeen }).toEqual({ name, isSeen: true });
        const early = moments.filter((minute) => minute < SCENES.silentFeed[0]);
        expect({ name, early }).toEqual({ name, early: [] });
      }
    },
  );

  it('lets the watchdog bark all the time', async () => {
    expect(await minutesOfAlert(ALWAYS)).toHaveLength(time.seconds / time.step + 1);
  });

  it('gives every recorded figure a value', async () => {
    for (const { record, expr } of recordsOf(files)) {
      expect({ record, isKnown: (await minutesOf(expr)).length > 0 }).toEqual({ record, isKnown: true });
    }
  });
});
