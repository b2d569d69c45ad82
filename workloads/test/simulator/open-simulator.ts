import { SystemClock } from '../../src/process/system-clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { AWKWARD_RULES, defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import {
  defaultSettings,
  seededAccount,
  type SimulatorSettings,
} from '../../src/simulator/simulator-settings.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/simulator.ts';
import { DEFAULT_LIMITS } from '../../src/simulator/rest/rate-limits.ts';
import { signParameters, writeQuery } from './sign.ts';

export const ADMIN_TOKEN = 'only-for-tests';
export const SEED = 'test';
export const ACCOUNT = seededAccount(SEED, 'tester', { USDT: '100000', BTC: '2', ETH: '10' });
/** 2026-01-05T00:00:00Z, a Monday. */
export const START = Date.UTC(2026, 0, 5);

const quiet = (): undefined => undefined;
export const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => SILENT };

/** Without rate limits, and standing still until it is told to move, unless a test wants otherwise. */
export function testSettings(changes: Partial<SimulatorSettings> = {}): SimulatorSettings {
  return {
    ...defaultSettings(ADMIN_TOKEN),
    seed: SEED,
    accounts: [ACCOUNT],
    rules: [defaultRules('BTCUSDT'), defaultRules('ETHUSDT'), ...AWKWARD_RULES],
    history: 30,
    start: START,
    speed: 0,
    limits: { ...DEFAULT_LIMITS, enabled: false },
    ...changes,
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the text is not JSON. */
  readonly json: unknown;
}

export interface TestSimulator extends RunningSimulator {
  readonly rest: string;
  readonly socket: string;
  get(path: string): Promise<Reply>;
  /** Signed with the test account's key. */
  signed(
    method: string,
    path: string,
    parameters?: Readonly<Record<string, string | number>>,
  ): Promise<Reply>;
  admin(method: string, command: string, body?: unknown): Promise<Reply>;
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

export async function openSimulator(changes: Partial<SimulatorSettings> = {}): Promise<TestSimulator> {
  const running = await startSimulator(testSettings(changes), { clock: new SystemClock(), logger: SILENT });
  const rest = `http://127.0.0.1:${running.port}`;
  return {
    ...running,
    rest,
    socket: `ws://127.0.0.1:${running.port}/ws`,
    get: async (path) => read(await fetch(`${rest}${path}`)),
    signed: async (method, path, parameters = {}) => {
      const query = writeQuery({ ...parameters, timestamp: Date.now() });
      const signature = signParameters(ACCOUNT.key.secret, query);
      const headers = { 'x-mexc-apikey': ACCOUNT.key.key, 'content-type': 'application/json' };
      return read(await fetch(`${rest}${path}?${query}&signature=${signature}`, { method, headers }));
    },
    admin: async (method, command, body) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      return read(await fetch(`${rest}/simulator/${command}`, { method, headers, ...content }));
    },
  };
}
