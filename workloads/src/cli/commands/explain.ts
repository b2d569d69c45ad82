import type { Command } from 'commander';
import { EXIT } from '../../process/exit-code.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { type Explanation, gatherExplanation } from '../gather/explanation.ts';
import { findSubject, type Subject, subjectId } from '../gather/find-order.ts';
import { show } from '../output.ts';
import { renderExplanation } from '../render/explanation.ts';
import { type OpenLedger, type SelectionOptions, withLedgers, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly json?: boolean;
}

/** How many of several matches a refusal names. */
const SHOWN_MATCHES = 5;

function ambiguous(id: string, subjects: readonly Subject[]): CliFailure {
  const ids = subjects.slice(0, SHOWN_MATCHES).map(subjectId);
  const more = subjects.length > ids.length ? `, and ${subjects.length - ids.length} more` : '';
  return new CliFailure(
    EXIT.USAGE,
    `explain: was ${id}, which begins several ids: ${ids.join(', ')}${more}; do: give more of it`,
  );
}

const explainIn = ({ view, identity }: OpenLedger, id: string): Promise<Explanation | undefined> =>
  view.read(async (reading) => {
    const found = await findSubject(reading, id);
    if (found.kind === 'several') throw ambiguous(id, found.subjects);
    return found.kind === 'none' ? undefined : gatherExplanation(reading, identity, found.subject);
  });

async function explain(id: string, options: Options, context: CommandContext): Promise<void> {
  const explanation = await withLedgers(options, context, async (ledgers) => {
    for (const ledger of ledgers) {
      const found = await explainIn(ledger, id);
      if (found !== undefined) return found;
    }
    return undefined;
  });
  if (explanation === undefined) {
    throw new CliFailure(
      EXIT.NO_INPUT,
      `explain: was ${id}; no order, signal or verdict here begins so; do: take an id from 'claire export orders'`,
    );
  }
  await show(context, options, {
    json: explanation,
    render: (screen) => renderExplanation(explanation, screen),
  });
}

export function addExplain(program: Command, context: CommandContext): void {
  withSelection(program.command('explain'))
    .description(
      'why an order was sent and what became of it: candle, signal, every check, states, fills, round trip',
    )
    .argument('<id>', 'an order id, signal id or verdict id, or the unique beginning of one')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire explain 4n1c0m8k2q-0t5v')
    .action((id: string, options: Options) => explain(id, options, context));
}
