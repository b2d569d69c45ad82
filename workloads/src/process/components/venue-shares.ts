/**
 * The venue counts requests per IP address, and the processes of a bot usually leave by one (ADR 0040). Each has a
 * fixed part of the budget as its own, so that they keep to it together without asking each other: a halt must get
 * through while Redis and Postgres are away. Nothing else sets it. `claire run` is one process and uses the whole.
 */
import type { BudgetShare } from '../../adapters/mexc/rate-limiter.ts';
import type { ProcessName } from '../../contract/index.ts';

/** Those that speak to the venue. */
export type VenueProcess = Extract<ProcessName, 'screener-ws' | 'screener-rest' | 'execution'>;

/** Parts of requests and weight; together at most the whole. Measured: halt, restart and warm-up (`make bench`). */
export const VENUE_SHARES: Readonly<Record<VenueProcess, BudgetShare>> = {
  // Looking orders up weighs most: 10 for the latest of a symbol.
  execution: { requests: 0.45, weight: 0.6 },
  // A closed candle of each of 200 symbols is confirmed every minute, with a request of weight 1.
  'screener-ws': { requests: 0.43, weight: 0.28 },
  'screener-rest': { requests: 0.12, weight: 0.12 },
};
