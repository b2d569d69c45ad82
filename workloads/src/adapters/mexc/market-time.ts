import type { Timestamp } from '../../domain/time.ts';
import type { ServerTime } from './server-time.ts';

/**
 * The time of the market: of windows and trades. At the exchange it is the time that requests carry too; a simulator's
 * market may run faster, while requests, signatures and limits keep to the real time.
 */
export interface MarketTime {
  now(): Timestamp;
  /** The market's time of something that the venue stamped with the time of requests. */
  at(requestTime: Timestamp): Timestamp;
  /** Milliseconds of the market in a real one; 0 while the market is held. */
  speed(): number;
}

/** One clock for everything, as at the exchange. */
export const makeMarketTime = (serverTime: Pick<ServerTime, 'estimate'>): MarketTime => ({
  now: () => serverTime.estimate(),
  at: (requestTime) => requestTime,
  speed: () => 1,
});
