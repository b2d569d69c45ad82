/**
 * What a service tells people of at once, on the stream `alerts`. The names are those of the alerts that Prometheus raises
 * of the same facts (`prometheus-rules/`), so that a person who hears of one thing twice knows that it is one, and finds
 * one runbook. A level is the severity there; what is INFO is told here only.
 */
import type { AlertLevel } from './event.ts';

export const ALERTS = {
  TradingCircuitBreakerOpen: 'CRITICAL',
  TradingForeignWriter: 'CRITICAL',
  TradingPositionsUnprotected: 'CRITICAL',
  TradingExitBlocked: 'CRITICAL',
  TradingFeedStale: 'CRITICAL',
  TradingLedgerAway: 'CRITICAL',
  TradingOrderUnknown: 'CRITICAL',
  TradingReconciliationBreaks: 'CRITICAL',
  TradingForeignOrder: 'WARNING',
  TradingLateFill: 'WARNING',
  /** The venue lists nothing any more that the state forbids: the proof that a halt was carried out. */
  TradingHaltConfirmed: 'INFO',
  /** `claire notify-test`; it goes to the receiver only. */
  TradingTestMessage: 'INFO',
} as const satisfies Readonly<Record<string, AlertLevel>>;

export type AlertName = keyof typeof ALERTS;
