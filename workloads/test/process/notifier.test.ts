/** Alerts of a bot on a real Redis reach a receiver through a real process, whatever is away. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import { SECRET_FILES } from '../../src/contract/index.ts';
import { connectBus, keysOf } from '../bus/redis-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { anAlert } from '../notifier/alerts.ts';
import { type Receiver, startReceiver } from '../notifier/receiver.ts';
import { findLeaks } from '../support/canaries.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
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

const PATIENCE = 180_000;
const PATH = '/canary-path-0d95c3b1e84f7a26';
const TOKEN = 'canary-token-6ae20f5d8c71b943';
const BOT = { namespace: 'default', name: 'pager' };
/** Nobody is there: the ledger is away for good. */
const NO_LEDGER = 'postgres://owner@127.0.0.1:1/claire_pager';

const botFile = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: pager }
spec:
  universe: { quote: USDT, symbols: [BTCUSDT] }
  strategy: { momentum: {} }
  monitoring: { notify: { format: json, minLevel: Warning, secretRef: { name: pager } } }
`;

let folder: TemporaryFolder;
let redis: TestRedis;
let receiver: Receiver;
let bus: RedisBus;
const started: TestProcess[] = [];

const secretPath = (name: keyof typeof SECRET_FILES): string =>
  join(folder.path, 'run/secrets', SECRET_FILES[name]);
const start = (): TestProcess => {
  const process = startProcess(commandLine('screener-rest'), folder.path);
  started.push(process);
  return process;
};
const told = (): readonly string[] =>
  receiver.messages.flatMap(({ body }) => (body['alerts'] as { readonly id: string }[]).map(({ id }) => id));
const companionOf = (json: unknown): Readonly<Record<string, unknown>> =>
  (json as { readonly companion?: Readonly<Record<string, unknown>> }).companion ?? {};
const serving = (process: TestProcess) =>
  process.until('/status', ({ json }) => companionOf(json)['format'] === 'json');

beforeAll(async () => {
  folder = await temporaryFolder();
  [redis, receiver] = await Promise.all([startRedis(), startReceiver()]);
  await makeRunFolder(folder, botFile, { redis: `redis://127.0.0.1:${redis.port}`, postgres: NO_LEDGER });
  await freePorts(folder.path, 'screener-rest');
  bus = await connectBus({
    port: redis.port,
    keys: keysOf(BOT),
  });
}, PATIENCE);

afterAll(async () => {
  await killAll(started);
  await bus.close();
  await receiver.close();
  await redis.stop();
  await folder.remove();
}, 60_000);

describe('the notifier in its process', () => {
  let process: TestProcess;

  it(
    'tells of alerts while the ledger is away, and of what came before a person wrote the Secret',
    async () => {
      process = start();
      await serving(process);
      await bus.publish('alerts', [anAlert(1), anAlert(2, { level: 'INFO' }), anAlert(3)]);
      await process.until('/status', ({ json }) =>
        String(companionOf(json)['problem']).includes('the secret notify-url is missing'),
      );
      await writeFile(secretPath('notifyUrl'), `${receiver.url}${PATH}`);
      await writeFile(secretPath('notifyToken'), TOKEN);
      await until(() => told().length === 2);
      expect(told()).toEqual(['alert-1', 'alert-3']);
      expect(receiver.messages[0]).toMatchObject({ path: PATH, authorization: `Bearer ${TOKEN}` });
      const { text } = await process.get('/metrics', 'metrics');
      expect(text).toContain('trading_notifier_alerts_total{outcome="sent"} 2\n');
      expect(text).toContain('trading_notifier_alerts_total{outcome="below_level"} 1\n');
      expect((await process.get('/readyz')).text).toContain('LEDGER');
    },
    PATIENCE,
  );

  it(
    'tells after its next start what it was killed over, and what came meanwhile',
    async () => {
      receiver.next('hang');
      await bus.publish('alerts', [anAlert(4)]);
      await until(() => told().includes('alert-4'));
      process.child.kill('SIGKILL');
      await process.ended;
      for (let n = 5; n <= 7; n += 1) await bus.publish('alerts', [anAlert(n)]);
      const before = told().length;
      process = start();
      await until(() => told().length === before + 4);
      expect(told().slice(before)).toEqual(['alert-4', 'alert-5', 'alert-6', 'alert-7']);
    },
    PATIENCE,
  );

  it(
    'follows its settings while it runs: off, on again, and another level',
    async () => {
      const hot = join(folder.path, 'run/screener-rest.hot.json');
      await editFile(hot, 'settings.notify', undefined);
      await process.until('/status', ({ json }) => companionOf(json)['off'] === true);
      await editFile(hot, 'settings.notify', { format: 'json', minLevel: 'INFO' });
      await process.until('/status', ({ json }) => companionOf(json)['minLevel'] === 'INFO');
      await bus.publish('alerts', [anAlert(8, { level: 'INFO' })]);
      await until(() => told().at(-1) === 'alert-8');
    },
    PATIENCE,
  );

  it(
    'ends in order with an alert that nobody takes, and lets out where it goes nowhere',
    async () => {
      await rm(secretPath('notifyToken'));
      receiver.next({ status: 401, body: { description: `who is ${PATH} ${TOKEN}?` } }, 'hang');
      await bus.publish('alerts', [anAlert(9)]);
      const { text: status } = await process.until('/status', ({ json }) =>
        String(companionOf(json)['problem']).includes('answered 401'),
      );
      const { text: metrics } = await process.get('/metrics', 'metrics');
      expect(await process.stop()).toBe(0);
      const readable = [
        { where: '/status', text: status },
        { where: '/metrics', text: metrics },
        ...started.map(({ log, stderr }) => ({ where: 'log', text: JSON.stringify(log) + stderr() })),
      ];
      const canaries = [
        { name: 'path of the receiver', value: PATH },
        { name: 'token of the receiver', value: TOKEN },
      ];
      expect(findLeaks(canaries, readable)).toEqual([]);
      expect(JSON.stringify(started[0]?.log)).toContain('alerts cannot be delivered');
    },
    PATIENCE,
  );
});
