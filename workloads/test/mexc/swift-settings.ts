import { MEXC_SETTINGS, type MexcSettings } from '../../src/adapters/mexc/mexc-settings.ts';
import { SECOND } from '../../src/domain/time.ts';

/** Requests are not what is tested here: a budget that lets a gap of all symbols be filled at once. */
const LIMITS = {
  requests: { burst: 400, perSecond: 2_000 },
  weight: { burst: 4_000, perSecond: 20_000 },
  orders: { burst: 1, perSecond: 1 },
  orderPool: { burst: 1, perSecond: 1 },
  maxWaiting: 10_000,
};

/** For a client of a simulator who notices dead sockets and silent channels within seconds. */
export function swiftSettings(at: { readonly rest: string; readonly socket: string }): MexcSettings {
  const { link, feed } = MEXC_SETTINGS;
  return {
    ...MEXC_SETTINGS,
    restUrl: at.rest,
    wsUrl: at.socket,
    limits: LIMITS,
    link: {
      ...link,
      backoff: { base: 50, cap: 500 },
      connection: { ...link.connection, pingEvery: 700, pongTimeout: 1_500, ackTimeout: 3_000 },
    },
    feed: { ...feed, symbol: { ...feed.symbol, confirmAfter: 2_500, probeAfter: 4 * SECOND } },
  };
}
