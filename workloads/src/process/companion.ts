import type { ProcessName, ProcessSettings } from '../contract/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Secrets } from './secrets.ts';

export interface CompanionDeps<Name extends ProcessName> {
  /** Those in force. */
  readonly settings: () => ProcessSettings<Name>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * What a process does besides its component, for as long as it runs: while the ledger is away, while the component begins
 * again, and without a say in whether the process is ready. It ends nothing: what fails is told and tried again.
 */
export interface Companion {
  /** What `/status` shows of it. */
  view(): Readonly<Record<string, unknown>>;
  /** Idempotent; takes less than the grace period. Never rejects. */
  stop(): Promise<void>;
}

export type StartCompanion<Name extends ProcessName> = (deps: CompanionDeps<Name>) => Companion;
