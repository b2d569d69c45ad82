import { type Duration, SECOND } from '../../domain/time.ts';
import type { MarketFeedSettings } from './market-feed.ts';
import { cautiousLimits, type RateLimits } from './rate-limiter.ts';
import { SERVER_TIME_SETTINGS, type ServerTimeSettings } from './server-time.ts';
import { SYMBOL_FEED_SETTINGS } from './symbol-feed.ts';
import { MAX_SUBSCRIPTIONS_PER_CONNECTION } from './wire/channels.ts';
import { WS_CONNECTION_SETTINGS } from './ws-connection.ts';
import { WS_LINK_SETTINGS, type WsLinkSettings } from './ws-link.ts';

/** Everything about the venue that is unknown, contradictory or a matter of taste. */
export interface MexcSettings {
  /** Scheme and host of REST. */
  readonly restUrl: string;
  /** Scheme, host and path of the stream. */
  readonly wsUrl: string;
  readonly requestTimeout: Duration;
  readonly limits: RateLimits;
  readonly serverTime: ServerTimeSettings;
  readonly link: WsLinkSettings;
  readonly feed: MarketFeedSettings;
  readonly credentialsMaxAge: Duration;
}

export const MEXC_SETTINGS: MexcSettings = {
  restUrl: 'https://api.mexc.com',
  wsUrl: 'wss://wbs-api.mexc.com/ws',
  requestTimeout: 10 * SECOND,
  limits: cautiousLimits(),
  serverTime: SERVER_TIME_SETTINGS,
  link: { ...WS_LINK_SETTINGS, connection: WS_CONNECTION_SETTINGS },
  feed: {
    maxSymbolsPerConnection: MAX_SUBSCRIPTIONS_PER_CONNECTION,
    ticks: 'klines',
    bestPrices: false,
    speed: '100ms',
    symbol: SYMBOL_FEED_SETTINGS,
  },
  credentialsMaxAge: 5 * SECOND,
};
