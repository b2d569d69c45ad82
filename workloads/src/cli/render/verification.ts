import type { ChainReport } from '../../domain/journal/verify.ts';
import { formatCount } from './amounts.ts';
import { type Screen, heading, paint } from './screen.ts';
import { type Cell, indent, narrower, renderTable } from './table.ts';

/** One bot's journal, verified. */
export interface VerifiedJournal {
  readonly bot: string;
  readonly ok: boolean;
  readonly entries: number;
  readonly components: readonly ChainReport[];
  /** The witness outside the database: its file, how many heads it saw, and lines of it that are none. */
  readonly witness: { readonly file: string; readonly lines: number; readonly problems: readonly string[] };
}

/** Every fault as one line that names bot, component and entry. */
export function faultLines({ bot, components, witness }: VerifiedJournal): readonly string[] {
  const faults = components.flatMap(({ component, faults, faultCount }) => [
    ...faults.map(({ message }) => `journal of ${bot}: ${component}: ${message}`),
    ...(faultCount > faults.length
      ? [`journal of ${bot}: ${component}: and ${faultCount - faults.length} more faults`]
      : []),
  ]);
  return [...faults, ...witness.problems];
}

function witnessLine({ witness }: VerifiedJournal): string {
  if (witness.lines === 0) {
    return `witness: none at ${witness.file} (a tail cut in ledger and heads alike would not be found)`;
  }
  return `witness: agrees, ${formatCount(witness.lines)} heads in ${witness.file}`;
}

/** What was verified: count and head of each chain, and what to keep to prove it later. */
export function renderVerification(journal: VerifiedJournal, screen: Screen): string[] {
  const title = journal.ok
    ? paint(screen, 'good', `the journal verifies: ${formatCount(journal.entries)} entries`)
    : paint(screen, 'bad', 'the journal does NOT verify');
  const rows = journal.components.map(({ component, head, ok, faultCount }): Cell[] => [
    ok ? { text: '✓', tone: 'good' } : { text: '✗', tone: 'bad' },
    component,
    formatCount(head.count),
    head.count === 0 ? '' : head.hash,
    ok ? '' : { text: `${faultCount} ${faultCount === 1 ? 'fault' : 'faults'}`, tone: 'bad' },
  ]);
  const table = renderTable(
    [
      { title: '' },
      { title: 'component' },
      { title: 'entries', align: 'right' },
      { title: 'head', least: 12 },
      { title: '' },
    ],
    rows,
    narrower(screen),
  );
  return [`${heading(screen, journal.bot)}  ${title}`, ...indent([...table, witnessLine(journal)])];
}
