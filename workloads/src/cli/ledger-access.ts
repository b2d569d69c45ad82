import type { LedgerView } from '../ports/ledger.ts';
import type { LedgerPlace } from './ledger-place.ts';

/** How commands that do not trade reach ledgers. Each call is on its own: nothing stays open between them. */
export interface LedgerAccess {
  /** The bots that have a ledger here, alphabetically. @throws LedgerError */
  bots(place: LedgerPlace): Promise<readonly string[]>;
  /** Open a bot's ledger for reading; also while a run holds it. @throws LedgerError `LEDGER_ABSENT` */
  view(place: LedgerPlace, bot: string): Promise<OpenView>;
}

export interface OpenView extends LedgerView {
  /** The process that holds the ledger for writing now. */
  holder(): Promise<number | undefined>;
}
