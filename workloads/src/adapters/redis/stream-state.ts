/** What XINFO and XPENDING say of a stream and its groups, and what follows from it. Pure. */
export interface StreamState {
  readonly length: number;
  /** Entries ever added. */
  readonly added: number;
  readonly lastId: string;
  /** The newest entry that was deleted one by one (not trimmed, before Redis 8); `0-0` for none. */
  readonly lastDeletedId: string;
}

export interface GroupState {
  readonly name: string;
  /** Delivered and not acknowledged. */
  readonly pending: number;
  readonly lastDelivered: string;
  /** Entries ever read by the group; undefined when the server does not know. */
  readonly read: number | undefined;
  /** Entries not yet delivered; undefined when the server does not know. */
  readonly lag: number | undefined;
}

type Fields = ReadonlyMap<string, unknown>;

function toFields(reply: unknown): Fields {
  const flat = reply as readonly unknown[];
  const fields = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), flat[i + 1]);
  return fields;
}

const countOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export function readStreamState(reply: unknown): StreamState {
  const fields = toFields(reply);
  return {
    length: Number(fields.get('length')),
    added: Number(fields.get('entries-added')),
    lastId: String(fields.get('last-generated-id')),
    lastDeletedId: String(fields.get('max-deleted-entry-id')),
  };
}

export function readGroupStates(reply: unknown): readonly GroupState[] {
  return (reply as readonly unknown[]).map(toFields).map((fields) => ({
    name: String(fields.get('name')),
    pending: Number(fields.get('pending')),
    lastDelivered: String(fields.get('last-delivered-id')),
    read: countOf(fields.get('entries-read')),
    lag: countOf(fields.get('lag')),
  }));
}

/** The order of ids: negative when `a` is older. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0, aSequence = 0] = a.split('-').map(Number);
  const [bTime = 0, bSequence = 0] = b.split('-').map(Number);
  return aTime - bTime || aSequence - bSequence;
}

/** The id that follows. */
export function nextId(id: string): string {
  const [time = '0', sequence = '0'] = id.split('-');
  return `${time}-${Number(sequence) + 1}`;
}

/** Entries below this id are consumed by the group. `oldestPending`: the oldest delivered and not acknowledged. */
export const consumedBelow = (group: GroupState, oldestPending: string | undefined): string =>
  oldestPending ?? nextId(group.lastDelivered);

/**
 * Entries that were removed before the group had read them. Entries leave a stream from its oldest end, so more removed
 * than read means a loss; and a group at the stream's end must have read as many as were ever added.
 */
export function lostEntries(stream: StreamState, group: GroupState): number {
  if (group.read !== undefined) {
    const removed = stream.added - stream.length;
    if (removed > group.read) return removed - group.read;
    if (group.lastDelivered === stream.lastId) return Math.max(0, stream.added - group.read);
  }
  return compareIds(stream.lastDeletedId, group.lastDelivered) > 0 ? 1 : 0;
}
