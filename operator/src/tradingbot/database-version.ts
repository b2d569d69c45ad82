/**
 * Whether a PostgreSQL image may open the data that another one wrote. Another major version cannot read the files; another
 * C library sorts texts differently, which silently breaks indexes. Pure.
 */
import type { KubeObject } from '../kube/resource.ts';
import { templateImage } from './views.ts';

export interface DatabaseVersion {
  readonly major: string;
  /** `musl`, or the Debian release where the tag names one, else `glibc`. */
  readonly library: string;
}

const RELEASES = /(?:^|-)(alpine|bullseye|bookworm|trixie|forky)/;

/** What the tag of an image says; undefined when it says nothing. */
export function databaseVersion(ref: string): DatabaseVersion | undefined {
  const [name = ''] = ref.split('@');
  const tag = /:(\w[\w.-]*)$/.exec(name)?.[1];
  const major = tag && /^(\d+)(?:[.-]|$)/.exec(tag)?.[1];
  if (tag === undefined || major === undefined) return undefined;
  const release = RELEASES.exec(tag)?.[1] ?? 'glibc';
  return { major, library: release === 'alpine' ? 'musl' : release };
}

/** Both may be the same library when one tag does not name its release. */
const mayShare = (one: string, other: string): boolean =>
  one === other || ((one === 'glibc' || other === 'glibc') && one !== 'musl' && other !== 'musl');

/** Why the image of `desired` must not follow that of `live`; undefined when it may. */
export function changeOfDatabase(live: KubeObject, desired: KubeObject): string | undefined {
  const [from, to] = [templateImage(live), templateImage(desired)];
  if (from === to) return undefined;
  const [old, next] = [databaseVersion(from), databaseVersion(to)];
  const change = `the data was written by ${from}, and spec.images.postgres asks for ${to}`;
  if (old === undefined || next === undefined) {
    return `${change}: the tag does not tell whether it can read the data; use a tag that begins with the major version, such as postgres:15`;
  }
  if (old.major !== next.major) {
    return `${change}: another major version cannot read it; export the ledger (claire ledger export), then begin a new bot and import it`;
  }
  return mayShare(old.library, next.library)
    ? undefined
    : `${change}: another C library sorts texts differently and breaks the indexes; stay with ${old.library}`;
}
