import type { ProcessName, ProcessSettings } from '../contract/index.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerTransaction } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ControlTarget } from '../services/control/control-target.ts';
import type { PendingLatch } from '../services/control/pending-latch.ts';
import type { OutboxRelay } from '../services/outbox-relay.ts';
import type { Readiness, UnreadyCode } from './readiness.ts';
import type { Secrets } from './secrets.ts';

/** What the shell gives a component for one life: from opening the ledger to closing it. */
export interface ComponentDeps<Name extends ProcessName> {
  readonly settings: ProcessSettings<Name>;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly relay: OutboxRelay;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly readiness: Readiness;
  /** Calls of the control API that the ledger could not take: they outlive a life. */
  readonly latch: PendingLatch;
  /** Aborted when the life ends: waiting for something ends. */
  readonly signal: AbortSignal;
  /** Ends this life with its cause. */
  readonly crash: (error: Error) => void;
}

/** What became of changed hot settings. `restart`: they are put in force by beginning again. */
export type SettingsAnswer = 'applied' | 'restart' | { readonly refused: string };

/** A component as the shell runs it. */
export interface Component<Name extends ProcessName = ProcessName> {
  /** Recovers and takes part. Waits, with its reason in `readiness`, for what others provide. */
  start(): Promise<void>;
  /** Takes in nothing more and finishes what is in hand. Idempotent. */
  stop(): Promise<void>;
  /** What is to be done every second. */
  tick(): Promise<void>;
  checkpoint(tx: LedgerTransaction): Promise<void>;
  /** Why it is not ready though it runs, by code; undefined clears one. */
  unready(): Readonly<Partial<Record<UnreadyCode, string | undefined>>>;
  /** What `/status` shows of it. */
  view(): Readonly<Record<string, unknown>>;
  /** Takes changed hot settings while it runs, whole or not at all; absent: it begins again with them. */
  apply?(settings: ProcessSettings<Name>): Promise<SettingsAnswer>;
  /** It goes on while the ledger is away, as far as that goes: it halts, and says what is not protected. */
  readonly outlivesLedger?: boolean;
  /** What the control server drives, where it has one. */
  readonly control?: ControlTarget;
  /** Gives back what it holds besides ledger and bus. */
  close(): Promise<void>;
}

export type MakeComponent<Name extends ProcessName> = (deps: ComponentDeps<Name>) => Promise<Component<Name>>;
