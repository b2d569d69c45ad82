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
};

/** Where the venue is, when not at its usual addresses. */
export interface Endpoints {
  readonly rest?: string;
  readonly ws?: string;
}

export const settingsAt = ({ rest, ws }: Endpoints): MexcSettings => ({
  ...MEXC_SETTINGS,
  restUrl: rest ?? MEXC_SETTINGS.restUrl,
  wsUrl: ws ?? MEXC_SETTINGS.wsUrl,
});

/** Told this much before data are too old to trade on, so that the reason is there when they are. */
const STALE_MARGIN: Duration = 5 * SECOND;
const SOONEST_STALE: Duration = 2 * SECOND;

/** For a bot's market data: best prices for the spread, ticks of open klines, its limit of age. */
export function feedSettings(
  endpoints: Endpoints,
  limits: { readonly maxSymbolsPerConnection: number; readonly maxDataAge: Duration },
): MexcSettings {
  const settings = settingsAt(endpoints);
  const { feed } = settings;
  const staleAfter = Math.max(SOONEST_STALE, limits.maxDataAge - STALE_MARGIN);
  return {
    ...settings,
    feed: {
      ...feed,
      maxSymbolsPerConnection: limits.maxSymbolsPerConnection,
      bestPrices: true,
      symbol: { ...feed.symbol, staleAfter },
    },
  };
}
