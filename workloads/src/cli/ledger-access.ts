import type { Ledger, LedgerIdentity, LedgerView } from '../ports/ledger.ts';
import type { LedgerPlace } from './ledger-place.ts';

/** One ledger of a place. */
export interface LedgerListing {
  readonly database: string;
  readonly identity: LedgerIdentity;
  /** Who writes it now, such as `claire pid 123 on host`; absent when nobody does. */
  readonly holder?: string;
}

/** The ledgers of a place, for commands that do not trade. */
export interface LedgerShelf {
  list(): Promise<readonly LedgerListing[]>;
  /** @throws LedgerError `LEDGER_ABSENT` */
  view(database: string): Promise<LedgerView>;
  /** Opens a ledger for what people ask, whoever trades it. */
  control(listing: LedgerListing): Promise<Ledger>;
  close(): Promise<void>;
}

/** Opens a place for reading; also while a run writes there. @throws LedgerError `LEDGER_ABSENT` when nothing is there */
export type OpenShelf = (place: LedgerPlace) => Promise<LedgerShelf>;
