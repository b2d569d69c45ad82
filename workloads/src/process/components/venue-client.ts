/** The venue's client for a process: what the settings of its component say, on the network of this machine. */
import {
  type Endpoints,
  feedSettings,
  type MexcSettings,
  settingsAt,
} from '../../adapters/mexc/mexc-settings.ts';
import type { MexcDeps } from '../../adapters/mexc/mexc-venue.ts';
import { cautiousLimits } from '../../adapters/mexc/rate-limiter.ts';
import { openWebSocket } from '../../adapters/mexc/socket.ts';
import type { ExecutionServiceSettings, ScreenerSettings } from '../../contract/index.ts';
import type { ComponentDeps } from '../component.ts';
import { SettingsError } from '../settings-error.ts';
import { VENUE_SHARES, type VenueProcess } from './venue-shares.ts';

type VenueSettings = ExecutionServiceSettings['venue'];

/** @throws SettingsError for a replay: files are played by `claire run` */
function venueEndpoints({ name, endpoints }: VenueSettings): Endpoints {
  if (name !== 'replay') return endpoints;
  throw new SettingsError(
    "settings.venue.name: was replay; must be mexc or simulator: recorded data are played by 'claire run'",
  );
}

const limitsOf = (process: VenueProcess): Pick<MexcSettings, 'limits'> => ({
  limits: cautiousLimits(VENUE_SHARES[process]),
});

/** Of execution: without market data. @throws SettingsError */
export const executionClientSettings = ({ venue }: ExecutionServiceSettings): MexcSettings => ({
  ...settingsAt(venueEndpoints(venue)),
  ...limitsOf('execution'),
});

/** Of a screener. @throws SettingsError */
export const screenerClientSettings = (
  settings: ScreenerSettings,
  process: Exclude<VenueProcess, 'execution'>,
): MexcSettings => ({
  ...feedSettings(venueEndpoints(settings.venue), settings),
  ...limitsOf(process),
});

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
