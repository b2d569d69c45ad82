/**
 * Proof that a journal is what was written. The chain finds by itself what was changed inside; what it cannot find alone
 * (a tail cut off, a chain rewritten from some entry to its end) is found against heads kept elsewhere: the recorded
 * head of the same moment, and witnesses, which are heads recorded or exported earlier.
 *
 * Entries are taken one by one, so that a journal of any length is verified in constant memory.
 */
import { type JournalEntry, type JournalHead, EMPTY_HEAD, GENESIS_HASH, entryHash } from './chain.ts';

export type ChainFaultKind =
  /** Its text or hash was changed: they do not fit each other. */
  | 'EDITED'
  /** It fits itself, but the next entry was written after another. */
  | 'REPLACED'
  /** It stands at another place than it was written at: swapped, or renumbered after a removal. */
  | 'MOVED'
  /** It is not there, though a later one is. */
  | 'MISSING'
  /** The chain ends before it. */
  | 'CUT_TAIL'
  /** The chain fits itself but not what was witnessed: it was written anew. */
  | 'REWRITTEN'
  /** It is beyond the recorded head, or there twice. */
  | 'UNEXPECTED';

export interface ChainFault {
  readonly component: string;
  /** The first entry concerned. */
  readonly sequence: number;
  readonly kind: ChainFaultKind;
  /** One line for a person. */
  readonly message: string;
}

export interface ChainExpectations {
  readonly component: string;
  /** The head kept in the second place: the chain ends exactly here. */
  readonly head?: JournalHead;
  /** Heads recorded or exported earlier: the chain had them, and may have grown since. */
  readonly witnesses?: readonly JournalHead[];
}

export interface ChainReport {
  readonly component: string;
  readonly ok: boolean;
  /** The head found. */
  readonly head: JournalHead;
  /** By sequence; the first hundred. */
  readonly faults: readonly ChainFault[];
  readonly faultCount: number;
}

export interface ChainVerifier {
  /** The next entry, in the order it is stored. */
  add(entry: JournalEntry): void;
  finish(): ChainReport;
}

const MAX_FAULTS = 100;
/** How far from its place a moved entry is looked for. */
const MOVE_REACH = 1_000;

const entries = (from: number, to: number): string =>
  from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;
const short = (hash: string): string => hash.slice(0, 16);

