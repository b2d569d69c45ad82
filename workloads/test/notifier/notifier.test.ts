/** The notifier against a real receiver on loopback, on a clock that the test moves. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { PrometheusMetrics } from '../../src/adapters/prometheus/prometheus-metrics.ts';
import type { NotifySettings } from '../../src/contract/index.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { NotifySecrets } from '../../src/services/notifier/destination.ts';
import { makeNotifierMetrics } from '../../src/services/notifier/metrics.ts';
import { Notifier } from '../../src/services/notifier/notifier.ts';
import { until } from '../bus/bus-contract.ts';
import { findLeaks } from '../support/canaries.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { ALERT_TIME, anAlert } from './alerts.ts';
import { type Receiver, startReceiver } from './receiver.ts';

/** Longer than any pause between two attempts. */
const LONG = 61_000;
const TOKEN = '123456:canaryAbCdEfGhIjKlMnOpQr';
const CHAT = '-1009876543210';

let receiver: Receiver;
let clock: EventClock;
let metrics: PrometheusMetrics;
let log: string[];
let settings: NotifySettings;
let secrets: NotifySecrets;
let notifier: Notifier;

const recorder = (): Logger =>
  recordingLogger(({ level, fields, message }) => {
    log.push(`${level} ${message} ${JSON.stringify(fields)}`);
  });

beforeEach(async () => {
  receiver = await startReceiver();
  clock = new EventClock(ALERT_TIME);
  metrics = new PrometheusMetrics();
  log = [];
  settings = { format: 'json', minLevel: 'WARNING' };
  secrets = { url: `${receiver.url}/canary-path-4f1d0c7be2`, token: 'canary-token-93b7e051' };
  notifier = new Notifier({
    bot: 'trading/momentum',
    settings: () => settings,
    readSecrets: () => Promise.resolve(secrets),
    fetch: (url, init) => fetch(url, init),
    clock,
    random: () => 0.5,
    log: recorder(),
    metrics: makeNotifierMetrics(metrics),
  });
});

afterEach(async () => {
  await notifier.stop();
  await receiver.close();
});

const metric = async (sample: string): Promise<number> =>
  Number(
    (await metrics.text())
      .split('\n')
      .find((line) => line.startsWith(`${sample} `))
      ?.split(' ')[1],
  );
const failed = (count: number): Promise<void> =>
  until(async () => (await metric('trading_notifier_messages_total{outcome="failed"}')) === count);
/** After the attempts failed so often, the pause before the next one passes. */
async function passAfter(failures: number, pause = LONG): Promise<void> {
  await failed(failures);
  clock.advanceTo(clock.now() + pause);
}

const isSettled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

