/** What `claire backtest` and `claire sweep` were asked to do, checked before anything is opened. */
import { dirname, join } from 'node:path';
import { type DataSpec, parseDataSpec } from '../../adapters/replay/data-spec.ts';
import type { BotSettings, ReadBot } from '../../contract/index.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { asRatio, ratio, type Ratio } from '../../domain/money/amounts.ts';
import { isNegative, parseDecimal } from '../../domain/money/decimal.ts';
import { DAY, type Duration, parseDuration, type Timestamp } from '../../domain/time.ts';
import type { IntrabarMode } from '../../backtest/engine/engine.ts';
import type { BreakerMode } from '../../backtest/engine/trader.ts';
import { EXIT } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';
import { oneOf, parseCount, parsed, parseTime } from '../option-values.ts';

/** Options that both commands have. */
export interface PlayOptions {
  readonly file: readonly string[];
  readonly data?: readonly string[];
  readonly instruments?: string;
  readonly from?: string;
  readonly to?: string;
  readonly slippage?: string;
  readonly fees?: string;
  readonly latency: string;
  readonly breaker: string;
  readonly intrabar: string;
  readonly seed: string;
  readonly store: string;
}

export interface PlayPlan {
  readonly bot: ReadBot;
  /** The bot's settings with what the command line changes of them. */
  readonly settings: BotSettings;
  readonly data: readonly DataSpec[];
  /** The instruments file. */
  readonly instruments: string;
  /** Replaces every fee, the instruments' own included. */
  readonly fees: Ratio | undefined;
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  readonly breaker: BreakerMode;
  readonly intrabar: IntrabarMode;
  readonly latency: Duration;
  readonly seed: number;
  /** Where columns are kept. */
  readonly store: string;
}

export const DEFAULT_STORE = join('build', 'candles');

const HUNDRED = 100n;
const PERCENT = /^\d{1,2}(?:\.\d{1,6})?%$/;

function parsePercent(text: string): Ratio {
  if (!PERCENT.test(text)) {
    throw new RangeError(`must be a percentage such as 0.06%: was ${JSON.stringify(text)}`);
  }
  return asRatio(ratio(text.slice(0, -1)) / HUNDRED);
}

/** The settings with what the command line changes of them. @throws CliFailure */
export function withChanges(settings: BotSettings, options: PlayOptions): BotSettings {
  const extra = optional('--slippage', options.slippage, parseDecimal);
  if (extra !== undefined && isNegative(extra)) {
    throw new CliFailure(
      EXIT.USAGE,
      `--slippage: must be at least 0 basis points: was ${options.slippage ?? ''}`,
    );
  }
  const fee = optional('--fees', options.fees, parsePercent);
  return {
    ...settings,
    fills: {
      ...settings.fills,
      ...(extra === undefined ? {} : { extraSlippageBps: extra }),
      ...(fee === undefined ? {} : { takerFeeRatio: fee, makerFeeRatio: fee }),
    },
  };
}

/** @throws CliFailure */
function onlyBot(bots: readonly ReadBot[]): ReadBot {
  const [bot, ...others] = bots;
  if (bot === undefined || others.length > 0) {
    throw new CliFailure(EXIT.USAGE, `-f: holds ${bots.length} bots; allowed is one bot at a time`);
  }
  if (bot.settings.universe.symbols.length > 0) return bot;
  throw new CliFailure(
    EXIT.SETTINGS,
    `${bot.file}:${bot.line}: spec.universe.symbols: was empty; recorded data need the names of their symbols; do: list them`,
  );
}

const MAX_SEED = 2 ** 32 - 1;
const EXAMPLE = 'examples/data/alts-btc-5m.csv.gz';

/** @throws CliFailure */
function optional<T>(option: string, text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parsed(option, () => parse(text));
}

/** @throws CliFailure */
function periodOf(options: PlayOptions): Pick<PlayPlan, 'from' | 'to'> {
  const from = optional('--from', options.from, parseTime);
  const to = optional('--to', options.to, parseTime);
  if ((from ?? 0) < (to ?? Infinity)) return { from, to };
  throw new CliFailure(
    EXIT.USAGE,
    `--to: must be after --from: was ${options.to ?? ''}, from ${options.from ?? ''}`,
  );
}

/** @throws CliFailure */
export function planPlay(options: PlayOptions, bots: readonly ReadBot[]): PlayPlan {
  const bot = onlyBot(bots);
  const data = (options.data ?? []).map((text) => parsed('--data', () => parseDataSpec(text)));
  if (data.length === 0) {
    throw new CliFailure(EXIT.USAGE, `--data: was not given; do: add --data FILE, such as ${EXAMPLE}`);
  }
  return {
    bot,
    settings: withChanges(bot.settings, options),
    data,
    instruments: options.instruments ?? join(dirname(bot.file), 'instruments.json'),
    fees: optional('--fees', options.fees, parsePercent),
    ...periodOf(options),
    breaker: parsed('--breaker', () => oneOf(options.breaker, ['latch', 'daily'])),
    intrabar: parsed('--intrabar', () => oneOf(options.intrabar, ['close', 'pessimistic'])),
    latency: parsed('--latency', () => Math.min(parseDuration(options.latency), DAY)),
    seed: parsed('--seed', () => parseCount(options.seed, MAX_SEED)),
    store: options.store,
  };
}

/** The instruments with the fees of the command line, if it names some. */
export function withFees(
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
  fees: Ratio | undefined,
): ReadonlyMap<TradingSymbol, Instrument> {
  if (fees === undefined) return instruments;
  return new Map(
    [...instruments].map(([symbol, instrument]) => [
      symbol,
      { ...instrument, takerFeeRatio: fees, makerFeeRatio: fees },
    ]),
  );
}
