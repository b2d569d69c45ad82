import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { destinationOf, type NotifySecrets } from './destination.ts';

const TOKEN = '123456:AbCdEfGhIjKlMnOpQrStUvWxYz';

describe('the destination of alerts', () => {
  it('is the address with its token for JSON', () => {
    expect(destinationOf('json', { url: 'https://receiver.example/a?key=12345', token: 'abcde' })).toEqual({
      ok: true,
      destination: {
        url: 'https://receiver.example/a?key=12345',
        headers: { authorization: 'Bearer abcde' },
        secrets: expect.arrayContaining(['abcde', '/a?key=12345', '?key=12345']) as unknown,
      },
    });
    expect(destinationOf('json', { url: 'https://receiver.example/a' })).toMatchObject({
      destination: { headers: {} },
    });
  });

  it("is Telegram's for a bot and a chat, or a server of one's own that speaks the same", () => {
    expect(destinationOf('telegram', { token: TOKEN, chat: '-1001234' })).toMatchObject({
      destination: { url: `https://api.telegram.org/bot${TOKEN}/sendMessage`, chat: '-1001234' },
    });
    expect(
      destinationOf('telegram', { url: 'http://127.0.0.1:8081/', token: TOKEN, chat: '@alerts' }),
    ).toMatchObject({ destination: { url: `http://127.0.0.1:8081/bot${TOKEN}/sendMessage` } });
  });

  it.each(['http://127.0.0.1/x', 'http://127.8.9.10:81/x', 'http://[::1]:81/x', 'http://localhost/x'])(
    'may be without TLS on this machine: %s',
    (url) => {
      expect(destinationOf('json', { url })).toMatchObject({ ok: true });
    },
  );

  it.each<[string, 'json' | 'telegram', NotifySecrets]>([
    ['notify-url is missing', 'json', {}],
    ['notify-url must be a web address', 'json', { url: 'receiver' }],
    ['notify-url must begin with https://', 'json', { url: 'http://receiver.example/a' }],
    ['notify-url must begin with https://', 'json', { url: 'http://127.0.0.1.example/a' }],
    ['notify-url must begin with https://', 'json', { url: 'ftp://127.0.0.1/a' }],
    ['notify-url must begin with https://', 'telegram', { url: 'http://x.example', token: TOKEN, chat: '1' }],
    ['notify-url must hold no user', 'json', { url: 'https://someone:pass@receiver.example/a' }],
    ['notify-token must be the token of a Telegram bot', 'telegram', { chat: '1' }],
    ['notify-token must be the token of a Telegram bot', 'telegram', { token: '1:a/../../b', chat: '1' }],
    ['notify-chat-id must be the number', 'telegram', { token: TOKEN }],
    ['notify-chat-id must be the number', 'telegram', { token: TOKEN, chat: 'me' }],
  ])('is refused: %s', (problem, format, secrets) => {
    expect(destinationOf(format, secrets)).toEqual({
      ok: false,
      problem: expect.stringContaining(`the secret ${problem}`) as unknown,
    });
  });

  it('is never told in a problem', () => {
    const canary = fc.stringMatching(/^canary[A-Za-z0-9]{8,20}$/);
    fc.assert(
      fc.property(canary, fc.constantFrom('json', 'telegram'), (secret, format) => {
        for (const value of [
          secret,
          `http://${secret}.example`,
          `https://u:${secret}@h`,
          `ftp://${secret}`,
        ]) {
          for (const secrets of [
            { url: value },
            { token: value, chat: '1' },
            { token: TOKEN, chat: value },
          ]) {
            const result = destinationOf(format, secrets);
            if (!result.ok) expect(result.problem).not.toContain(secret);
          }
        }
      }),
    );
  });
});
