import type { Command } from 'commander';
import { EXIT } from '../../process/exit-code.ts';
import { problemLines, readFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { show } from '../output.ts';
import { renderValidation } from '../render/validation.ts';

interface Options {
  readonly file: readonly string[];
  readonly json?: boolean;
}

async function validate(options: Options, context: CommandContext): Promise<void> {
  const { bots, problems } = await readFiles(options.file, context.folder);
  if (problems.length > 0) {
    // The result of this command, and as editors and `grep` like it: without the command's name before it.
    await show(context, options, { json: { valid: false, problems }, render: () => problemLines(problems) });
    context.end(EXIT.SETTINGS);
    return;
  }
  await show(context, options, {
    json: {
      valid: true,
      bots: bots.map(({ file, line, settings, locallyIgnored }) => ({
        file,
        line,
        bot: settings.name,
        limits: settings.effectiveLimits,
        withoutEffectHere: locallyIgnored,
      })),
    },
    render: (screen) => renderValidation(bots, screen),
  });
}

export function addValidate(program: Command, context: CommandContext): void {
  program
    .command('validate')
    .description(
      'check TradingBot files: the limits in force with their sources, or every problem with its line',
    )
    .requiredOption('-f, --file <file...>', 'TradingBot files; each may hold several documents')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire validate -f examples/paper-replay.yaml')
    .action((options: Options) => validate(options, context));
}
