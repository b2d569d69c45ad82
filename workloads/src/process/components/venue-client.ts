/** The venue's client for a process: what the settings of its component say, on the network of this machine. */
import { MEXC_SETTINGS, type MexcSettings } from '../../adapters/mexc/mexc-settings.ts';
import type { MexcDeps } from '../../adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../adapters/mexc/socket.ts';
import type { ExecutionServiceSettings, ScreenerSettings } from '../../contract/index.ts';
import { type Duration, SECOND } from '../../domain/time.ts';
import type { ComponentDeps } from '../component.ts';
import { SettingsError } from '../settings-error.ts';

type VenueSettings = ExecutionServiceSettings['venue'];

/** Told this much before data are too old to trade on, so that the reason is there when they are. */
const STALE_MARGIN: Duration = 5 * SECOND;
const SOONEST_STALE: Duration = 2 * SECOND;

/** @throws SettingsError for a replay: files are played by `claire run` */
export function clientSettings({ name, endpoints }: VenueSettings): MexcSettings {
  if (name === 'replay') {
    throw new SettingsError(
      "settings.venue.name: was replay; must be mexc or simulator: recorded data are played by 'claire run'",
    );
  }
  return {
    ...MEXC_SETTINGS,
    restUrl: endpoints.rest ?? MEXC_SETTINGS.restUrl,
    wsUrl: endpoints.ws ?? MEXC_SETTINGS.wsUrl,
  };
}

/** The client's settings of a screener: best prices for the spread, ticks of open klines, its limit of age. */
export function feedSettings(settings: ScreenerSettings): MexcSettings {
  const client = clientSettings(settings.venue);
  const { feed } = client;
  return {
    ...client,
    feed: {
      ...feed,
      maxSymbolsPerConnection: settings.maxSymbolsPerConnection,
      bestPrices: true,
      symbol: {
        ...feed.symbol,
        staleAfter: Math.max(SOONEST_STALE, settings.maxDataAge - STALE_MARGIN),
      },
    },
  };
}

export const networkOf = ({
  clock,
  random,
  log,
  metrics,
}: Pick<ComponentDeps<'execution'>, 'clock' | 'random' | 'log' | 'metrics'>): Omit<MexcDeps, 'settings'> => ({
  clock,
  random,
  log,
  metrics,
  fetch: (url, init) => fetch(url, init),
  openSocket: openWebSocket,
});
