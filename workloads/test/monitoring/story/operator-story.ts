/** Three hours of the operator, told through the metrics it really declares: changes, errors, nobody leads, silence, gone. */
import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import { makeRuntimeMetrics } from '../../../../operator/src/kube/metrics.ts';
import { Store } from '../../../../operator/src/kube/store.ts';
import { makeStateMetrics } from '../../../../operator/src/tradingbot/state-metrics.ts';
import { makeRandom } from '../../../src/backtest/stats/random.ts';
import type { Story } from './bot-story.ts';

/** When what happens, in minutes of the story: from, to. */
export const OPERATOR_SCENES = {
  reconcilesFail: [40, 60],
  withoutLeader: [70, 75],
  cutOff: [80, 100],
  operatorGone: [110, 120],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
export type OperatorScene = keyof typeof OPERATOR_SCENES;

const BOTS = 3;

const isIn = (scene: OperatorScene, second: number): boolean =>
  second >= OPERATOR_SCENES[scene][0] * 60 && second < OPERATOR_SCENES[scene][1] * 60;

const bot = (index: number, isReady: boolean, version: number) => ({
  apiVersion: 'trading.claire.dev/v1alpha1',
  kind: 'TradingBot',
  metadata: { name: `bot-${index}`, namespace: 'trading', resourceVersion: String(version) },
  spec: { mode: index === 0 ? 'live' : 'paper' },
  status: {
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    heldUpdates: index === 1 && !isReady ? [{ component: 'risk' }] : [],
  },
});

/** The same for the same seed. */
export function tellOperator(start: number, seed: number): Story {
  const random = makeRandom(seed);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let isTroubled = false;
  const runtime = makeRuntimeMetrics(
    registry,
    { controller: 'tradingbot', kinds: ['TradingBot', 'StatefulSet'], workers: 4, lease: 'claire' },
    {
      queueDepth: () => (isTroubled ? 12 : 0),
      working: () => new Map(isTroubled ? [['trading/bot-1', 0]] : []),
      monotonic: () => 150_000,
    },
  );
  // `runtime.contact` notes the present; the story has a time of its own.
  const contact = registry.getSingleMetric('operator_last_contact_timestamp_seconds') as Gauge<'kind'>;
  const bots = new Store({ onHandlerError: () => undefined });
  makeStateMetrics(registry, bots);
  return {
    processes: [
      {
        target: { namespace: 'claire-system', job: 'claire', instance: 'claire-0:8080', pod: 'claire-0' },
        text: () => registry.metrics(),
        isTarget: (second) => !isIn('operatorGone', second),
      },
    ],
    advance: (second) => {
      isTroubled = isIn('reconcilesFail', second);
      runtime.leader(!isIn('withoutLeader', second));
      for (let index = 0; index < BOTS; index += 1) {
        bots.put(bot(index, !isTroubled, second + 1));
        runtime.queueAdded();
        runtime.queueTaken(random() / 100);
        runtime.reconciled(isTroubled ? 'error' : 'success', random() / 10);
        runtime.queueDone(random() / 10);
        runtime.request('GET', 200);
        runtime.request('PATCH', isTroubled ? 500 : 200);
      }
      if (isTroubled) {
        runtime.queueRetried();
        runtime.terminalError();
        runtime.timedOut();
        runtime.panicked();
        runtime.handlerError('TradingBot');
        runtime.watchEnded('StatefulSet', 'gone');
        runtime.listed('StatefulSet');
        runtime.event('sent');
      }
      if (!isIn('cutOff', second)) contact.set({ kind: 'TradingBot' }, start + second);
    },
  };
}
