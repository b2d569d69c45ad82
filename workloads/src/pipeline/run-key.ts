import { settingsHash } from '../contract/settings.ts';
import type { BotSettings } from '../contract/index.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import { type Decimal, formatDecimal } from '../domain/money/decimal.ts';
import { sha256 } from '../domain/journal/chain.ts';
import type { ReplayCursor } from '../ports/ledger.ts';
import { EXIT, type ExitCode, type ExitError } from '../process/exit-code.ts';

/** What makes a replay the one it is: with another key it is another replay. */
export type RunKey = Pick<ReplayCursor, 'dataHash' | 'settingsHash'>;

/** A ledger that holds another replay: going on would mix two. */
export class ReplayChangedError extends Error implements ExitError {
  readonly code = 'REPLAY_CHANGED';
  readonly retryable = false;
  readonly exitCode: ExitCode = EXIT.SETTINGS;
  constructor(bot: string, changed: readonly string[]) {
    super(
      `${bot}: the ledger holds a replay with other ${changed.join(' and ')}; run with the same, or begin anew with --fresh`,
    );
    this.name = 'ReplayChangedError';
  }
}

/** The version of all settings that decide, the trading rules of the instruments among them. */
export function runSettingsHash(
  settings: BotSettings,
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
): string {
  const used = settings.universe.symbols.map((symbol) => instrumentText(symbol, instruments.get(symbol)));
  return sha256([settingsHash(settings), ...used].join('\n'));
}

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === 'object' && value !== null && 'units' in value;

function instrumentText(symbol: TradingSymbol, instrument: Instrument | undefined): string {
  const fields = Object.entries(instrument ?? {})
    .map(([name, value]) => [name, isDecimal(value) ? formatDecimal(value) : String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([symbol, fields]);
}

/** @throws ReplayChangedError */
export function demandSameRun(bot: string, cursor: ReplayCursor | undefined, key: RunKey): void {
  if (cursor === undefined) return;
  const changed: string[] = [];
  if (cursor.dataHash !== key.dataHash) changed.push('data');
  if (cursor.settingsHash !== key.settingsHash) changed.push('settings');
  if (changed.length > 0) throw new ReplayChangedError(bot, changed);
}
