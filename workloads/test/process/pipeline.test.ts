import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedgerForReading } from '../../src/adapters/postgres/open-ledger.ts';
import { CONTROL_PATHS, PROCESSES, type ProcessName } from '../../src/contract/index.ts';
import type { LedgerReading, LedgerView } from '../../src/ports/ledger.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { LiveMonitoring } from '../monitoring/live-monitoring.ts';
import { alertsOf, readRuleFiles, recordsOf } from '../monitoring/rule-files.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import {
  ask,
  commandLine,
  editFile,
  killAll,
  type Reply,
  startProcess,
  type TestProcess,
  until,
} from './process-fixture.ts';
import { risingMarket } from './rising-market.ts';
import { makeRunFolder, startProcesses, urlsOf } from './run-folder.ts';
import { type SimulatorProcess, startSimulator } from './simulator-process.ts';
import { type OperatorUnderTest, startOperatorProcess } from './operator-fixture.ts';

const HISTORY = 1_600;
const TOKEN = 'a-token-only-for-this-test';

const botFile = (port: number): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: five }
spec:
  exchange:
    venue: simulator
    endpoints: { rest: 'http://127.0.0.1:${port}', ws: 'ws://127.0.0.1:${port}/ws' }
  universe: { quote: USDT, symbols: [XYZUSDT] }
  strategy:
    momentum: { interval: 1m, threshold: 0.1%, lookback: 4m, minQuoteVolume: '1000', cooldown: 1m, takeProfit: 50%, maxHolding: 4h }
`;

let folder: TemporaryFolder;
let postgres: TestPostgres;
let redis: TestRedis;
let simulator: SimulatorProcess;
let view: LedgerView;
let operator: OperatorUnderTest | undefined;
const processes = new Map<ProcessName, TestProcess>();

const read = <T>(work: (ledger: LedgerReading) => Promise<T>): Promise<T> => view.read(work);
const the = (name: ProcessName): TestProcess => processes.get(name)!;

/** A call of the control API of one process. */
async function control(to: TestProcess, call: Readonly<Record<string, string>>): Promise<Reply> {
  return ask(`http://127.0.0.1:${await to.port('control')}${CONTROL_PATHS.operations}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(call),
  });
}

beforeAll(async () => {
  folder = await temporaryFolder();
  [postgres, redis] = await Promise.all([startPostgres15(), startRedis()]);
  await folder.write('market.csv', risingMarket(HISTORY));
  simulator = await startSimulator(
    ['--data', 'XYZUSDT=market.csv', '--history', String(HISTORY), '--balance', 'USDT=20000'],
    folder.path,
  );
  const urls = urlsOf({ redis, postgres, database: 'claire_five' });
  await makeRunFolder(folder, botFile(simulator.port), urls);
  await writeFile(join(folder.path, 'run/secrets/control-token'), TOKEN);
  // Consumers first and last: the order must not matter.
  const order: readonly ProcessName[] = ['signal', 'execution', 'screener-ws', 'risk', 'screener-rest'];
  await startProcesses(folder, order, processes, simulator.keys);
}, 180_000);

afterAll(async () => {
  await (view as LedgerView | undefined)?.close();
  await killAll([...processes.values(), simulator.process]);
  await operator?.stop();
  await redis.stop();
  await postgres.stop();
  await folder.remove();
}, 60_000);