/** The sequence at which the entry was written, if it fits itself there. */
function originOf(entry: JournalEntry): number | undefined {
  for (let away = 0; away <= MOVE_REACH; away += 1) {
    for (const sequence of away === 0 ? [entry.sequence] : [entry.sequence - away, entry.sequence + away]) {
      if (sequence >= 1 && entryHash(entry.previousHash, sequence, entry.body) === entry.hash) {
        return sequence;
      }
    }
  }
  return undefined;
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Numbers that were skipped, until they turn up late or never. */
function makeGaps(): {
  add(gap: Gap): void;
  take(sequence: number): boolean;
  all(): readonly Gap[];
} {
  let gaps: readonly Gap[] = [];
  return {
    add(gap) {
      gaps = [...gaps, gap];
    },
    take(sequence) {
      const found = gaps.find(({ from, to }) => from <= sequence && sequence <= to);
      if (!found) return false;
      const parts = [
        { from: found.from, to: sequence - 1 },
        { from: sequence + 1, to: found.to },
      ].filter(({ from, to }) => from <= to);
      gaps = [...gaps.filter((gap) => gap !== found), ...parts];
      return true;
    },
    all: () => gaps,
  };
}

/** A verifier of one component's chain. */
export function makeChainVerifier(expected: ChainExpectations): ChainVerifier {
  const { component } = expected;
  const faults: ChainFault[] = [];
  let faultCount = 0;
  const gaps = makeGaps();
  const witnesses = [...(expected.witnesses ?? []), ...(expected.head ? [expected.head] : [])]
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.count - b.count);
  let nextWitness = 0;
  let lastWitnessed = 0;
  let head: JournalHead = EMPTY_HEAD;
  /** Whether `head.hash` is known to be what the next entry must follow. */
  let linked = true;

  const fault = (sequence: number, kind: ChainFaultKind, message: string): void => {
    faultCount += 1;
    if (faults.length < MAX_FAULTS) faults.push({ component, sequence, kind, message });
  };

  /** The entry itself and its link to the one before; false when something is wrong with it. */
  const examine = (entry: JournalEntry): boolean => {
    const { sequence } = entry;
    const origin = originOf(entry);
    if (origin === undefined) {
      fault(sequence, 'EDITED', `entry ${sequence} was edited: its text does not give its hash`);
      return false;
    }
    if (origin !== sequence) {
      fault(sequence, 'MOVED', `entry ${sequence} was written as entry ${origin}: swapped or renumbered`);
      return false;
    }
    if (!linked || entry.previousHash === head.hash) return true;
    if (sequence === 1) {
      fault(1, 'EDITED', `entry 1 does not begin a chain: its previous hash is not ${short(GENESIS_HASH)}…`);
      return false;
    }
    fault(
      sequence - 1,
      'REPLACED',
      `entry ${sequence - 1} was replaced: entry ${sequence} was written after ${short(entry.previousHash)}…, ` +
        `not after ${short(head.hash)}…`,
    );
    return true;
  };

  const compareWitnesses = (): void => {
    for (let witness = witnesses[nextWitness]; witness !== undefined; witness = witnesses[nextWitness]) {
      if (witness.count > head.count) return;
      if (witness.count === head.count && witness.hash !== head.hash) {
        fault(
          lastWitnessed + 1,
          'REWRITTEN',
          `entries ${lastWitnessed + 1} to ${witness.count} were rewritten: the hash of entry ${witness.count} is ` +
            `${short(head.hash)}…, witnessed was ${short(witness.hash)}…`,
        );
      }
      lastWitnessed = witness.count;
      nextWitness += 1;
    }
  };

  const add = (entry: JournalEntry): void => {
    const { sequence } = entry;
    if (sequence <= head.count) {
      if (gaps.take(sequence)) fault(sequence, 'MOVED', `entry ${sequence} stands after entry ${head.count}`);
      else fault(sequence, 'UNEXPECTED', `entry ${sequence} is there twice`);
      return;
    }
    if (sequence > head.count + 1) {
      gaps.add({ from: head.count + 1, to: sequence - 1 });
      linked = false;
    }
    linked = examine(entry);
    head = { count: sequence, hash: entry.hash };
    compareWitnesses();
  };

  const finish = (): ChainReport => {
    for (const { from, to } of gaps.all()) fault(from, 'MISSING', entries(from, to));
    const last = witnesses.at(-1);
    if (last !== undefined && last.count > head.count) {
      fault(
        head.count + 1,
        'CUT_TAIL',
        `the chain ends at entry ${head.count}: ${last.count} were recorded, so the tail was cut`,
      );
    }
    if (expected.head !== undefined && head.count > expected.head.count) {
      fault(
        expected.head.count + 1,
        'UNEXPECTED',
        `the chain ends at entry ${head.count}: only ${expected.head.count} were recorded`,
      );
    }
    return {
      component,
      ok: faultCount === 0,
      head,
      faults: [...faults].sort((a, b) => a.sequence - b.sequence),
      faultCount,
    };
  };

  return { add, finish };
}

/** Verify a chain that is read in batches. */
export async function verifyChain(
  batches: AsyncIterable<readonly JournalEntry[]> | Iterable<readonly JournalEntry[]>,
  expected: ChainExpectations,
): Promise<ChainReport> {
  const verifier = makeChainVerifier(expected);
  for await (const batch of batches) {
    for (const entry of batch) verifier.add(entry);
  }
  return verifier.finish();
}
