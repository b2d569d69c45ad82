import type { ArchiveSummary } from '../../adapters/postgres/archive-format.ts';
import { formatCount } from './amounts.ts';
import { type Screen, heading } from './screen.ts';
import { indent, narrower, renderFacts } from './table.ts';

/** What an archive held, and what proves it. */
export function renderArchive(where: string, summary: ArchiveSummary, screen: Screen): string[] {
  const { identity, counts, heads, sha256 } = summary;
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const entries = Object.values(heads).reduce((sum, { count }) => sum + count, 0);
  return [
    `${heading(screen, identity.bot)}  ${identity.mode} on ${identity.venue}: ${where}`,
    ...indent(
      renderFacts(
        [
          ['rows', formatCount(rows)],
          ['journal', `${formatCount(entries)} entries, every chain verified on import`],
          ['sha256', sha256],
        ],
        narrower(screen),
      ),
    ),
  ];
}
