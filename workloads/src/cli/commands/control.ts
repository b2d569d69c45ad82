import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { controlRequest, type ControlOutcome, type ControlRequest } from '../../contract/control-api.ts';
import { CONTROL_ACTIONS, type ControlAction } from '../../domain/risk/decide-control.ts';
import { EXIT, type ExitCode } from '../../process/exit-code.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { connectControl, type ControlApi } from '../control/http-api.ts';
import { askLedger, type KnownBot, limitsByLedger, standingByLedger } from '../control/ledger-control.ts';
import { CliFailure } from '../failure.ts';
import { show } from '../output.ts';
import { renderLimits, renderOutcome, renderState } from '../render/control.ts';
import { type OpenLedger, type SelectionOptions, withLedger, withSelection } from '../selection.ts';

const VIEWS = ['state', 'limits'] as const;
type Asked = ControlAction | (typeof VIEWS)[number];

interface Options extends SelectionOptions {
  readonly address?: string;
  readonly tokenFile?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly operationId?: string;
  readonly json?: boolean;
}

/** What a refused call ends with. */
const REFUSED: Readonly<Record<string, ExitCode>> = {
  PERSON_REQUIRED: EXIT.NO_PERMISSION,
  OPERATION_CONFLICT: EXIT.USAGE,
};

function requestOf(action: ControlAction, options: Options): ControlRequest {
  if (options.reason === undefined) {
    throw new CliFailure(
      EXIT.USAGE,
      `control ${action}: was without a reason; do: add --reason "…", it is journalled`,
    );
  }
  const request = controlRequest.safeParse({
    operationId: options.operationId ?? randomUUID(),
    action,
    actor: options.actor ?? userInfo().username,
    reason: options.reason,
  });
  if (request.success) return request.data;
  const problems = request.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CliFailure(EXIT.USAGE, `control ${action}: ${problems.join('; ')}`);
}

async function tell(outcome: ControlOutcome, options: Options, context: CommandContext): Promise<void> {
  await show(context, options, { json: outcome, render: (screen) => renderOutcome(outcome, screen) });
  if (outcome.result === 'refused') context.end(REFUSED[outcome.code ?? ''] ?? EXIT.TRY_AGAIN);
}

async function byAddress(
  asked: Asked,
  api: ControlApi,
  options: Options,
  context: CommandContext,
): Promise<void> {
  if (asked === 'state') {
    const state = await api.state();
    return show(context, options, { json: state, render: (screen) => renderState(state, screen) });
  }
  if (asked === 'limits') {
    const limits = await api.limits();
    return show(context, options, { json: limits, render: (screen) => renderLimits(limits, screen) });
  }
  return tell(await api.act(requestOf(asked, options)), options, context);
}

async function knownBot({ identity }: OpenLedger, options: Options, folder: string): Promise<KnownBot> {
  const files = options.file === undefined ? [] : await readBotFiles(options.file, folder);
  return {
    bot: identity.bot,
    settings: files.find(({ settings }) => settings.name === identity.bot)?.settings,
  };
}

async function byLedger(asked: Asked, options: Options, context: CommandContext): Promise<void> {
  await withLedger(options, context, async (ledger) => {
    const known = await knownBot(ledger, options, context.folder);
    if (asked === 'state') {
      const state = await ledger.view.read((reading) => standingByLedger(reading, known, context.now()));
      return show(context, options, { json: state, render: (screen) => renderState(state, screen) });
    }
    if (asked === 'limits') return limits(ledger, known, options, context);
    const request = requestOf(asked, options);
    const outcome = await ledger.control((held) => askLedger(held, known, request, context.now));
    return tell(outcome, options, context);
  });
}

async function limits(
  { view }: OpenLedger,
  { bot, settings }: KnownBot,
  options: Options,
  context: CommandContext,
): Promise<void> {
  if (settings === undefined) {
    throw new CliFailure(EXIT.USAGE, `control limits: the limits of ${bot} are in its file; do: add -f FILE`);
  }
  const shown = await view.read((reading) => limitsByLedger(reading, settings, context.now()));
  await show(context, options, { json: shown, render: (screen) => renderLimits(shown, screen) });
}

async function control(asked: Asked, options: Options, context: CommandContext): Promise<void> {
  if (options.address === undefined) return byLedger(asked, options, context);
  if (options.tokenFile === undefined) {
    throw new CliFailure(
      EXIT.USAGE,
      'control: --address was without --token-file; do: add the file with its token',
    );
  }
  const api = await connectControl(options.address, resolve(context.folder, options.tokenFile));
  return byAddress(asked, api, options, context);
}

export function addControl(program: Command, context: CommandContext): void {
  withSelection(program.command('control'))
    .description(
      'stop a bot, let it go on, or show what holds it: by the address of its risk or execution service, or by its ledger',
    )
    .addArgument(new Argument('<action>', 'what to do').choices([...CONTROL_ACTIONS, ...VIEWS]))
    .option('--address <url>', 'the control port of risk or execution, such as http://127.0.0.1:9463')
    .option('--token-file <file>', 'the file with its bearer token')
    .option('--reason <text>', 'why: it is journalled')
    .option('--actor <name>', 'who asks; by default the user of this machine')
    .option('--operation-id <id>', 'ask again for the same: an id that was answered does nothing twice')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  claire control halt --bot momentum --reason "venue misbehaves"\n' +
        '  claire control resume -f bot.yaml --reason "looked into it"\n' +
        '  claire control state --address http://127.0.0.1:9463 --token-file token',
    )
    .action((action: Asked, options: Options) => control(action, options, context));
}
