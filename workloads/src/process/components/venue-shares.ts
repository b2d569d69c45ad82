/**
 * The venue counts requests per IP address, and the processes of a bot usually leave by one (ADR 0040). Each has a
 * fixed part of the budget as its own, so that they keep to it together without asking each other: a halt must get
 * through while Redis and Postgres are away. Nothing else sets it. `claire run` is one process and uses the whole.
 */
import type { ProcessName } from '../../contract/index.ts';

/** Those that speak to the venue. */
export type VenueProcess = Extract<ProcessName, 'screener-ws' | 'screener-rest' | 'execution'>;

/** Parts of requests and weight; together at most the whole. Measured: halt, restart and warm-up (`make bench`). */
export const VENUE_SHARES: Readonly<Record<VenueProcess, number>> = {
  execution: 0.45,
  // A closed candle of each of 200 symbols is confirmed every minute.
  'screener-ws': 0.43,
  'screener-rest': 0.12,
};
