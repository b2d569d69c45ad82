/** The five real processes of a bot on loopback, on a simulated exchange of their own, as the operator finds pods by a resolver. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROCESSES } from '@claire/workloads/contract';
import { makeDirectChannel } from '../../src/tradingbot/control-channels.ts';
import type { ControlChannel, Controlled } from '../../src/tradingbot/control-client.ts';
import { claire, type TemporaryFolder, temporaryFolder } from '../../../workloads/test/cli/claire.ts';
import {
  ask,
  commandLine,
  freePorts,
  killAll,
  startProcess,
  type TestProcess,
  until,
} from '../../../workloads/test/process/process-fixture.ts';
import { startPostgres15, type TestPostgres } from '../../../workloads/test/support/postgres.ts';
import { startRedis, type TestRedis } from '../../../workloads/test/support/redis.ts';

const SYMBOL = 'XYZUSDT';
const BASE = 'XYZ';
const HISTORY = 600;
const MINUTE = 60_000;
const ADMIN_TOKEN = 'only-for-this-test';

/** Rises by a little every minute: each close is an entry. */
function risingMarket(): string {
  const rows = ['open_time,open,high,low,close,volume,quote_volume'];
  let open = 100;
  for (let index = 0; index < HISTORY + 60; index += 1) {
    const close = open * (1.0006 + (index % 2 === 0 ? 0.0008 : -0.0008));
    const prices = [open, Math.max(open, close), Math.min(open, close), close];
    const texts = prices.map((price) => price.toFixed(4));
    const volume = (100_000 * close).toFixed(2);
    rows.push([Date.UTC(2026, 0, 5) + index * MINUTE, ...texts, '100000', volume].join(','));
    open = close;
  }
  return `${rows.join('\n')}\n`;
}

/** What the exchange's own books say. */
export interface Books {
  /** Of what was traded. */
  readonly held: number;
  readonly openOrders: number;
}

interface Account {
  readonly balances: readonly { readonly asset: string; readonly free: string; readonly locked: string }[];
  readonly openOrders: readonly unknown[];
}

export interface Servers {
  readonly postgres: TestPostgres;
  readonly redis: TestRedis;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const [postgres, redis] = await Promise.all([startPostgres15(), startRedis()]);
  return {
    postgres,
    redis,
    stop: async () => {
      await redis.stop();
      await postgres.stop();
    },
  };
}

export class RealBot {
  /** The part of the spec that both the TradingBot and the processes are made from. */
  readonly spec: Record<string, unknown>;
  readonly #name: string;
  readonly #folder: TemporaryFolder;
  readonly #simulator: TestProcess;
  readonly #keys: NodeJS.ProcessEnv;
  readonly #url: string;
  readonly #processes = new Map<string, TestProcess>();

  private constructor(
    name: string,
    folder: TemporaryFolder,
    exchange: { readonly simulator: TestProcess; readonly port: number; readonly keys: NodeJS.ProcessEnv },
  ) {
    const { simulator, port, keys } = exchange;
    this.#name = name;
    this.#folder = folder;
    this.#simulator = simulator;
    this.#keys = keys;
    this.#url = `http://127.0.0.1:${port}`;
    this.spec = {
      exchange: {
        venue: 'simulator',
        endpoints: { rest: this.#url, ws: `ws://127.0.0.1:${port}/ws` },
      },
      universe: { quote: 'USDT', symbols: [SYMBOL] },
      strategy: {
        momentum: {
          ...{ interval: '1m', threshold: '0.1%', lookback: '4m', minQuoteVolume: '1000', cooldown: '1m' },
          ...{ takeProfit: '50%', maxHolding: '4h' },
        },
      },
      risk: { profile: 'balanced', capital: '10000' },
    };
  }

  /** Starts its exchange; its processes are not there yet. */
  static async make(name: string): Promise<RealBot> {
    const folder = await temporaryFolder();
    await folder.write('market.csv', risingMarket());
    let said = '';
    const simulator = startProcess(
      [
        ...['simulate-exchange', '--port', '0', '--data', `${SYMBOL}=market.csv`],
        ...['--history', String(HISTORY), '--balance', 'USDT=20000', '--no-limits'],
        ...['--admin-token', ADMIN_TOKEN],
      ],
      folder.path,
    );
    simulator.child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(
      () => {
        if (simulator.child.exitCode !== null) throw new Error(simulator.stderr());
        return said.includes('Ctrl-C ends it');
      },
      () => said,
    );
    const found = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? '';
    const keys = {
      MEXC_API_KEY: found(/API key +(\S+)/),
      MEXC_API_SECRET: found(/API secret +(\S+)/),
    };
    return new RealBot(name, folder, { simulator, keys, port: Number(found(/127\.0\.0\.1:(\d+)/)) });
  }

  /** Starts the processes, with the token that the operator has generated for them. */
  async start({ postgres, redis }: Servers, token: string): Promise<void> {
    const database = `claire_${this.#name.replaceAll('-', '_')}`;
    const resource = {
      apiVersion: 'trading.claire.dev/v1alpha1',
      kind: 'TradingBot',
      metadata: { name: this.#name },
      spec: this.spec,
    };
    // JSON is YAML.
    await this.#folder.write('bot.yaml', JSON.stringify(resource));
    const made = await claire(
      [
        ...['process-config', '-f', 'bot.yaml', '--out', 'run'],
        ...['--redis', `redis://127.0.0.1:${redis.port}`, '--postgres', postgres.url(database)],
      ],
      this.#folder.path,
    );
    if (made.code !== 0) throw new Error(made.stderr);
    await writeFile(join(this.#folder.path, 'run/secrets/control-token'), token);
    for (const name of PROCESSES) {
      await freePorts(this.#folder.path, name);
      const env = name === 'execution' ? this.#keys : {};
      this.#processes.set(name, startProcess(commandLine(name), this.#folder.path, env));
    }
  }

  /** The way to risk and execution. */
  readonly channel: ControlChannel = async (target, call) => {
    const port = await this.#process(target.component).port('control');
    return makeDirectChannel(() => ({ host: '127.0.0.1', port }))(target, call);
  };

  async books(): Promise<Books> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const { json } = await ask(`${this.#url}/simulator/accounts`, { headers });
    const accounts = json as readonly Account[];
    const coins = accounts
      .flatMap(({ balances }) => balances)
      .filter(({ asset }) => asset === BASE)
      .map(({ free, locked }) => Number(free) + Number(locked));
    return {
      held: coins.reduce((sum, amount) => sum + amount, 0),
      openOrders: accounts.reduce((sum, { openOrders }) => sum + openOrders.length, 0),
    };
  }

  async stop(): Promise<void> {
    await killAll([...this.#processes.values(), this.#simulator]);
    await this.#folder.remove();
  }

  #process(component: Controlled): TestProcess {
    const found = this.#processes.get(component);
    if (found === undefined) throw new Error(`${component} of ${this.#name} does not run`);
    return found;
  }
}
