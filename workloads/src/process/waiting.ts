/** Waiting for a neighbour: tried again with growing pauses, with the reason where people look for it. */
import { type Backoff, fullJitter } from '../adapters/backoff.ts';
import { BusError } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { LedgerError, type LedgerErrorCode } from '../ports/ledger.ts';
import { pause } from '../ports/pause.ts';
import { type Duration, SECOND } from '../domain/time.ts';

const BACKOFF: Backoff = { base: SECOND, cap: 15 * SECOND };
const SHORTEST: Duration = 250;

/** What a ledger may get over: a neighbour, a password or a person mends it while we wait. */
const PASSING: ReadonlySet<LedgerErrorCode> = new Set<LedgerErrorCode>([
  'LEDGER_LOCKED',
  'LEDGER_UNAVAILABLE',
  'LEDGER_DISK_FULL',
  'LEDGER_PERMISSION',
  'LEDGER_ABSENT',
]);

/** Whether the cause of a failure lies outside this process and can pass: then it waits instead of ending. */
export function canPass(error: unknown): boolean {
  if (error instanceof LedgerError) return error.retryable || PASSING.has(error.code);
  if (error instanceof BusError) return error.retryable || error.code === 'BUS_UNAVAILABLE';
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

export interface WaitDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborted: waiting ends. */
  readonly signal: AbortSignal;
}

/** The pause before attempt number `attempt` + 1, counted from 0. */
export const pauseAfter = (attempt: number, random: () => number): Duration =>
  SHORTEST + fullJitter(BACKOFF, attempt, random);

/**
 * Does something until it succeeds.
 * @throws what cannot pass (`canPass`), and the signal's reason when it is aborted
 */
export async function untilDone<T>(
  deps: WaitDeps,
  work: () => Promise<T>,
  onFailure: (error: unknown) => void,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    deps.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!canPass(error)) throw error;
      onFailure(error);
    }
    await pause(deps.clock, pauseAfter(attempt, deps.random), deps.signal);
  }
}

/** An error's text on one line. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