describe('an alert', () => {
  it('is told to the receiver, with the token, before it is settled', async () => {
    await notifier.take(anAlert(1));
    expect(receiver.messages).toEqual([
      {
        path: '/canary-path-4f1d0c7be2',
        authorization: 'Bearer canary-token-93b7e051',
        body: expect.objectContaining({
          bot: 'trading/momentum',
          alerts: [expect.objectContaining({ id: 'alert-1' })],
        }) as unknown,
      },
    ]);
    expect(await metric('trading_notifier_alerts_total{outcome="sent"}')).toBe(1);
    expect(await metric('trading_notifier_last_success_timestamp_seconds')).toBe(ALERT_TIME / 1_000);
    expect(await metric('trading_notifier_waiting_since_timestamp_seconds')).toBe(0);
  });

  it('is told once however often it comes, and not at all below the level wanted now', async () => {
    for (const n of [1, 1, 2, 1]) await notifier.take(anAlert(n));
    await notifier.take(anAlert(3, { level: 'INFO' }));
    settings = { ...settings, minLevel: 'INFO' };
    await notifier.take(anAlert(4, { level: 'INFO' }));
    expect(receiver.messages).toHaveLength(3);
    expect(await metric('trading_notifier_alerts_total{outcome="repeated"}')).toBe(2);
    expect(await metric('trading_notifier_alerts_total{outcome="below_level"}')).toBe(1);
  });

  it('waits until a receiver that fails, hangs up or hangs takes it', async () => {
    receiver.next({ status: 503 }, 'hang-up', 'hang', { status: 302, headers: { location: '/elsewhere' } });
    const taking = notifier.take(anAlert(1));
    await passAfter(1);
    await passAfter(2);
    await until(() => receiver.messages.length === 3);
    // The time that an answer may take.
    clock.advanceTo(clock.now() + 10_000);
    await passAfter(3);
    await failed(4);
    expect(await isSettled(taking)).toBe(false);
    expect(notifier.view).toMatchObject({
      waitingSince: ALERT_TIME,
      lastSuccess: null,
      problem: 'the receiver answered 302',
    });
    clock.advanceTo(clock.now() + LONG);
    await taking;
    expect(receiver.messages.map(({ path }) => path)).not.toContain('/elsewhere');
    expect(receiver.messages).toHaveLength(5);
    expect(notifier.view).toMatchObject({ waitingSince: null, lastSuccess: clock.now(), problem: null });
    expect(log.map((line) => line.split(' {')[0])).toEqual([
      ...Array.from({ length: 4 }, () => 'warn alerts cannot be delivered: it is tried again and again'),
      'info the receiver of alerts takes messages again',
    ]);
  });

  it('is not sent again before the receiver wants it', async () => {
    receiver.next({ status: 429, headers: { 'retry-after': '120' } });
    const taking = notifier.take(anAlert(1));
    await passAfter(1, 119_000);
    expect(await isSettled(taking)).toBe(false);
    expect(receiver.messages).toHaveLength(1);
    clock.advanceTo(clock.now() + 1_000);
    await taking;
    expect(receiver.messages).toHaveLength(2);
  });

  it('finds its way once a person mends the secrets', async () => {
    const right = secrets;
    secrets = {};
    const taking = notifier.take(anAlert(1));
    await failed(1);
    expect(notifier.view.problem).toBe('the secret notify-url is missing');
    secrets = { ...right, token: 'changed' };
    receiver.next({ status: 401 });
    clock.advanceTo(clock.now() + LONG);
    await failed(2);
    secrets = right;
    clock.advanceTo(clock.now() + LONG);
    await taking;
    expect(receiver.messages.map(({ authorization }) => authorization)).toEqual([
      'Bearer changed',
      'Bearer canary-token-93b7e051',
    ]);
  });
});

describe('a Telegram bot', () => {
  beforeEach(() => {
    settings = { ...settings, format: 'telegram' };
    secrets = { url: receiver.url, token: TOKEN, chat: CHAT };
  });

  it('sends text into the chat, and waits as Telegram says', async () => {
    receiver.next({ status: 429, body: { ok: false, parameters: { retry_after: 7 } } });
    const taking = notifier.take(anAlert(1));
    await passAfter(1, 7_000);
    await taking;
    const [, sent] = receiver.messages;
    expect(sent).toMatchObject({
      path: `/bot${TOKEN}/sendMessage`,
      authorization: undefined,
      body: { chat_id: CHAT, text: expect.stringMatching(/^trading\/momentum\n\nCRITICAL/) as unknown },
    });
  });

  it('gives a message up that Telegram refuses again and again, says so, and tells the next one', async () => {
    const refusal = { ok: false, description: `Bad Request: chat ${CHAT} not found for ${TOKEN}` };
    receiver.next(...Array.from({ length: 5 }, () => ({ status: 400, body: refusal })));
    const taking = notifier.take(anAlert(1));
    for (let n = 1; n <= 4; n += 1) await passAfter(n);
    await taking;
    expect(await metric('trading_notifier_messages_total{outcome="dropped"}')).toBe(1);
    expect(await metric('trading_notifier_alerts_total{outcome="dropped"}')).toBe(1);
    expect(log.at(-1)).toContain('answered 400: Bad Request: chat [redacted] not found for [redacted]');
    await notifier.take(anAlert(2));
    expect(receiver.messages).toHaveLength(6);
  });
});

