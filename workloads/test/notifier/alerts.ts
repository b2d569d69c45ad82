import type { AlertEvent } from '../../src/events/event.ts';

/** 2026-11-27T02:00:00Z. */
export const ALERT_TIME = Date.UTC(2026, 10, 27, 2);

/** Alert number `n`: an hour's second each. */
export const anAlert = (n: number, facts: Partial<AlertEvent> = {}): AlertEvent => ({
  schemaVersion: 1,
  type: 'alert',
  eventId: `alert-${n}`,
  eventTime: ALERT_TIME + n * 1_000,
  createdTime: ALERT_TIME + n * 1_000,
  bot: 'momentum',
  level: 'CRITICAL',
  code: 'TradingCircuitBreakerOpen',
  message: 'the daily drawdown reached its limit',
  context: { reason: 'daily-drawdown' },
  ...facts,
});