describe('the five processes of a bot', () => {
  it('find each other whatever the order, and get ready', async () => {
    for (const name of PROCESSES) await the(name).until('/readyz', ({ status }) => status === 200);
    view = await openLedgerForReading({ location: postgres.url(), database: 'claire_five' });
  }, 480_000);

  it('make an entry that is filled', async () => {
    await until(
      async () => (await read((ledger) => ledger.fills())).length > 0,
      () => PROCESSES.map((name) => `${name}: ${JSON.stringify(the(name).log.slice(-8))}`).join('\n'),
    );
    const [fill] = await read((ledger) => ledger.fills());
    expect(fill).toMatchObject({ symbol: 'XYZUSDT', side: 'BUY' });
    const { json } = await the('risk').get(CONTROL_PATHS.state, 'control', TOKEN);
    expect(json).toMatchObject({
      component: 'risk',
      bot: 'five',
      effectiveState: 'Running',
      openPositions: 1,
    });
    const { text } = await the('execution').get('/metrics', 'metrics');
    expect(text).toMatch(/trades_executed_total\{symbol="XYZUSDT",side="BUY"\} [1-9]/);
  }, 480_000);

  it('and the operator are all up for a real Prometheus, whose rules and dashboards find what they read', async () => {
    operator = await startOperatorProcess(folder.path);
    const monitoring = await LiveMonitoring.start([
      ...(await Promise.all(
        PROCESSES.map(async (name) => ({
          job: name,
          port: await the(name).port('metrics'),
          labels: { namespace: 'trading', bot: 'five', component: name },
        })),
      )),
      { job: 'claire-operator', port: operator.port, labels: { namespace: 'claire-system' } },
    ]);
    try {
      expect(await monitoring.upJobs(PROCESSES.length + 1)).toEqual([...PROCESSES, 'claire-operator'].sort());
      const files = await readRuleFiles();
      expect(await monitoring.soundRules()).toBe(alertsOf(files).length + recordsOf(files).length);
      expect(await monitoring.unanswered(await LiveMonitoring.readMetrics())).toEqual([]);
      // A query that shows only what is above 0 shows nothing of what did not happen here; the story of trouble has it.
      const queries = LiveMonitoring.queries({ namespace: 'trading', name: 'five' });
      expect(await monitoring.unanswered(queries.filter((query) => !/ > 0\b/.test(query)))).toEqual([]);
      expect(await monitoring.refused(queries)).toEqual([]);
      for (const query of [
        'sum(trades_executed_total{bot="five", side="BUY"}) > 0',
        'max(trading_open_positions{bot="five"}) > 0',
        'min(trading_reconciled{bot="five"}) == 1',
        'sum(trading_process_ready{bot="five"}) == 5',
        'count(trading_postgres_connections{bot="five"} > 4) == 5',
        'count(trading_redis_memory_used_bytes{bot="five"} > 0) == 5',
        'sum(rate(trading_ledger_transactions_total{bot="five", outcome="committed"}[10s])) > 0',
        'max(leader_election_master_status) == 1',
        'sum(controller_runtime_reconcile_total{result!="error"}) > 0',
        'count(tradingbot_info{name="five"}) == 1',
      ]) {
        await monitoring.answer(query);
      }
    } finally {
      await monitoring.stop();
    }
  }, 480_000);

  it('take other limits while they run, all or none, and say which are in force', async () => {
    const risk = the('risk');
    const hot = join(folder.path, 'run/risk.hot.json');
    const statusOf = async () =>
      (await risk.get('/status')).json as {
        readonly hotSettingsHash: string;
        readonly lives: number;
        readonly view: { readonly limitsHash: string };
      };
    const before = await statusOf();
    await editFile(hot, 'settings.limits.capital', '1');
    const refused = await risk.until('/status', ({ text }) => text.includes('BELOW_EXPOSURE'));
    expect(refused.json).toMatchObject({
      hotSettingsHash: before.hotSettingsHash,
      hotSettingsRefused: { reason: expect.stringContaining('capital cannot fall to 1: ') as unknown },
      view: { limitsHash: before.view.limitsHash },
    });
    await editFile(hot, 'settings.limits.capital', '10000');
    await editFile(hot, 'settings.limits.maxOrdersPerSecond', 4);
    const { json } = await risk.until('/status', ({ text }) => !text.includes(before.hotSettingsHash));
    expect(json).toMatchObject({ hotSettingsRefused: null, lives: before.lives });
    const { limitsHash } = (await statusOf()).view;
    expect(limitsHash).not.toBe(before.view.limitsHash);
    const entries = await read((ledger) => ledger.journal('risk', 0, 100_000));
    const told = entries
      .map(({ body }) => JSON.parse(body) as { kind: string; facts: Record<string, unknown> })
      .filter(({ kind }) => kind === 'limits')
      .map(({ facts }) => facts);
    expect(told).toMatchObject([
      { result: 'in-force', to: before.view.limitsHash },
      { result: 'refused', code: 'BELOW_EXPOSURE', from: before.view.limitsHash },
      { result: 'applied', changes: [{ name: 'maxOrdersPerSecond', from: '5', to: '4' }], to: limitsHash },
    ]);
  }, 120_000);

  it('halt when one of them is told, in all of them', async () => {
    const call = { operationId: 'halt-in-the-test', action: 'halt', actor: 'tester', reason: 'a test' };
    for (const time of ['first', 'again']) {
      const { json } = await control(the('execution'), call);
      expect([time, json]).toMatchObject([time, { result: 'done', state: 'Halted' }]);
    }
    const { json } = await the('risk').get(CONTROL_PATHS.state, 'control', TOKEN);
    expect(json).toMatchObject({ effectiveState: 'Halted' });
  }, 60_000);

  it('halt by execution alone, with Redis down and risk dead', async () => {
    const execution = the('execution');
    const call = { actor: 'tester', reason: 'a test' };
    const cleared = await control(execution, {
      ...call,
      operationId: 'resume-in-the-test',
      action: 'resume',
    });
    expect(cleared.json).toMatchObject({ result: 'done' });
    await redis.kill();
    the('risk').child.kill('SIGKILL');
    await the('risk').ended;
    const halted = await control(execution, { ...call, operationId: 'halt-alone-here', action: 'halt' });
    expect(halted.json).toMatchObject({ result: 'done', state: 'Halted' });
    expect(await read((ledger) => ledger.demands())).toMatchObject([
      { source: 'control', state: 'Halted', evidence: { operationId: 'halt-alone-here' } },
    ]);
    await redis.start();
    const risk = startProcess(commandLine('risk'), folder.path);
    processes.set('risk', risk);
    await risk.until('/status', ({ text }) => text.includes('"limitsHash"'));
    const { json } = await risk.get(CONTROL_PATHS.state, 'control', TOKEN);
    expect(json).toMatchObject({ effectiveState: 'Halted' });
  }, 120_000);

  it('end in order when they are told to', async () => {
    const codes = await Promise.all(PROCESSES.map((name) => the(name).stop()));
    expect(codes).toEqual(PROCESSES.map(() => 0));
  }, 60_000);
});
