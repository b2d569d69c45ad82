/**
 * An entry of a stream: several events of one publisher, in order. Fields: `p` the publisher, `n` the number of the entry
 * among the publisher's entries of this stream (from 1, without gaps), `e` the events' wire forms, one a line.
 */
export interface Entry {
  readonly id: string;
  /** Absent when somebody else than a bus wrote the entry. */
  readonly origin?: { readonly publisher: string; readonly number: number };
  readonly texts: readonly string[];
}

/** An entry that was deleted after it had been delivered. */
export interface MissingEntry {
  readonly id: string;
  readonly texts: undefined;
}

/** JSON has no raw line break. */
const SEPARATOR = '\n';

export const entryFields = (
  publisher: string,
  number: number,
  texts: readonly string[],
): readonly string[] => ['p', publisher, 'n', String(number), 'e', texts.join(SEPARATOR)];

/** Reads what XREADGROUP, XRANGE and XAUTOCLAIM give for one entry. */
export function readEntry(reply: unknown): Entry | MissingEntry {
  const [id, fields] = reply as readonly [string, readonly string[] | null];
  if (fields === null) return { id, texts: undefined };
  const named = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) named.set(fields[i] ?? '', fields[i + 1] ?? '');
  const publisher = named.get('p');
  const number = Number(named.get('n'));
  // What is no entry of ours is handed on whole, so that its dead letter shows it.
  const texts = named.get('e')?.split(SEPARATOR) ?? [JSON.stringify(fields)];
  return publisher !== undefined && Number.isSafeInteger(number)
    ? { id, texts, origin: { publisher, number } }
    : { id, texts };
}

/** Reads the reply of XREADGROUP: entries by key; empty for none. */
export function readStreams(reply: unknown): ReadonlyMap<string, readonly (Entry | MissingEntry)[]> {
  const streams = new Map<string, readonly (Entry | MissingEntry)[]>();
  for (const [key, entries] of (reply ?? []) as readonly [string, readonly unknown[]][]) {
    streams.set(key, entries.map(readEntry));
  }
  return streams;
}
