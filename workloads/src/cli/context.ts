import type { Timestamp } from '../domain/time.ts';
import type { ExitCode } from '../process/exit-code.ts';
import type { OpenShelf } from './ledger-access.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** The folder the command was started in: relative paths start here. */
  readonly folder: string;
  readonly now: () => Timestamp;
  readonly openShelf: OpenShelf;
  /** Ask a person; undefined where nobody can answer (no terminal). */
  readonly confirm: (question: string) => Promise<boolean | undefined>;
  /** Show more: where errors come from, and what services log at lower levels. */
  readonly debug: boolean;
  /** What the finished command ends the process with. */
  readonly end: (code: ExitCode) => void;
}
