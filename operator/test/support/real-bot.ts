/** The five real processes of a bot on loopback, on a simulated exchange of their own, as the operator finds pods by a resolver. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTROL_PATHS, PROCESSES, type ProcessName } from '@claire/workloads/contract';
import { makeDirectChannel } from '../../src/tradingbot/control-channels.ts';
import type { ControlChannel, Controlled } from '../../src/tradingbot/control-client.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../workloads/test/cli/claire.ts';
import { ask, killAll, type TestProcess } from '../../../workloads/test/process/process-fixture.ts';
import { risingMarket } from '../../../workloads/test/process/rising-market.ts';
import { makeRunFolder, startProcesses, urlsOf } from '../../../workloads/test/process/run-folder.ts';
import { type SimulatorProcess, startSimulator } from '../../../workloads/test/process/simulator-process.ts';
import { startPostgres15, type TestPostgres } from '../../../workloads/test/support/postgres.ts';
import { startRedis, type TestRedis } from '../../../workloads/test/support/redis.ts';

const SYMBOL = 'XYZUSDT';
const BASE = 'XYZ';
const HISTORY = 600;

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
  readonly #simulator: SimulatorProcess;
  readonly #url: string;
  readonly #processes = new Map<ProcessName, TestProcess>();
  #token = '';

  private constructor(name: string, folder: TemporaryFolder, simulator: SimulatorProcess) {
    const { port } = simulator;
    this.#name = name;
    this.#folder = folder;
    this.#simulator = simulator;
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
    await folder.write('market.csv', risingMarket(HISTORY));
    const args = ['--data', `${SYMBOL}=market.csv`, '--history', String(HISTORY), '--balance', 'USDT=20000'];
    return new RealBot(name, folder, await startSimulator(args, folder.path));
  }

  /** Starts the processes, with the token that the operator has generated for them. */
  async start({ postgres, redis }: Servers, token: string): Promise<void> {
    this.#token = token;
    const database = `claire_${this.#name.replaceAll('-', '_')}`;
    const resource = {
      apiVersion: 'trading.claire.dev/v1alpha1',
      kind: 'TradingBot',
      metadata: { name: this.#name },
      spec: this.spec,
    };
    // JSON is YAML.
    await makeRunFolder(this.#folder, JSON.stringify(resource), urlsOf({ redis, postgres, database }));
    await writeFile(join(this.#folder.path, 'run/secrets/control-token'), token);
    await startProcesses(this.#folder, PROCESSES, this.#processes, this.#simulator.keys);
  }

  /** The way to risk and execution. */
  readonly channel: ControlChannel = async (target, call) => {
    const port = await this.#process(target.component).port('control');
    return makeDirectChannel(() => ({ host: '127.0.0.1', port }))(target, call);
  };

  async books(): Promise<Books> {
    const headers = { authorization: `Bearer ${this.#simulator.adminToken}` };
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

  /** What its processes said last and how risk and execution stand, for a test that waits in vain. */
  async story(): Promise<string> {
    const said = [...this.#processes].map(([name, { log, stderr }]) =>
      [`${name}:`, stderr(), ...log.slice(-30).map((line) => JSON.stringify(line))].join('\n'),
    );
    const stand = ['risk', 'execution'].map(async (name) => {
      const process = this.#process(name as Controlled);
      const { text } = await process.get(CONTROL_PATHS.state, 'control', this.#token);
      return `${name} stands: ${text}`;
    });
    return [...said, ...(await Promise.all(stand))].join('\n');
  }

  async stop(): Promise<void> {
    await killAll([...this.#processes.values(), this.#simulator.process]);
    await this.#folder.remove();
  }

  #process(component: Controlled): TestProcess {
    const found = this.#processes.get(component);
    if (found === undefined) throw new Error(`${component} of ${this.#name} does not run`);
    return found;
  }
}
