/** Bots that answer the control API, in this process: what risk and execution would say. */
import { CONTROL_PATHS, type ControlRequest, type ControlState } from '@claire/workloads/contract';
import type { ControlChannel } from '../../src/tradingbot/control-client.ts';

export interface FakeBot {
  effectiveState: ControlState['effectiveState'];
  openPositions: number | null;
  workingOrders: number | null;
  heldUntil: number | null;
  reachable: boolean;
  /** What was asked of it, once an operation id. */
  readonly asked: ControlRequest[];
}

export interface FakeBots {
  readonly channel: ControlChannel;
  bot(name: string): FakeBot;
}

const STATE_AFTER = { halt: 'Halted', 'reduce-only': 'ReduceOnly' } as const;

export function makeBots(now: () => number): FakeBots {
  const bots = new Map<string, FakeBot>();
  const bot = (name: string): FakeBot => {
    const known = bots.get(name);
    if (known !== undefined) return known;
    const fresh: FakeBot = {
      effectiveState: 'Running',
      openPositions: 0,
      workingOrders: 0,
      heldUntil: null,
      reachable: true,
      asked: [],
    };
    bots.set(name, fresh);
    return fresh;
  };

  function operate(target: FakeBot, request: ControlRequest): void {
    if (target.asked.some(({ operationId }) => operationId === request.operationId)) return;
    target.asked.push(request);
    const { action } = request;
    if (action === 'halt' || action === 'reduce-only') target.effectiveState = STATE_AFTER[action];
    if (action === 'halt') target.workingOrders = 0;
    if (action === 'hold') target.heldUntil = now() + 60_000;
    if (action === 'release') target.heldUntil = null;
    if (action === 'flatten') {
      Object.assign(target, { openPositions: 0, workingOrders: 0, effectiveState: 'Halted' });
    }
  }

  const stateOf = (name: string, component: 'risk' | 'execution', target: FakeBot): ControlState => ({
    component,
    bot: name,
    effectiveState: target.effectiveState,
    demands: [],
    openPositions: target.openPositions,
    workingOrders: target.workingOrders,
    reconciled: true,
    lastReconciliation: now(),
    heldUntil: target.heldUntil,
    feedHealthy: true,
    credentialsValid: null,
    accountHash: null,
    settingsHash: 'hash',
    hotSettingsHash: null,
    limitsHash: null,
    time: now(),
  });

  return {
    bot,
    channel: (target, call) => {
      const one = bot(target.bot);
      if (!one.reachable) return Promise.reject(new Error('connection refused'));
      if (call.path === CONTROL_PATHS.state) {
        return Promise.resolve({
          status: 200,
          body: JSON.stringify(stateOf(target.bot, target.component, one)),
        });
      }
      const request = JSON.parse(call.body ?? '{}') as ControlRequest;
      operate(one, request);
      const { operationId } = request;
      const outcome = { operationId, result: 'done', message: 'done', state: one.effectiveState };
      return Promise.resolve({ status: 200, body: JSON.stringify(outcome) });
    },
  };
}
