import type { Command } from 'commander';
import { EXIT } from '../../process/exit-code.ts';
import type { LedgerReading } from '../../ports/ledger.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { type Explanation, gatherExplanation } from '../gather/explanation.ts';
import { findSubject, type Subject, subjectId } from '../gather/find-order.ts';
import type { OpenView } from '../ledger-access.ts';
import { show } from '../output.ts';
import { renderExplanation } from '../render/explanation.ts';
import { type SelectionOptions, selectBots, withSelection, withView } from '../selection.ts';

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

async function explainIn(view: OpenView, id: string): Promise<Explanation | undefined> {
  return view.read(async (reading: LedgerReading) => {
    const found = await findSubject(reading, id);
    if (found.kind === 'several') throw ambiguous(id, found.subjects);
    return found.kind === 'none' ? undefined : gatherExplanation(reading, view.identity, found.subject);
  });
}

async function explain(id: string, options: Options, context: CommandContext): Promise<void> {
  const { place, bots } = await selectBots(options, context);
  for (const bot of bots) {
    const explanation = await withView({ place, bot }, context, (view) => explainIn(view, id));
    if (explanation === undefined) continue;
    await show(context, options, {
      json: explanation,
      render: (screen) => renderExplanation(explanation, screen),
    });
    return;
  }
  throw new CliFailure(
    EXIT.NO_INPUT,
    `explain: was ${id}; no order, signal or verdict of ${bots.join(', ')} begins so; do: take an id from 'claire export orders'`,
  );
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
