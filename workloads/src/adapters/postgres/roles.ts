import pg from 'pg';
import { LedgerError } from '../../ports/ledger.ts';
import { GROUP_ROLE, type LedgerRole, TABLE_RIGHTS } from './rights.ts';
import { isPlainPassword, scramVerifier } from './scram.ts';
import type { Session } from './session.ts';

/** A login role to be made, or to be given a new password. */
export interface RoleLogin {
  readonly role: LedgerRole;
  /** Its name on the server. */
  readonly name: string;
  readonly password: string;
}

const id = pg.escapeIdentifier;
const literal = pg.escapeLiteral;

/** A role of this name may be there: of an earlier run, or of another bot of the same server. */
const createRole = (name: string, options: string): string => `DO $claire$ BEGIN
    CREATE ROLE ${id(name)} ${options};
  EXCEPTION WHEN duplicate_object THEN NULL; END $claire$`;

const UNPRIVILEGED = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';

/** What makes a role and what it may do in the database at hand. Repeated, it takes back what is no longer granted. */
function roleStatements({ role, name, password }: RoleLogin): readonly string[] {
  const grants = Object.entries(TABLE_RIGHTS).flatMap(([table, rights]) => {
    const granted = rights[role] ?? [];
    return granted.length === 0 ? [] : [`GRANT ${granted.join(', ')} ON claire.${id(table)} TO ${id(name)}`];
  });
  return [
    createRole(name, `LOGIN ${UNPRIVILEGED}`),
    `ALTER ROLE ${id(name)} LOGIN ${UNPRIVILEGED} PASSWORD ${literal(scramVerifier(password))}`,
    `GRANT ${id(GROUP_ROLE)} TO ${id(name)}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA claire FROM ${id(name)}`,
    ...grants,
  ];
}

function groupStatements(database: string): readonly string[] {
  return [
    createRole(GROUP_ROLE, `NOLOGIN ${UNPRIVILEGED}`),
    `REVOKE ALL ON DATABASE ${id(database)} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${id(database)} TO ${id(GROUP_ROLE)}`,
    'REVOKE ALL ON SCHEMA claire FROM PUBLIC',
    `GRANT USAGE ON SCHEMA claire TO ${id(GROUP_ROLE)}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA claire TO ${id(GROUP_ROLE)}`,
  ];
}

/**
 * Make the roles of a ledger, within the caller's transaction. Passwords become verifiers before they are sent.
 * @throws LedgerError LEDGER_PERMISSION when the session's role may not make roles or a password is not usable
 */
export async function grantRoles(
  session: Session,
  database: string,
  logins: readonly RoleLogin[],
): Promise<void> {
  const unusable = logins.find(({ password }) => !isPlainPassword(password));
  if (unusable !== undefined) {
    throw new LedgerError(
      'LEDGER_PERMISSION',
      `the password of role ${unusable.name} cannot be used; allowed 8 to 200 printable ASCII characters without spaces`,
      { retryable: false },
    );
  }
  for (const statement of [...groupStatements(database), ...logins.flatMap(roleStatements)]) {
    await session.command(statement);
  }
}
