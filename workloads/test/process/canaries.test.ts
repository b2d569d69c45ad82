/**
 * No secret comes out: every secret of a bot is a canary, the processes are driven through the errors in which secrets
 * are at hand, and everything that somebody may read is searched.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { CONTROL_PATHS, PROCESSES, type ProcessName, SECRET_FILES } from '../../src/contract/index.ts';
import { startClaire, type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { type Canary, findLeaks, type Readable } from '../support/canaries.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import {
  ask,
  commandLine,
  freePorts,
  killAll,
  type Reply,
  startProcess,
  type TestProcess,
} from './process-fixture.ts';
import { makeRunFolder } from './run-folder.ts';
import { type SimulatorProcess, startSimulator } from './simulator-process.ts';

const DATABASE = 'claire_canary';
const REDIS = 'canary+redis/4f1d0c7be2a96835';
const POSTGRES = 'canary+postgres/93b7e0518c2d4fa6';
const CONTROL = 'canary-control-6ae20f5d8c71b943';
/** A key that the exchange does not know. */
const WRONG_SECRET = 'canary-exchange-secret-0d95c3b1e84f7a26';
const OTHER_PASSWORD = 'changed-behind-the-back';

let folder: TemporaryFolder;
let postgres: TestPostgres;
let redis: TestRedis;
let owner: pg.Client;
let simulator: SimulatorProcess;
const processes = new Map<ProcessName, TestProcess>();
const canaries: Canary[] = [
  { name: 'password of Redis', value: REDIS },
  { name: 'password of PostgreSQL', value: POSTGRES },
  { name: 'control token', value: CONTROL },
  { name: 'wrong secret of the exchange', value: WRONG_SECRET },
];
const readable: Readable[] = [];

const the = (name: ProcessName): TestProcess => processes.get(name)!;
const secretFile = (name: keyof typeof SECRET_FILES): string =>
  join(folder.path, 'run/secrets', SECRET_FILES[name]);

const botFile = (port: number): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: canary }
spec:
  exchange:
    venue: simulator
    endpoints: { rest: 'http://127.0.0.1:${port}', ws: 'ws://127.0.0.1:${port}/ws' }
  universe: { quote: USDT, symbols: [BTCUSDT] }
  strategy:
    momentum: { interval: 1m, threshold: 1%, lookback: 4m, minQuoteVolume: '1000', cooldown: 1m }
`;

/** Reads what a process shows, whatever it answers. */
async function look(when: string): Promise<void> {
  for (const [name, process] of processes) {
    for (const [path, server] of [
      ['/readyz', 'health'],
      ['/status', 'health'],
      ['/livez', 'health'],
      ['/metrics', 'metrics'],
    ] as const) {
      const { text } = await process.get(path, server);
      readable.push({ where: `${path} of ${name} ${when}`, text });
    }
  }
}

const told = (where: string, { status, text }: Reply): void => {
  readable.push({ where, text: `${status} ${text}` });
};

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { stdout, stderr } = await startClaire(args, folder.path, env).ended;
  readable.push({ where: `claire ${args[0] ?? ''}`, text: stdout + stderr });
}

const isReady = ({ status }: Reply): boolean => status === 200;
const lacks =
  (code: string) =>
  ({ status, text }: Reply): boolean =>
    status === 503 && text.includes(code);

const everybodyIsReady = async (): Promise<void> => {
  for (const name of PROCESSES) await the(name).until('/readyz', isReady);
};

beforeAll(async () => {
  folder = await temporaryFolder();
  [postgres, redis] = await Promise.all([
    startPostgres15({ passwords: true }),
    startRedis({ args: ['--requirepass', REDIS], password: REDIS }),
  ]);
  owner = new pg.Client({ connectionString: postgres.url() });
  await owner.connect();
  await owner.query(`CREATE ROLE bot LOGIN CREATEDB CREATEROLE PASSWORD '${POSTGRES}'`);
  simulator = await startSimulator(['--symbols', 'BTCUSDT', '--history', '1600'], folder.path);
  const { MEXC_API_KEY: key, MEXC_API_SECRET: secret } = simulator.keys;
  canaries.push(
    { name: 'key of the exchange', value: key },
    { name: 'secret of the exchange', value: secret },
  );
  const urls = {
    redis: `redis://default@127.0.0.1:${redis.port}`,
    postgres: `postgres://bot@127.0.0.1:${postgres.port}/${DATABASE}`,
  };
  await makeRunFolder(folder, botFile(simulator.port), urls, '--log-level', 'debug');
  await writeFile(secretFile('redisPassword'), REDIS);
  await writeFile(secretFile('postgresPassword'), POSTGRES);
  await writeFile(secretFile('controlToken'), CONTROL);
  await writeFile(secretFile('exchangeKey'), key);
  await writeFile(secretFile('exchangeSecret'), secret);
  for (const name of PROCESSES) {
    await freePorts(folder.path, name);
    const args = [...commandLine(name), '--termination-log', `${name}.end`];
    await folder.write(`${name}.end`, '');
    processes.set(name, startProcess(args, folder.path));
  }
}, 180_000);

