import { basename, dirname, join, relative, resolve } from 'node:path';
import type { LedgerIdentity } from '../ports/ledger.ts';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';

/** Where ledgers are kept: a folder with an embedded server, or a server of the user's own. Each holds one ledger a bot. */
export type LedgerPlace =
  | { readonly kind: 'folder'; readonly path: string }
  /** `url` may carry a password: show `shownPlace` to people. */
  | { readonly kind: 'server'; readonly url: string };

export const DEFAULT_LEDGER = join('build', 'ledger');
const WITNESS_FOLDER = 'journal-witness';
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/** Read `--ledger DIR|URL`. @throws CliFailure */
export function parseLedgerPlace(text: string, folder: string): LedgerPlace {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'folder', path: resolve(folder, text) };
  if (scheme !== 'postgres' && scheme !== 'postgresql') {
    throw new CliFailure(
      EXIT.USAGE,
      `--ledger: was ${JSON.stringify(`${scheme}://…`)}; allowed a folder, or postgres://user@host:port/database`,
    );
  }
  if (!URL.canParse(text)) {
    throw new CliFailure(
      EXIT.USAGE,
      '--ledger: was no URL that can be read; allowed postgres://user@host:port/database',
    );
  }
  return { kind: 'server', url: text };
}

/** A path as people see it: from `folder` where it is below it. */
export function shownPath(path: string, folder: string): string {
  const shorter = relative(folder, path);
  return shorter === '' || shorter.startsWith('..') ? path : shorter;
}

/** The place as people and logs may see it: a path, or a URL without user and password. */
export function shownPlace(place: LedgerPlace, folder: string): string {
  if (place.kind === 'folder') return shownPath(place.path, folder);
  const url = new URL(place.url);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * The witness of a bot's journal: beside the folder of the ledger, never in it, so that whoever replaces the one does
 * not replace the other; for a server below `build` of the folder the command was started in.
 */
export function witnessPath(
  place: LedgerPlace,
  identity: Pick<LedgerIdentity, 'bot' | 'mode'>,
  folder: string,
): string {
  const name = `${identity.bot}-${identity.mode}.jsonl`;
  if (place.kind === 'folder') {
    return join(dirname(place.path), `${basename(place.path)}.${WITNESS_FOLDER}`, name);
  }
  const url = new URL(place.url);
  const server = `${url.hostname}_${url.port === '' ? '5432' : url.port}${url.pathname}`.replaceAll(
    /[^A-Za-z0-9.-]/g,
    '_',
  );
  return join(folder, 'build', WITNESS_FOLDER, server, name);
}
