import { SECOND } from '../../src/domain/time.ts';
import type { PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';
import type { LoopbackSocket, Reply } from './loopback-venue.ts';

/** A small generator of numbers in [0, 1) that a seed determines. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Random faults of a feed, counted so that a test can tell that each of them happened. */
export class Faults {
  readonly happened = {
    cutOne: 0,
    cutAll: 0,
    longOutage: 0,
    lost: 0,
    repeated: 0,
    reordered: 0,
    restFailed: 0,
  };
  readonly #random: () => number;
  #answers = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The frame of a part of a window: mostly as it should be, else not at all, twice, or before an older one. */
  frames(make: (part: number) => PushFrame, part: number): readonly PushFrame[] {
    const dice = this.#random();
    const frame = make(part);
    if (dice < 0.1) return this.#count('lost', []);
    if (dice < 0.2) return this.#count('repeated', [frame, frame]);
    if (dice < 0.3) return this.#count('reordered', [frame, make(part - 1)]);
    return [frame];
  }

  /** In turn: cuts nothing, one socket, all, all for more than a window. Returns how long nothing comes afterwards. */
  cut(turn: number, open: readonly LoopbackSocket[]): number {
    const kind = turn % 4;
    if (kind === 0) return 0;
    const victims = kind === 1 ? this.#count('cutOne', open.slice(0, 1)) : this.#count('cutAll', open);
    for (const { socket } of victims) socket.terminate();
    return kind === 3 ? this.#count('longOutage', 70 * SECOND) : 0;
  }

  /** An answer of which every tenth fails: how many requests come, and when, is not for the seed to say. */
  answer(reply: () => Reply): Reply {
    this.#answers += 1;
    if (this.#answers % 10 !== 0) return reply();
    return this.#count('restFailed', this.#answers % 20 === 0 ? 'reset' : { status: 503, text: '' });
  }

  #count<T>(what: keyof Faults['happened'], result: T): T {
    this.happened[what] += 1;
    return result;
  }
}
