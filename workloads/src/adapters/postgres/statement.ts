/** The seam between the table groups and the connection: parameterised statements in, rows out. */

/** What a parameter may be: amounts and JSON travel as text, arrays are unnested by the statement. */
export type Value = string | number | boolean | null | readonly (string | number | null)[];

export interface Statement {
  /** Prepared once a connection under this name: unique, at most 63 characters. */
  readonly name: string;
  readonly text: string;
}

/** A row as it arrives: numeric as text, bigint as a checked safe integer, json parsed. */
export type Row = Readonly<Record<string, unknown>>;

export interface Statements {
  /** @throws LedgerError */
  run(statement: Statement, values: readonly Value[]): Promise<readonly Row[]>;
}

export interface TransactionStatements extends Statements {
  /**
   * For a write whose answer nobody needs: it does not cost a round trip. A failure fails the transaction, and every
   * statement after it.
   * @throws LedgerError when the transaction has failed or ended already
   */
  send(statement: Statement, values: readonly Value[]): void;
  /** For a statement that fails where the transaction may not be: nothing is said to be stored before its answer. */
  rely(statement: Statement, values: readonly Value[]): Promise<readonly Row[]>;
  /** Done when the transaction is stored (a step of a group: when it is over), never when it is taken back. */
  whenDone(task: () => Promise<void>): void;
}
