import { setTimeout as pause } from 'node:timers/promises';
import type { TestSimulator } from '../simulator/open-simulator.ts';

export const FRAME_FAULTS = ['drop-frames', 'duplicate-frames', 'reorder-frames', 'broken-frames'] as const;

/** Faults in turn, with their victims from the seed; counted, so that a test can tell that each happened. */
export class Havoc {
  readonly counts = { cutOne: 0, cutAll: 0, stallOne: 0, stallAll: 0, frames: 0 };
  readonly #simulator: TestSimulator;
  readonly #random: () => number;

  constructor(simulator: TestSimulator, random: () => number) {
    this.#simulator = simulator;
    this.#random = random;
  }

  async strike(turn: number): Promise<void> {
    const ids = await this.#connections();
    const victim = ids[Math.floor(this.#random() * ids.length)];
    const kind = turn % 6;
    if (kind === 0 && victim !== undefined) await this.#do('cutOne', { do: 'cut', id: victim });
    if (kind === 1 && victim !== undefined) await this.#do('stallOne', { do: 'stall', id: victim });
    if (kind === 2) await this.#do('cutAll', { do: 'cut' });
    if (kind === 4) await this.#do('stallAll', { do: 'stall' });
    if (kind === 3 || kind === 5) {
      this.counts.frames += 1;
      for (const fault of FRAME_FAULTS) {
        await this.#simulator.admin('POST', 'faults', { kind: fault, chance: 0.05, count: 60 });
      }
    }
  }

  /** Those that are open; after a blow to all of them the client needs a moment. */
  async #connections(): Promise<readonly number[]> {
    for (;;) {
      const { json } = await this.#simulator.admin('GET', 'connections');
      const ids = (json as readonly { readonly id: number }[]).map(({ id }) => id);
      if (ids.length > 0) return ids;
      await pause(20);
    }
  }

  async #do(what: keyof Havoc['counts'], order: object): Promise<void> {
    this.counts[what] += 1;
    await this.#simulator.admin('POST', 'connections', order);
  }
}
