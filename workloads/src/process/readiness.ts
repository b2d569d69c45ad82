import type { Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

/** Why a process is not ready. */
export const UNREADY_CODES = [
  'STARTING',
  'LEDGER',
  'BUS',
  'VENUE',
  'INSTRUMENTS',
  'STALE',
  'UNRECONCILED',
  'STOPPING',
] as const;
export type UnreadyCode = (typeof UNREADY_CODES)[number];

export interface Unready {
  readonly code: UnreadyCode;
  /** What is missing, and what it waits for. No secrets. */
  readonly message: string;
  readonly since: Timestamp;
}

/** What keeps a process from being ready, each reason until it is cleared. Begins with STARTING. */
export class Readiness {
  readonly #clock: Clock;
  readonly #reasons = new Map<UnreadyCode, Unready>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.set('STARTING', 'the process begins');
  }

  get reasons(): readonly Unready[] {
    return [...this.#reasons.values()];
  }

  get isReady(): boolean {
    return this.#reasons.size === 0;
  }

  /** Says why it is not ready; again with the same code changes the words and keeps the time. */
  set(code: UnreadyCode, message: string): void {
    const since = this.#reasons.get(code)?.since ?? this.#clock.now();
    this.#reasons.set(code, { code, message, since });
  }

  clear(code: UnreadyCode): void {
    this.#reasons.delete(code);
  }

  /** Sets the reason when there is a message, and clears it when there is none. */
  show(code: UnreadyCode, message: string | undefined): void {
    if (message === undefined) this.clear(code);
    else this.set(code, message);
  }
}
