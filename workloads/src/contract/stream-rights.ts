/**
 * Who may do what on which stream: the table behind the ACL of Redis and the picture of the data flow. What is not named
 * here a service cannot do, whatever happens inside it: only risk may order.
 */
import type { ProcessName } from './process-schema.ts';
import { processUser } from './process-settings.ts';

/** The streams of a bot, by the names in their keys. */
export type RightsStream = 'market_data' | 'signals' | 'orders' | 'order_results' | 'alerts';

export interface StreamRights {
  readonly publishes: readonly RightsStream[];
  readonly consumes: readonly RightsStream[];
}

export const STREAM_RIGHTS: Readonly<Record<ProcessName, StreamRights>> = {
  'screener-ws': { publishes: ['market_data', 'alerts'], consumes: [] },
  // Tells people of what the others raised.
  'screener-rest': { publishes: ['market_data', 'alerts'], consumes: ['alerts'] },
  signal: { publishes: ['signals', 'alerts'], consumes: ['market_data', 'order_results'] },
  // Orders that risk withdraws before execution has seen them end here: it tells their results itself.
  risk: {
    publishes: ['orders', 'order_results', 'alerts'],
    consumes: ['signals', 'market_data', 'order_results'],
  },
  // Fills on paper happen at the prices of the market.
  execution: { publishes: ['order_results', 'alerts'], consumes: ['orders', 'market_data'] },
};

/** Looks at streams and changes nothing: exporters, dashboards, people. */
export const STREAM_READER = 'reader';

/** A user of a bot's Redis. */
export type StreamUser = ProcessName | typeof STREAM_READER;

/** The name a user logs in with. */
export const streamUserName = (user: StreamUser): string =>
  user === STREAM_READER ? STREAM_READER : processUser(user);
