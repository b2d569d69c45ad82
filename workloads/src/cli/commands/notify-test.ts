/** `claire notify-test`: one message to the receiver of a bot's alerts, so that the way is proved before it is needed. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  CONFIG_FILE,
  HOT_CONFIG_FILE,
  type NotifySettings,
  type ReadBot,
  SECRETS_FOLDER,
} from '../../contract/index.ts';
import { EXIT } from '../../process/exit-code.ts';
import { readNotifySecrets } from '../../process/notify-secrets.ts';
import { parseFiles, readSettingsFile } from '../../process/process-files.ts';
import { makeSecrets } from '../../process/secrets.ts';
import { SystemClock } from '../../process/system-clock.ts';
import type { Sent } from '../../services/notifier/send-once.ts';
import { sendTestMessage } from '../../services/notifier/test-message.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { show } from '../output.ts';

interface Options {
  readonly file?: readonly string[];
  readonly config: string;
  readonly hotConfig: string;
  readonly secrets: string;
  readonly json?: boolean;
}

/** A bot and who is told of its alerts. */
interface Asked {
  /** `<namespace>/<name>`. */
  readonly bot: string;
  readonly notify: NotifySettings;
}

/** @throws CliFailure when the bot tells nobody */
function askedOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  notify: NotifySettings | undefined,
  place: string,
): Asked {
  const bot = `${namespace}/${name}`;
  if (notify !== undefined) return { bot, notify };
  throw new CliFailure(
    EXIT.SETTINGS,
    `${place}: spec.monitoring.notify: is not set, so nobody is told of alerts of ${bot}; do: set it (docs/monitoring.md)`,
  );
}

const askedOfFile = ({ file, line, settings }: ReadBot): Asked =>
  askedOf(settings, settings.notify, `${file}:${line}`);

/** The bot whose pod this is. @throws SettingsError, CliFailure */
async function askedOfProcess({ config, hotConfig }: Options, folder: string): Promise<Asked> {
  const { settings } = parseFiles('screener-rest', {
    config: await readSettingsFile(resolve(folder, config)),
    hot: await readSettingsFile(resolve(folder, hotConfig)),
  });
  return askedOf(settings.bot, settings.notify, hotConfig);
}

const DO: Readonly<Record<Exclude<Sent['kind'], 'taken'>, string>> = {
  unaddressed: 'mend it in the folder of --secrets, or in the Secret that is mounted there',
  failed: 'check the address, the token, and that the network lets this machine out to it',
  refused: 'check the chat, and that the receiver understands this format',
};

/** @throws CliFailure unless the receiver has it */
function assertTaken({ bot }: Asked, sent: Sent): void {
  if (sent.kind === 'taken') return;
  const code = sent.kind === 'failed' ? EXIT.UNAVAILABLE : EXIT.SETTINGS;
  throw new CliFailure(code, `${bot}: no test message was delivered: ${sent.reason}; do: ${DO[sent.kind]}`);
}

async function notifyTest(options: Options, context: CommandContext): Promise<void> {
  const { folder } = context;
  const asked =
    options.file === undefined
      ? [await askedOfProcess(options, folder)]
      : (await readBotFiles(options.file, folder)).map(askedOfFile);
  const secrets = makeSecrets(resolve(folder, options.secrets), {});
  for (const one of asked) {
    const sent = await sendTestMessage({
      bot: one.bot,
      format: one.notify.format,
      readSecrets: () => readNotifySecrets(secrets),
      fetch: (url, init) => fetch(url, init),
      clock: new SystemClock(),
      signal: new AbortController().signal,
    });
    assertTaken(one, sent);
  }
  await show(context, options, {
    json: { delivered: asked.map(({ bot, notify }) => ({ bot, format: notify.format })) },
    render: () =>
      asked.map(({ bot, notify }) => `${bot}: the receiver took the test message (${notify.format})`),
  });
}

export function addNotifyTest(program: Command, context: CommandContext): void {
  program
    .command('notify-test')
    .description("send a test message to the receiver of a bot's alerts (spec.monitoring.notify)")
    .option('-f, --file <file...>', 'TradingBot files; without it, the bot of the settings files')
    .option('--config <file>', 'the settings of screener-rest', CONFIG_FILE)
    .option('--hot-config <file>', 'its settings that can change', HOT_CONFIG_FILE)
    .option('--secrets <dir>', 'the folder of notify-url, notify-token, notify-chat-id', SECRETS_FOLDER)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
It is sent whatever level of alerts is asked for, once, and never shows an address or a token.
Exit codes: 0 the receiver took it, 69 it cannot be reached or did not take it, 78 settings or secrets are wrong.

Examples:
  claire notify-test -f bot.yaml --secrets secrets
  kubectl exec <bot>-rest-0 -- claire notify-test`,
    )
    .action((options: Options) => notifyTest(options, context));
}
