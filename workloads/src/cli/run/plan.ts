/** What `claire run` was asked to do, checked as far as that goes without opening anything. */
import { dirname, join, resolve } from 'node:path';
import { type DataSpec, parseDataSpec, symbolOf } from '../../adapters/replay/data-spec.ts';
import { parseSpeed, type Speed } from '../../adapters/replay/speed.ts';
import type { BotSettings, ReadBot } from '../../contract/index.ts';
import { EXIT } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';
import { type LedgerPlace, parseLedgerPlace } from '../ledger-place.ts';
import { type NamedServer, parseServerUrl } from '../server-url.ts';

export interface RunOptions {
  readonly file: readonly string[];
  readonly data?: readonly string[];
  readonly instruments?: string;
  readonly speed: string;
  readonly ledger: string;
  readonly bus?: string;
  readonly secrets?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

/** One bot and the data it is to trade on. */
export interface PlannedBot {
  readonly bot: ReadBot;
  /** Of a replay; none where a venue is asked. */
  readonly data: readonly DataSpec[];
  /** The instruments file of a replay. */
  readonly instruments: string;
}

export interface RunPlan {
  readonly bots: readonly PlannedBot[];
  readonly speed: Speed;
  readonly place: LedgerPlace;
  /** Of bots on a venue; absent: events stay in this process. */
  readonly bus?: NamedServer;
  /** The folder of the secrets that say whom to tell of alerts. */
  readonly secrets?: string;
  readonly fresh: boolean;
}

/** Looked for beside the bot's file when none is named. */
const INSTRUMENTS = 'instruments.json';

/** Their messages begin with what was expected; here with the option. @throws CliFailure */
function parsed<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw new CliFailure(EXIT.USAGE, `${option}: ${error.message}`);
    throw error;
  }
}

/** Real money is not traded by this command yet: said, never pretended. @throws CliFailure */
function refuseLive({ name, mode }: BotSettings, { file, line }: ReadBot): void {
  if (mode === 'paper') return;
  throw new CliFailure(
    EXIT.UNAVAILABLE,
    `${file}:${line}: spec.mode: was ${mode} of bot ${name}, which 'claire run' cannot trade yet; allowed paper`,
  );
}

const isReplay = ({ settings }: ReadBot): boolean => settings.exchange.venue === 'replay';

/**
 * The files for one of several bots: those that are not, by their name, about a symbol that another bot trades. A file
 * that fits no bot at all is left in, so that it is refused with its reason and not skipped.
 */
function dataFor(bot: ReadBot, bots: readonly ReadBot[], data: readonly DataSpec[]): readonly DataSpec[] {
  const wants = (one: ReadBot, symbol: string): boolean => one.settings.universe.symbols.includes(symbol);
  return data.filter((spec) => {
    const symbol = symbolOf(spec);
    if (symbol === undefined || wants(bot, symbol)) return true;
    return !bots.some((other) => wants(other, symbol));
  });
}

/** A replay is played event by event to quiescence, which takes a bus in this process. @throws CliFailure */
function parseBus(text: string | undefined, replays: readonly ReadBot[]): { readonly bus?: NamedServer } {
  if (text === undefined) return {};
  const [replay] = replays;
  if (replay === undefined) return { bus: parseServerUrl('redis', '--bus', text) };
  throw new CliFailure(
    EXIT.USAGE,
    `--bus: was given, but bot ${replay.settings.name} is a replay, which keeps its events in this process; do: leave it out, or name bots on a venue`,
  );
}

/** @throws CliFailure */
export function planRun(options: RunOptions, bots: readonly ReadBot[], folder: string): RunPlan {
  const speed = parsed('--speed', () => parseSpeed(options.speed));
  const place = parseLedgerPlace(options.ledger, folder);
  for (const bot of bots) refuseLive(bot.settings, bot);
  const data = (options.data ?? []).map((text) => parsed('--data', () => parseDataSpec(text)));
  const replays = bots.filter(isReplay);
  if (data.length > 0 && replays.length === 0) {
    throw new CliFailure(
      EXIT.USAGE,
      '--data: was given, but no bot of the files is on venue replay; do: leave it out, or name a bot that replays',
    );
  }
  if (data.length === 0 && replays.length > 0) {
    throw new CliFailure(
      EXIT.USAGE,
      '--data: was not given; a replay needs recorded market data; do: add --data FILE, such as examples/data/alts-btc-5m.csv.gz',
    );
  }
  return {
    speed,
    place,
    ...parseBus(options.bus, replays),
    ...(options.secrets === undefined ? {} : { secrets: resolve(folder, options.secrets) }),
    fresh: options.fresh === true,
    bots: bots.map((bot) => ({
      bot,
      data: isReplay(bot) ? dataFor(bot, replays, data) : [],
      instruments: options.instruments ?? join(dirname(bot.file), INSTRUMENTS),
    })),
  };
}
