import { access, readFile, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { freePort } from '../support/redis.ts';
import {
  commandLine,
  editFile,
  freePorts,
  killAll,
  startProcess,
  type TestProcess,
  until,
} from './process-fixture.ts';
import { makeRunFolder } from './run-folder.ts';

const BOT = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: alone }
spec: { universe: { quote: USDT, symbols: [BTCUSDT] }, strategy: { momentum: {} } }
`;

let folder: TemporaryFolder;
let started: TestProcess[] = [];

/** A risk process whose neighbours are not there. */
function startRisk(): TestProcess {
  const risk = startProcess(commandLine('risk'), folder.path);
  started.push(risk);
  return risk;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const [redis, postgres] = [await freePort(), await freePort()];
  await makeRunFolder(folder, BOT, {
    redis: `redis://127.0.0.1:${redis}`,
    postgres: `postgres://nobody@127.0.0.1:${postgres}`,
  });
  await freePorts(folder.path, 'risk');
});
afterEach(async () => {
  await killAll(started);
  started = [];
});
afterAll(() => folder.remove());

describe('a process with invalid settings', () => {
  it('ends with 78 and one line that names file, path, value and what is allowed', async () => {
    await writeFile(join(folder.path, 'wrong.json'), await readFile(join(folder.path, 'run/risk.json')));
    await editFile(join(folder.path, 'wrong.json'), 'redis.port', 'many');
    const { code, stdout, stderr } = await claire(
      ['risk', '--config', 'wrong.json', '--hot-config', 'run/risk.hot.json'],
      folder.path,
    );
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toBe(
      `claire: ${join(folder.path, 'wrong.json')}: redis.port: was "many"; must be a TCP port, 0 to 65535\n`,
    );
  });

  it('ends with 78 when there is no file', async () => {
    const { code, stderr } = await claire(['signal', '--config', 'lost.json'], folder.path);
    expect(code).toBe(78);
    expect(stderr).toMatch(/lost\.json: there is no such file; do: write it with 'claire process-config'/);
  });
});

describe('a process whose neighbours are away', () => {
  it('lives, says what it waits for, and ends in order when it is told to', async () => {
    const risk = startRisk();
    const { json } = await risk.until('/readyz', ({ text }) => text.includes('ECONNREFUSED'));
    expect(json).toMatchObject({ ready: false, reasons: [{ code: 'STARTING' }, { code: 'LEDGER' }] });
    expect(await risk.get('/livez')).toMatchObject({ status: 200, json: { alive: true } });
    expect(await risk.get('/else')).toMatchObject({ status: 404 });
    const token = (await readFile(join(folder.path, 'run/secrets/control-token'), 'utf8')).trim();
    expect(await risk.get('/control/v1/state', 'control', token)).toMatchObject({ status: 503 });
    expect(await risk.get('/control/v1/state', 'control', 'wrong')).toMatchObject({ status: 401 });
    expect(await risk.stop()).toBe(0);
    expect(risk.stderr()).toBe('');
    expect(JSON.stringify(risk.log)).not.toContain(token);
  });

  it('takes a changed hot file, and keeps what was in force when the next one is wrong', async () => {
    const hot = join(folder.path, 'run/risk.hot.json');
    const risk = startRisk();
    const before = (await risk.get('/status')).json as { hotSettingsHash: string };
    await editFile(hot, 'settings.limits.maxOrdersPerSecond', 3);
    const { json } = await risk.until('/status', ({ text }) => !text.includes(before.hotSettingsHash));
    const after = json as { hotSettingsHash: string };
    await editFile(hot, 'settings.exits.stopLossRatio', '90%');
    const refused = await risk.until('/status', ({ text }) => text.includes('must be below'));
    expect(refused.json).toMatchObject({
      hotSettingsHash: after.hotSettingsHash,
      hotSettingsRefused: { reason: expect.stringContaining('settings.exits.stopLossRatio: was "90%"') },
    });
    await editFile(hot, 'settings.exits.stopLossRatio', '2%');
    await risk.until('/status', ({ text }) => text.includes('"hotSettingsRefused":null'));
    await editFile(hot, 'settings.limits.maxOrdersPerSecond', 5);
    expect(await risk.stop()).toBe(0);
  });

  it('prints metrics that Prometheus reads', async () => {
    const risk = startRisk();
    const { status, text } = await risk.get('/metrics', 'metrics');
    expect(status).toBe(200);
    expect(text).toContain('trading_process_info{version="');
    expect(text).toMatch(/^trading_process_ready 0$/m);
    const promtool = '/usr/bin/promtool';
    const isThere = await access(promtool).then(
      () => true,
      () => false,
    );
    if (!isThere) throw new Error('promtool is needed by this test: apt-get install prometheus');
    const found = await new Promise<string>((resolve) => {
      const check = execFile(promtool, ['check', 'metrics'], (_error, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      });
      check.stdin?.end(text);
    });
    // prom-client's own names of gauges.
    const ours = found.split('\n').filter((line) => line !== '' && !/^nodejs_active_\w+_total /.test(line));
    expect(ours).toEqual([]);
  });

  it('leaves at once at a second signal', async () => {
    const risk = startRisk();
    await risk.port('health');
    risk.child.kill('SIGTERM');
    risk.child.kill('SIGINT');
    const { code } = await risk.ended;
    expect([0, 75]).toContain(code);
    await until(() => risk.child.exitCode !== null);
  });
});
