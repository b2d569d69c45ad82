/** Changes of bots, one after the other, and where the time of each goes. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../operator/src/kube/client.ts';
import type { Store } from '../../operator/src/kube/store.ts';
import { TRADING_BOT } from '../../operator/src/tradingbot/kinds.ts';

/** ms from the answer to a change of a bot on. */
export interface ChangeTime {
  /** Until a watch shows its part changed. */
  readonly total: number;
  /** Until a watch shows the bot itself changed, as the operator's own does: the API server's share. */
  readonly told: number;
  /** How long the process that measures stood still at most meanwhile. */
  readonly stoodStill: number;
}

/** When an object is next seen to change, noted as its event comes in. */
class Arrivals {
  readonly #waiting = new Map<string, (at: number) => void>();

  constructor(store: Store) {
    store.subscribe(({ key }) => {
      this.#waiting.get(key)?.(performance.now());
      this.#waiting.delete(key);
    });
  }

  next(key: string): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.set(key, resolve);
    });
  }
}

export class ChangeClock {
  readonly #client: KubeClient;
  readonly #bots: Arrivals;
  readonly #parts: Arrivals;

  constructor(client: KubeClient, bots: Store, parts: Store) {
    this.#client = client;
    this.#bots = new Arrivals(bots);
    this.#parts = new Arrivals(parts);
  }

  /** Undefined when it was not seen within so many ms. */
  async change(name: string, risk: object, most: number): Promise<ChangeTime | undefined> {
    const told = this.#bots.next(`default/${name}`);
    const applied = this.#parts.next(`default/${name}-risk-hot`);
    const delays = monitorEventLoopDelay({ resolution: 1 });
    await this.#client.patch(
      TRADING_BOT,
      { namespace: 'default', name },
      { spec: { risk } },
      { kind: 'merge' },
    );
    const sent = performance.now();
    delays.enable();
    const both = await Promise.race([Promise.all([told, applied]), pause(most, undefined, { ref: false })]);
    delays.disable();
    if (both === undefined) return undefined;
    const [toldAt, appliedAt] = both;
    return {
      total: Math.max(0, appliedAt - sent),
      // The watch is often faster than the answer.
      told: Math.max(0, toldAt - sent),
      stoodStill: delays.count === 0 ? 0 : delays.max / 1e6,
    };
  }
}
