/** The venue's client for a process: what the settings of its component say, on the network of this machine. */
import {
  type Endpoints,
  feedSettings,
  type MexcSettings,
  settingsAt,
} from '../../adapters/mexc/mexc-settings.ts';
import type { MexcDeps } from '../../adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../adapters/mexc/socket.ts';
import type { ExecutionServiceSettings, ScreenerSettings } from '../../contract/index.ts';
import type { ComponentDeps } from '../component.ts';
import { SettingsError } from '../settings-error.ts';

type VenueSettings = ExecutionServiceSettings['venue'];

/** @throws SettingsError for a replay: files are played by `claire run` */
function venueEndpoints({ name, endpoints }: VenueSettings): Endpoints {
  if (name !== 'replay') return endpoints;
  throw new SettingsError(
    "settings.venue.name: was replay; must be mexc or simulator: recorded data are played by 'claire run'",
  );
}

/** Without market data. @throws SettingsError */
export const clientSettings = (venue: VenueSettings): MexcSettings => settingsAt(venueEndpoints(venue));

/** Of a screener. @throws SettingsError */
export const screenerClientSettings = (settings: ScreenerSettings): MexcSettings =>
  feedSettings(venueEndpoints(settings.venue), settings);

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