describe('a flood of alerts', () => {
  it('becomes a few messages that count all of them, the gravest in full', async () => {
    for (let n = 1; n <= 200; n += 1) {
      await notifier.take(anAlert(n, n === 150 ? {} : { level: 'WARNING', code: 'TradingExitBlocked' }));
    }
    expect(receiver.messages).toHaveLength(5);
    expect(notifier.view.waitingSince).toBe(ALERT_TIME);
    clock.advanceTo(clock.now() + 5_000);
    await until(async () => (await metric('trading_notifier_alerts_total{outcome="sent"}')) === 200);
    expect(receiver.messages).toHaveLength(6);
    expect(receiver.messages.at(-1)?.body).toMatchObject({
      alerts: [
        { id: 'alert-150', level: 'CRITICAL' },
        { id: 'alert-6' },
        { id: 'alert-7' },
        { id: 'alert-8' },
        { id: 'alert-9' },
      ],
      more: [{ level: 'WARNING', code: 'TradingExitBlocked', count: 190 }],
    });
  });

  it('stays where it comes from while a message cannot be delivered', async () => {
    receiver.next({ status: 500 });
    const first = notifier.take(anAlert(1));
    const second = notifier.take(anAlert(2));
    await failed(1);
    expect(await isSettled(second)).toBe(false);
    clock.advanceTo(clock.now() + LONG);
    await Promise.all([first, second]);
    expect(receiver.messages).toHaveLength(3);
  });

  it('is told of what may be missing', async () => {
    await notifier.tellOfLoss();
    clock.advanceTo(clock.now());
    await until(() => receiver.messages.length === 1);
    expect(receiver.messages[0]?.body).toMatchObject({ alerts: [], mayBeIncomplete: true });
  });
});

describe('the end', () => {
  it('gives an alert in hand back, so that it comes again', async () => {
    receiver.next({ status: 500 });
    const taking = notifier.take(anAlert(1));
    await failed(1);
    await Promise.all([notifier.stop(), expect(taking).rejects.toThrow('the notifier is stopped')]);
    await expect(notifier.take(anAlert(2))).rejects.toThrow('the notifier is stopped');
    expect(receiver.messages).toHaveLength(1);
    expect(await metric('trading_notifier_alerts_total{outcome="dropped"}')).toBe(0);
  });

  it('tells what waited for its turn', async () => {
    for (let n = 1; n <= 7; n += 1) await notifier.take(anAlert(n));
    await notifier.stop();
    expect(receiver.messages.at(-1)?.body).toMatchObject({ alerts: [{ id: 'alert-6' }, { id: 'alert-7' }] });
    expect(await metric('trading_notifier_alerts_total{outcome="sent"}')).toBe(7);
  });

  it('counts what nobody took then', async () => {
    for (let n = 1; n <= 7; n += 1) await notifier.take(anAlert(n));
    receiver.next({ status: 500 });
    await notifier.stop();
    expect(await metric('trading_notifier_alerts_total{outcome="dropped"}')).toBe(2);
  });
});

describe('where alerts go', () => {
  it('comes out nowhere, whatever the receiver says', async () => {
    const echo = { description: `no ${JSON.stringify(secrets)} ${TOKEN} ${CHAT}`, error: secrets.url };
    receiver.next({ status: 500, body: echo }, { status: 400, body: echo }, 'hang-up');
    const taking = notifier.take(anAlert(1));
    for (let n = 1; n <= 3; n += 1) await passAfter(n);
    await taking;
    const problems: (string | null)[] = [];
    const wrong = [{ url: 'ftp://canary-path-4f1d0c7be2' }, { url: 'https://x:canary-token-93b7e051@host/' }];
    for (const [index, one] of wrong.entries()) {
      secrets = one;
      const lost = notifier.take(anAlert(10 + index)).catch(() => undefined);
      await failed(4 + index);
      problems.push(notifier.view.problem);
      secrets = { url: receiver.url };
      clock.advanceTo(clock.now() + LONG);
      await lost;
    }
    expect(problems.every((problem) => problem?.startsWith('the secret notify-url must'))).toBe(true);
    const canaries = [
      { name: 'path', value: 'canary-path-4f1d0c7be2' },
      { name: 'token', value: 'canary-token-93b7e051' },
    ];
    const readable = [
      { where: 'log', text: log.join('\n') },
      { where: 'metrics', text: await metrics.text() },
      { where: 'status', text: JSON.stringify([notifier.view, problems]) },
    ];
    expect(findLeaks(canaries, readable)).toEqual([]);
    expect(findLeaks(canaries, [{ where: 'planted', text: String(echo.error) }])).not.toEqual([]);
  });
});
