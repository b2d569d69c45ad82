/**
 * The text of a witness file: one JSON object a line, `{time, component, count, hash}`, each a journal head that was
 * durable in the ledger when the line was written.
 */
import type { JournalHead } from '../../domain/journal/chain.ts';
import type { Timestamp } from '../../domain/time.ts';
import { COMPONENTS, type Component } from '../../ports/ledger.ts';

export interface WitnessLine extends JournalHead {
  /** When the line was written. */
  readonly time: Timestamp;
  readonly component: Component;
}

/** A line that is no witness line: somebody else wrote into the file. */
export interface WitnessProblem {
  readonly line: number;
  readonly was: string;
}

export interface WitnessText {
  readonly lines: readonly WitnessLine[];
  readonly problems: readonly WitnessProblem[];
}

const HASH = /^[0-9a-f]{64}$/;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readLine(text: string): WitnessLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { time, component, count, hash } = value;
  const known = COMPONENTS.find((one) => one === component);
  if (known === undefined || !isCount(time) || !isCount(count)) return undefined;
  return typeof hash === 'string' && HASH.test(hash) ? { time, component: known, count, hash } : undefined;
}

/** Read a witness file's text. A last line without its line feed was torn by a crash and does not count. */
export function parseWitness(text: string): WitnessText {
  const lines: WitnessLine[] = [];
  const problems: WitnessProblem[] = [];
  text
    .split('\n')
    .slice(0, -1)
    .forEach((raw, index) => {
      const line = readLine(raw);
      if (line !== undefined) lines.push(line);
      else if (raw !== '') problems.push({ line: index + 1, was: raw.slice(0, 80) });
    });
  return { lines, problems };
}

export const formatWitness = (lines: readonly WitnessLine[]): string =>
  lines
    .map(({ time, component, count, hash }) => `${JSON.stringify({ time, component, count, hash })}\n`)
    .join('');

/**
 * Half of the lines, the last of each component always among them: a file keeps witnesses of its whole time without
 * growing without bound, only ever further apart.
 */
export function thinWitnesses(lines: readonly WitnessLine[]): readonly WitnessLine[] {
  const seen = new Map<Component, number>();
  const kept = lines.toReversed().filter(({ component }) => {
    const before = seen.get(component) ?? 0;
    seen.set(component, before + 1);
    return before % 2 === 0;
  });
  return kept.toReversed();
}
