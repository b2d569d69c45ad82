import { type Duration, MINUTE, SECOND } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Fence } from './fence.ts';

/**
 * What an execution needs whose orders leave the process: a fence against a second writer, and looking again and again
 * at what streams may have lost. A paper book in the same process needs neither: the ledger's writer lock is enough.
 */
export interface Supervision {
  readonly fence: Fence;
  /** What is waited for the venue and the ledger goes by it: the machine's time. @default the bot's clock */
  readonly waits?: Clock;
  readonly settings?: SupervisionSettings;
}

export interface SupervisionSettings {
  /** Approved orders are looked for, the lease is renewed and the state enforced so often. */
  readonly scanEvery: Duration;
  /** Orders are compared with the venue's list so often. */
  readonly ordersEvery: Duration;
  /** Balances are compared so often. */
  readonly balancesEvery: Duration;
  /** An agreement with the venue is believed for so long; without a newer one nothing is known, and entries are refused. */
  readonly agreementLasts: Duration;
  /** A ledger that does not answer for so long counts as away. */
  readonly patience: Duration;
}

export const SUPERVISION_SETTINGS: SupervisionSettings = {
  scanEvery: SECOND,
  ordersEvery: 10 * SECOND,
  balancesEvery: 30 * SECOND,
  agreementLasts: 2 * MINUTE,
  patience: 3 * SECOND,
};