afterAll(async () => {
  await owner.end();
  await killAll([...processes.values(), simulator.process]);
  await redis.stop();
  await postgres.stop();
  await folder.remove();
}, 60_000);

describe('the secrets of a bot', () => {
  it('serve its processes, which get ready', async () => {
    await everybodyIsReady();
    await look('when ready');
  }, 480_000);

  it('are asked for by the control API, which repeats nothing it was told', async () => {
    for (const name of ['risk', 'execution'] as const) {
      const base = `http://127.0.0.1:${await the(name).port('control')}`;
      const authorized = { authorization: `Bearer ${CONTROL}`, 'content-type': 'application/json' };
      const operations = `${base}${CONTROL_PATHS.operations}`;
      const calls: readonly (readonly [string, RequestInit])[] = [
        [`${base}${CONTROL_PATHS.state}`, { headers: authorized }],
        [`${base}${CONTROL_PATHS.state}`, { headers: { authorization: `Basic ${CONTROL}` } }],
        [`${base}/${CONTROL}?token=${CONTROL}`, { headers: authorized }],
        [operations, { method: 'POST', headers: authorized, body: `{"${CONTROL}` }],
        [operations, { method: 'POST', headers: authorized, body: JSON.stringify({ action: CONTROL }) }],
        [operations, { method: 'POST', headers: authorized, body: 'x'.repeat(20_000) }],
      ];
      for (const [url, init] of calls) told(`the control API of ${name}`, await ask(url, init));
      const health = `http://127.0.0.1:${await the(name).port('health')}`;
      told(`the health server of ${name}`, await ask(`${health}/nothing?token=${CONTROL}`));
      const metrics = `http://127.0.0.1:${await the(name).port('metrics')}`;
      told(
        `the metrics server of ${name}`,
        await ask(`${metrics}/metrics`, { method: 'POST', body: CONTROL }),
      );
    }
  }, 60_000);

  it('are not told when the exchange refuses, fails or is given a wrong one', async () => {
    const fault = { kind: 'status', status: 500, count: 2, match: 'openOrders' };
    const armed = await ask(`http://127.0.0.1:${simulator.port}/simulator/faults`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    expect(armed.status).toBe(200);
    const right = await readFile(secretFile('exchangeSecret'), 'utf8');
    await writeFile(secretFile('exchangeSecret'), WRONG_SECRET);
    await the('execution').until('/readyz', lacks('VENUE'));
    await look('with a wrong secret of the exchange');
    await writeFile(secretFile('exchangeSecret'), right);
    await everybodyIsReady();
  }, 480_000);

  it('are not told when Redis lets nobody in', async () => {
    await redis.client.config('SET', 'requirepass', OTHER_PASSWORD);
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    for (const name of PROCESSES) await the(name).until('/readyz', lacks('BUS'));
    await look('without Redis');
    await redis.client.config('SET', 'requirepass', REDIS);
    await everybodyIsReady();
  }, 480_000);

  it('are not told when PostgreSQL lets nobody in', async () => {
    await owner.query(`ALTER ROLE bot PASSWORD '${OTHER_PASSWORD}'`);
    await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bot'");
    await the('signal').until('/readyz', (reply) => !isReady(reply));
    await look('without PostgreSQL');
    await owner.query(`ALTER ROLE bot PASSWORD '${POSTGRES}'`);
    await everybodyIsReady();
  }, 480_000);

  it('are not told when their file is no secret, or a person writes them where they do not belong', async () => {
    await writeFile(secretFile('controlToken'), `${CONTROL}\n${CONTROL}`);
    told(
      'the control API with a token of two lines',
      await the('risk').get(CONTROL_PATHS.state, 'control', CONTROL),
    );
    await writeFile(secretFile('controlToken'), CONTROL);
    const nowhere = `postgres://bot:${encodeURIComponent(POSTGRES)}@127.0.0.1:1/x`;
    await run(['status', '-f', 'bot.yaml', '--ledger', nowhere]);
    await run(['--debug', 'status', '-f', 'bot.yaml', '--ledger', nowhere]);
    await run(['ledger', 'prepare', '-f', 'bot.yaml', '--ledger', nowhere, '--passwords', 'run/secrets']);
    await run(['process-config', '-f', 'bot.yaml', '--out', 'x', '--redis', `redis://:${REDIS}@127.0.0.1`]);
    await run(['run', '-f', 'bot.yaml', '--ledger', nowhere], { MEXC_API_SECRET: WRONG_SECRET });
    await run([
      'control',
      'halt',
      '--address',
      'http://127.0.0.1:1',
      '--token-file',
      'run/secrets/control-token',
    ]);
  }, 120_000);

  it('are nowhere in the logs, answers, metrics, journal, archive and files that a bot leaves', async () => {
    for (const name of PROCESSES) await the(name).stop();
    const place = ['--ledger', `postgres://owner@127.0.0.1:${postgres.port}/${DATABASE}`];
    await run(['status', '-f', 'bot.yaml', ...place]);
    const { rows } = await owner
      .query(`SELECT datname FROM pg_database WHERE datname LIKE 'claire%'`)
      .then((answer: pg.QueryResult<{ datname: string }>) => answer);
    for (const { datname } of rows) {
      const client = new pg.Client({ connectionString: postgres.url(datname) });
      await client.connect();
      const tables = await client.query<{ name: string }>(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
      );
      for (const { name } of tables.rows) {
        const { rows: found } = await client.query(`SELECT t::text FROM ${name} AS t`);
        readable.push({ where: `table ${name}`, text: JSON.stringify(found) });
      }
      await client.end();
    }
    for (const [name, process] of processes) {
      readable.push({ where: `log of ${name}`, text: JSON.stringify(process.log) + process.stderr() });
    }
    for (const file of await readdir(folder.path)) {
      if (file.endsWith('.end')) {
        readable.push({ where: file, text: await readFile(join(folder.path, file), 'utf8') });
      }
    }
    for (const file of await readdir(join(folder.path, 'run'))) {
      if (file.endsWith('.json')) {
        readable.push({ where: file, text: await readFile(join(folder.path, 'run', file), 'utf8') });
      }
    }
    // What is searched is there: an empty answer would prove nothing.
    expect(readable.filter(({ text }) => text === '').map(({ where }) => where)).toEqual(
      PROCESSES.map((name) => `${name}.end`).sort(),
    );
    for (const { value } of canaries) expect(value.length).toBeGreaterThan(12);
    expect(readable.length).toBeGreaterThan(80);
    expect(findLeaks(canaries, readable)).toEqual([]);
  }, 120_000);

  it('would be found, in whatever disguise, if one came out', () => {
    const forms = [
      REDIS,
      Buffer.from(`Bearer ${REDIS}`).toString('base64'),
      Buffer.from(REDIS).toString('hex'),
      `redis://:${encodeURIComponent(REDIS)}@redis:6379`,
      `…${REDIS.slice(-14)}`,
    ];
    for (const text of [forms[0], forms[2], forms[3], forms[4]]) {
      expect(findLeaks(canaries, [{ where: 'a planted leak', text: text ?? '' }])).not.toEqual([]);
    }
    const encoded = Buffer.from(REDIS).toString('base64');
    expect(findLeaks(canaries, [{ where: 'a Secret', text: encoded }])).toEqual([
      { canary: 'password of Redis', where: 'a Secret', form: 'base64' },
    ]);
  });
});
