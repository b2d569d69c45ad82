import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts';
import { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { isAlive } from '../../src/adapters/postgres/postmaster-file.ts';
import { applicationName } from '../../src/adapters/postgres/writer-lock.ts';
import { MAX_SPEED } from '../../src/adapters/replay/speed.ts';
import { type BotSettings, parseTradingBot } from '../../src/contract/index.ts';
import { ratio } from '../../src/domain/money/amounts.ts';
import type { BreakoutSettings } from '../../src/domain/strategy/breakout.ts';
import type { MomentumSettings } from '../../src/domain/strategy/momentum.ts';
import { ledgerIdentity } from '../../src/contract/ledger-identity.ts';
import { type ReplayOutcome, type ReplayRunOptions, runReplay } from '../../src/pipeline/replay-run.ts';
import type { Happening } from '../../src/pipeline/run-watch.ts';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { bot } from '../contract/bots.ts';
import { instruments, type ScriptCandle, writeMarket } from './market-script.ts';

/** A real embedded ledger server and a folder for scripts; one a test file. */
export interface TestPlace {
  readonly folder: string;
  /** The bot's ledger, empty when `fresh`; of another account than its own paper one where it is named. */
  open(settings: BotSettings, fresh?: boolean, account?: string): Promise<GroupingLedger>;
  close(): Promise<void>;
}

export async function openTestPlace(): Promise<TestPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-pipeline-'));
  const server = await openEmbeddedServer({
    folder: join(folder, 'ledger'),
    mustExist: false,
    applicationName: applicationName(process.pid, hostname()),
    logger: undefined,
  });
  const ledgers = new LedgerServer(server, isAlive);
  return {
    folder,
    open: (settings, fresh = true, account) => {
      const identity = ledgerIdentity(settings);
      return ledgers.open({
        identity: account === undefined ? identity : { ...identity, account },
        fresh,
      });
    },
    close: async () => {
      await server.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A momentum bot of `AAAUSDT` on five-minute candles that wants 3 % in 15 minutes. */
export function botSettings(
  changes: Partial<BotSettings> = {},
  limits: Partial<BotSettings['limits']> = {},
): BotSettings {
  const parsed = parseTradingBot(
    bot({
      mode: 'paper',
      'exchange.venue': 'replay',
      'universe.quote': 'USDT',
      'universe.symbols': ['AAAUSDT'],
      'strategy.momentum.interval': '5m',
      'strategy.momentum.lookback': '15m',
      'strategy.momentum.cooldown': '1h',
      'risk.maxVolatilityMultiple': 100,
      'risk.maxPriceMove': '50%',
    }),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { settings } = parsed.value;
  return { ...settings, ...changes, limits: { ...settings.limits, ...limits } };
}

/** The bot with other settings of its momentum. */
export function withMomentum(settings: BotSettings, changes: Partial<MomentumSettings>): BotSettings {
  const { momentum } = settings.strategy;
  if (momentum === undefined) throw new Error(`${settings.name} trades on no momentum`);
  return { ...settings, strategy: { momentum: { ...momentum, ...changes } } };
}

/** The bot on breakouts of a channel instead, which also end its positions: an hour in, half an hour out. */
export function onBreakout(settings: BotSettings, changes: Partial<BreakoutSettings> = {}): BotSettings {
  const breakout = {
    entryLookback: 60 * MINUTE,
    exitLookback: 30 * MINUTE,
    bufferRatio: ratio('0.0005'),
    interval: 5 * MINUTE,
    cooldown: 60 * MINUTE,
    ...changes,
  };
  return { ...settings, strategy: { breakout }, exits: { stopLossRatio: settings.exits.stopLossRatio } };
}

export interface Played extends ReplayOutcome {
  readonly happenings: readonly Happening[];
}

/** Plays a market on a ledger, from where it left off. */
export async function play(
  place: TestPlace,
  ledger: GroupingLedger,
  run: {
    readonly settings: BotSettings;
    readonly market: Readonly<Record<string, readonly ScriptCandle[]>>;
    readonly options?: Partial<ReplayRunOptions>;
  },
): Promise<Played> {
  const happenings: Happening[] = [];
  const path = await writeMarket(place.folder, 'market', run.market);
  const outcome = await runReplay({
    settings: run.settings,
    ledger,
    data: [{ path }],
    instruments: instruments(Object.keys(run.market)),
    speed: MAX_SPEED,
    wall: new SystemClock(),
    onHappening: (happening) => happenings.push(happening),
    ...run.options,
  });
  return { ...outcome, happenings };
}
