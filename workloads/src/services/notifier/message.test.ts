import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anAlert } from '../../../test/notifier/alerts.ts';
import { addAlert, type Digest, NOTHING } from './digest.ts';
import { jsonBody, LONGEST_TEXT, messageText, telegramBody } from './message.ts';

const flood: Digest = Array.from({ length: 12 }, (_, n) =>
  anAlert(n, n < 8 ? { level: 'WARNING', code: 'UNPROTECTED' } : {}),
).reduce(addAlert, NOTHING);

describe('the text of a message', () => {
  it('tells one alert with its time and facts', () => {
    expect(messageText('trading/momentum', addAlert(NOTHING, anAlert(7)))).toBe(
      [
        'trading/momentum',
        '',
        'CRITICAL TradingCircuitBreakerOpen, 2026-11-27T02:00:07.000Z',
        'the daily drawdown reached its limit',
        '  reason: daily-drawdown',
      ].join('\n'),
    );
  });

  it('tells of a flood how many there were, and that some may be missing', () => {
    const text = messageText('trading/momentum', { ...flood, mayBeIncomplete: true });
    expect(text.match(/^CRITICAL TradingCircuitBreakerOpen/gm)).toHaveLength(4);
    expect(text).toContain('and 7 more:\n  WARNING UNPROTECTED ×7\n');
    expect(text.endsWith('may have been lost on their way: the journal has them.')).toBe(true);
  });

  it('stays within what Telegram takes, on lines of its own, whatever an alert holds', () => {
    const words = fc.string({ unit: 'binary', maxLength: 2_000 });
    const context = fc.dictionary(words, words, { maxKeys: 12 });
    const alerts = fc.array(fc.record({ code: words, message: words, context }), { maxLength: 8 });
    fc.assert(
      fc.property(alerts, (facts) => {
        const digest = facts.map((fact, n) => anAlert(n, fact)).reduce(addAlert, NOTHING);
        const text = messageText('n/b', digest);
        expect(text.length).toBeLessThanOrEqual(LONGEST_TEXT + 1);
        expect(text).not.toMatch(/[^\P{Cc}\n]/u);
        expect(JSON.parse(telegramBody('n/b', digest, '-100'))).toEqual({ chat_id: '-100', text });
      }),
      { numRuns: 50 },
    );
  });
});

describe('the body for a receiver of JSON', () => {
  it('has the text and what it is made of, with the ids by which a receiver knows a repetition', () => {
    expect(JSON.parse(jsonBody('n/b', addAlert(NOTHING, anAlert(7))))).toEqual({
      version: 1,
      bot: 'n/b',
      text: expect.stringContaining('TradingCircuitBreakerOpen') as unknown,
      alerts: [
        {
          id: 'alert-7',
          time: '2026-11-27T02:00:07.000Z',
          level: 'CRITICAL',
          code: 'TradingCircuitBreakerOpen',
          message: 'the daily drawdown reached its limit',
          context: { reason: 'daily-drawdown' },
        },
      ],
      more: [],
      mayBeIncomplete: false,
    });
    expect(JSON.parse(jsonBody('n/b', flood))).toMatchObject({
      more: [{ level: 'WARNING', code: 'UNPROTECTED', count: 7 }],
    });
  });
});
