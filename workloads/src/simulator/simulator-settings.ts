import type { DataSpec } from '../adapters/replay/data-spec.ts';
import { type Ratio, ratio } from '../domain/money/amounts.ts';
import type { Decimal } from '../domain/money/decimal.ts';
import { parseDecimal } from '../domain/money/decimal.ts';
import { type Duration, HOUR, MINUTE, type Timestamp } from '../domain/time.ts';
import { DEFAULT_EXCHANGE_SETTINGS, type ExchangeSettings } from './exchange-settings.ts';
import type { SymbolRules } from './market/symbol-rules.ts';
import { makeRandom } from './random.ts';
import { DEFAULT_LIMITS, type LimitSettings } from './rest/rate-limits.ts';
import type { ApiKey } from './venue.ts';
import { DEFAULT_SOCKET_SETTINGS, type SocketSettings } from './ws/socket-settings.ts';

export interface AccountSettings {
  readonly key: ApiKey;
  readonly balances: Readonly<Record<string, Decimal>>;
}

export interface SimulatorSettings {
  /** Address to listen on. */
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  /** Everything random comes from it. */
  readonly seed: string;
  readonly adminToken: string;
  readonly accounts: readonly AccountSettings[];
  readonly rules: readonly SymbolRules[];
  /** Files to replay; symbols that they do not have get a synthetic market. */
  readonly data: readonly DataSpec[];
  /** The symbols looked for in the files. */
  readonly dataSymbols: readonly string[];
  /** Of the candles the market is made of. */
  readonly interval: Duration;
  /** Steps of a candle. */
  readonly steps: number;
  /** Candles that are over when the simulator starts. */
  readonly history: number;
  /** When the market begins: data are moved to a number or to `now`, and left where they are with `data`. */
  readonly start: Timestamp | 'now' | 'data';
  /** How much faster than the machine's clock the market runs; 0: it moves only when the admin API says so. */
  readonly speed: number;
  /** Listen keys live so much shorter; `sockets.lifetime` is set by itself. */
  readonly listenKeyLifetime: Duration;
  readonly depthShareRatio: Ratio;
  readonly exchange: ExchangeSettings;
  readonly limits: LimitSettings;
  readonly sockets: SocketSettings;
  /** Entries of the ground truth kept in memory. */
  readonly keptTruth: number;
}

/** Settings for all that is not given. Needs an admin token and says which accounts there are. */
export function defaultSettings(adminToken: string): SimulatorSettings {
  return {
    host: '127.0.0.1',
    port: 0,
    seed: '1',
    adminToken,
    accounts: [],
    rules: [],
    data: [],
    dataSymbols: [],
    interval: MINUTE,
    steps: 20,
    history: 500,
    start: 'now',
    speed: 1,
    listenKeyLifetime: HOUR,
    depthShareRatio: ratio('0.5'),
    exchange: DEFAULT_EXCHANGE_SETTINGS,
    limits: DEFAULT_LIMITS,
    sockets: DEFAULT_SOCKET_SETTINGS,
    keptTruth: 200_000,
  };
}

/** An account whose key follows from the seed: it guards play money, and the same seed gives the same key. */
export function seededAccount(
  seed: string,
  name: string,
  balances: Readonly<Record<string, string>>,
): AccountSettings {
  const random = makeRandom(`${seed}/account/${name}`);
  return {
    key: {
      key: `mx0v${random.hex(14)}`,
      secret: random.hex(32),
      account: name,
      permissions: ['SPOT_ACCOUNT_READ', 'SPOT_ACCOUNT_R', 'SPOT_DEAL_READ', 'SPOT_DEAL_WRITE'],
    },
    balances: Object.fromEntries(
      Object.entries(balances).map(([asset, amount]) => [asset, parseDecimal(amount)]),
    ),
  };
}
