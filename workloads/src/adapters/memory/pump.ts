import { Fifo } from './fifo.ts';

/** One turn of work for a pump: deliver what is first. Never rejects. */
export type Turn = () => Promise<void>;

/**
 * Runs turns one after the other, in the order they were added. One pump for the whole bus makes dispatch serial; one
 * pump a group makes it concurrent.
 */
export class Pump {
  readonly #turns = new Fifo<Turn>();
  #running: Promise<void> | undefined;

  add(turn: Turn): void {
    this.#turns.push(turn);
    this.#running ??= this.#run();
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when no turn waits and none is in hand. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // A turn never starts inside `add`: the publisher's call returns before its event is delivered.
    await Promise.resolve();
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) await turn();
    this.#running = undefined;
  }
}
