/** Telling a person without a cluster: `claire notify-test` and `claire run`, as users start them. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { defaultSettings, seededAccount } from '../../src/simulator/simulator-settings.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/simulator.ts';
import { until } from '../bus/bus-contract.ts';
import {
  claire,
  DATA,
  type Ended,
  EXAMPLE,
  startClaire,
  type TemporaryFolder,
  temporaryFolder,
} from '../cli/claire.ts';
import { findLeaks } from '../support/canaries.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const TIMEOUT = 120_000;
const TOKEN = 'canary-token-93b7e051';
const PATH = 'canary-path-4f1d0c7be2';
const TELEGRAM = '123456:canaryAbCdEfGhIjKlMnOpQr';
const CHAT = '-1009876543210';
const CANARIES = Object.entries({ TOKEN, PATH, TELEGRAM, CHAT }).map(([name, value]) => ({ name, value }));
const ACCOUNT = seededAccount('notify', 'tester', { USDT: '100000' });
const KEYS = { MEXC_API_KEY: ACCOUNT.key.key, MEXC_API_SECRET: ACCOUNT.key.secret };

let folder: TemporaryFolder;
let receiver: Receiver;
let simulator: RunningSimulator;

const notify = (format: string): string =>
  `  monitoring: { notify: { format: ${format}, minLevel: Info, secretRef: { name: pager } } }\n`;
const botFile = (name: string, more: string): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${name}, namespace: trading }
spec:
  exchange:
    venue: simulator
    endpoints: { rest: 'http://127.0.0.1:${simulator.port}', ws: 'ws://127.0.0.1:${simulator.port}/ws' }
  universe: { quote: USDT, symbols: [BTCUSDT] }
  strategy: { momentum: { interval: 1m, lookback: 4m } }
${more}`;

/** These and no others. */
async function writeSecrets(secrets: Readonly<Record<string, string>>): Promise<void> {
  await rm(join(folder.path, 'secrets'), { recursive: true, force: true });
  await mkdir(join(folder.path, 'secrets'));
  for (const [name, value] of Object.entries(secrets)) await folder.write(`secrets/${name}`, value);
}

const notifyTest = (...args: readonly string[]): Promise<Ended> =>
  claire(['notify-test', ...args, '--secrets', 'secrets'], folder.path);

