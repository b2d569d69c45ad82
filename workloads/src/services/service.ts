import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerTransaction } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { OutboxRelay } from './outbox-relay.ts';

/** A part of the pipeline with a lifetime: the same object in one process and in a process of its own. */
export interface Service {
  /** Recovers from the ledger, then takes part. Starting is recovering: there is no other way to begin. */
  start(): Promise<void>;
  /** Takes in nothing more and finishes what is in hand. Idempotent. */
  stop(): Promise<void>;
  /** Writes what the service knows besides the ledger's tables, so that a restart continues exactly there. */
  checkpoint(tx: LedgerTransaction): Promise<void>;
}

/** What every service is given. */
export interface ServiceDeps {
  /** The bot's name: part of every event and of every id. */
  readonly bot: string;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly relay: OutboxRelay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /**
   * Called when an invariant is broken or the ledger fails: what is in memory can no longer be trusted, so the process
   * ends and recovers from the ledger (crash-only).
   */
  readonly crash: (error: Error) => void;
}