/** Nobody may learn from an answer where messages go. */
function expectNoLeak({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): void {
  expect(findLeaks(CANARIES, [{ where: 'output', text: `${stdout}${stderr}` }])).toEqual([]);
}

beforeAll(async () => {
  simulator = await startSimulator(
    {
      ...defaultSettings('only-for-tests'),
      seed: 'notify',
      accounts: [ACCOUNT],
      rules: [defaultRules('BTCUSDT')],
      speed: 60,
    },
    { clock: new SystemClock(), logger: QUIET_LOGGER },
  );
});
afterAll(() => simulator.close());
beforeEach(async () => {
  [folder, receiver] = await Promise.all([temporaryFolder(), startReceiver()]);
  await folder.write('bot.yaml', botFile('momentum', notify('json')));
  await writeSecrets({ 'notify-url': `${receiver.url}/${PATH}`, 'notify-token': TOKEN });
});
afterEach(async () => {
  await receiver.close();
  await folder.remove();
});

describe('claire notify-test', () => {
  it('sends one message that says what it is, and that the receiver took it', async () => {
    const ended = await notifyTest('-f', 'bot.yaml');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toBe('trading/momentum: the receiver took the test message (json)\n');
    expect(receiver.messages).toMatchObject([
      {
        path: `/${PATH}`,
        authorization: `Bearer ${TOKEN}`,
        body: {
          bot: 'trading/momentum',
          text: expect.stringContaining('Nothing is the matter') as unknown,
          alerts: [{ level: 'INFO', code: 'TradingTestMessage' }],
        },
      },
    ]);
    expectNoLeak(ended);
  });

  it('does so by Telegram, and answers in JSON when asked to', async () => {
    await folder.write('bot.yaml', botFile('momentum', notify('telegram')));
    await writeSecrets({ 'notify-url': receiver.url, 'notify-token': TELEGRAM, 'notify-chat-id': CHAT });
    const ended = await notifyTest('-f', 'bot.yaml', '--json');
    expect(JSON.parse(ended.stdout)).toEqual({
      delivered: [{ bot: 'trading/momentum', format: 'telegram' }],
    });
    expect(receiver.messages).toMatchObject([
      { path: `/bot${TELEGRAM}/sendMessage`, body: { chat_id: CHAT } },
    ]);
    expectNoLeak(ended);
  });

  it('finds the bot in the settings of its process, as in a pod', async () => {
    const made = await claire(
      [
        ...['process-config', '-f', 'bot.yaml', '--out', 'run', '--redis', 'redis://127.0.0.1:6379'],
        ...['--postgres', 'postgres://127.0.0.1:5432/claire'],
      ],
      folder.path,
    );
    expect(made).toMatchObject({ code: 0 });
    const files = ['--config', 'run/screener-rest.json', '--hot-config', 'run/screener-rest.hot.json'];
    const ended = await notifyTest(...files);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.messages).toMatchObject([{ body: { bot: 'trading/momentum' } }]);
  });

  it.each([
    ['does not know the token', 401, 69, 'the receiver answered 401; do: check the address, the token'],
    ['does not understand it', 400, 78, 'the receiver answered 400; do: check the chat'],
  ])('fails when the receiver %s, and says what to do', async (_, status, code, told) => {
    receiver.next({ status, body: { description: `no ${TOKEN} at ${PATH}` } });
    const ended = await notifyTest('-f', 'bot.yaml');
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(`claire: trading/momentum: no test message was delivered: ${told}`);
    expectNoLeak(ended);
  });

  it('fails when nobody answers', async () => {
    const gone = await startReceiver();
    await gone.close();
    await writeSecrets({ 'notify-url': `${gone.url}/${PATH}` });
    const ended = await notifyTest('-f', 'bot.yaml');
    expect(ended).toMatchObject({ code: 69, stdout: '' });
    expect(ended.stderr).toContain('the receiver cannot be reached (ECONNREFUSED)');
    expectNoLeak(ended);
  });

  it('fails when the secrets do not say where to', async () => {
    await writeSecrets({});
    const missing = await notifyTest('-f', 'bot.yaml');
    expect(missing).toMatchObject({ code: 78, stdout: '' });
    expect(missing.stderr).toContain('the secret notify-url is missing; do: mend it in the folder');
    await writeSecrets({ 'notify-url': `http://receiver.example/${PATH}` });
    const unsafe = await notifyTest('-f', 'bot.yaml');
    expect(unsafe).toMatchObject({ code: 78, stdout: '' });
    expect(unsafe.stderr).toContain('the secret notify-url must begin with https://');
    expectNoLeak(unsafe);
  });

  it('refuses a bot that tells nobody', async () => {
    await folder.write('bot.yaml', botFile('momentum', ''));
    const ended = await notifyTest('-f', 'bot.yaml');
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    expect(ended.stderr).toContain('bot.yaml:1: spec.monitoring.notify: is not set');
    expect(receiver.messages).toEqual([]);
  });
});

describe('claire run', () => {
  const run = (...more: readonly string[]) =>
    startClaire(['run', '-f', 'bot.yaml', '--ledger', 'ledger', ...more], folder.path, KEYS);

  it(
    'tells the person that the file names of the alerts of a bot on a venue',
    async () => {
      await folder.write('bot.yaml', botFile('momentum', `  state: Halted\n${notify('json')}`));
      const bot = run('--secrets', 'secrets');
      await bot.sees(/momentum: alerts are sent to a person \(json, INFO and graver\)/);
      await until(() => receiver.messages.length > 0);
      bot.child.kill('SIGINT');
      const ended = await bot.ended;
      expect(ended.code).toBe(0);
      expect(receiver.messages[0]).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        body: { bot: 'trading/momentum', alerts: [{ level: 'INFO', code: 'TradingHaltConfirmed' }] },
      });
      expectNoLeak(ended);
    },
    TIMEOUT,
  );

  it(
    'says that nobody is told when nothing says where to, and how to mend that',
    async () => {
      const bot = run();
      await bot.sees(/momentum: spec\.monitoring\.notify: nobody is told of alerts, .* add --secrets DIR/);
      bot.child.kill('SIGINT');
      await bot.ended;
      expect(receiver.messages).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'tells nobody of what a replay meets, and says so',
    async () => {
      const example = await readFile(EXAMPLE, 'utf8');
      await folder.write('bot.yaml', example.replace('\nspec:\n', `\nspec:\n${notify('json')}`));
      const instruments = join(dirname(EXAMPLE), 'instruments.json');
      const bot = run('--secrets', 'secrets', '--data', DATA, '--instruments', instruments);
      await bot.sees(/spec\.monitoring\.notify: nobody is told of the alerts of a replay/);
      expect(await bot.ended).toMatchObject({ code: 0 });
      expect(receiver.messages).toEqual([]);
    },
    TIMEOUT,
  );
});
