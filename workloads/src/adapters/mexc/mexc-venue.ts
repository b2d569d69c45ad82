import type { Instrument } from '../../domain/market/instrument.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Venue, VenueInputs } from '../../ports/venue.ts';
import type { CredentialSource } from './credentials.ts';
import { makeFeeValuer } from './fee-valuer.ts';
import { type Fetch, type HttpTransport, makeHttpTransport } from './http-transport.ts';
import { type InstrumentCatalogue, makeInstrumentCatalogue } from './instrument-catalogue.ts';
import { KeyCheck, type KeyPermissions } from './key-permissions.ts';
import { makeMarketData, type MexcMarketData } from './market-data.ts';
import { makeMarketTime, type MarketTime } from './market-time.ts';
import { makeConnectionCount, makeMexcMetrics, type MexcMetrics } from './mexc-metrics.ts';
import type { MexcSettings } from './mexc-settings.ts';
import { makeOrderGateway, type MexcOrderGateway } from './order-gateway.ts';
import { PrivateStream } from './private-stream.ts';
import { RateLimiter } from './rate-limiter.ts';
import { rehearsalOrder } from './rehearsal.ts';
import { makePublicRest, type PublicRest } from './rest-client.ts';
import { ServerTime } from './server-time.ts';
import { makeSignedRest, type SignedRest, type TakeStamp } from './signed-rest.ts';
import type { OpenSocket } from './socket.ts';
import { makePushCodec, type PushCodec } from './wire/push-codec.ts';
import type { WsLinkDeps } from './ws-link.ts';

/** What the adapter takes from outside; nothing else reaches the network or the clock. */
export interface MexcDeps {
  readonly clock: Clock;
  /** Uniform in [0, 1): jitter only, no decision rests on it. */
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly openSocket: OpenSocket;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: MexcSettings;
  /** Of a simulator; the exchange has one clock for everything. */
  readonly marketTime?: MarketTime;
}

export interface TradingDeps extends MexcDeps {
  readonly credentials: CredentialSource;
  readonly takeStamp: TakeStamp;
  /** Told with every answer whether the venue took the key and its signature. */
  readonly onKey?: (isTaken: boolean) => void;
}

/** MEXC without an account. */
export interface PublicMexcVenue extends Venue {
  readonly marketData: MexcMarketData;
  /** Public data beyond the port: 24-hour figures of all symbols, prices. */
  readonly rest: PublicRest;
  readonly serverTime: ServerTime;
  /** Reads the venue's clock, now and regularly. Before it, feeds use the local clock and nothing can be signed. */
  start(): Promise<void>;
}

export interface TradingMexcVenue extends PublicMexcVenue {
  readonly orders: MexcOrderGateway;
  /**
   * To be asked before the first order. A key that takes the place of the checked one is checked before it enters
   * anything. @throws MexcError
   */
  checkKey(): Promise<KeyPermissions>;
  /**
   * Why nothing may be entered with the key, as the venue told last: it is asked again every hour once the key was
   * checked. Undefined while nothing speaks against it.
   */
  keyProblem(): string | undefined;
  /**
   * Has the venue check a small order at the last price without taking it: signature, clock, address and the right to
   * place orders are known to hold before the first real one. @throws MexcError
   */
  rehearse(instrument: Instrument, by: { readonly account: string; readonly bot: string }): Promise<void>;
  /** Whether the private stream carries reports at present; without it orders are found by looking them up only. */
  isReporting(): boolean;
}

interface Foundation {
  readonly metrics: MexcMetrics;
  readonly transport: HttpTransport;
  readonly rest: PublicRest;
  readonly serverTime: ServerTime;
  readonly catalogue: InstrumentCatalogue;
  readonly codec: PushCodec;
  readonly link: Pick<WsLinkDeps, 'openSocket' | 'connections' | 'settings'>;
  readonly venue: PublicMexcVenue;
}

/**
 * The spread is measured where best prices are subscribed; else it may be modelled on paper and is absent with real
 * money. Depth is what the domain makes of the candles' quote volume: the book itself is not read.
 */
const inputsOf = ({ feed }: MexcSettings, trades: boolean): VenueInputs => ({
  candles: 'measured',
  spread: feed.bestPrices ? 'measured' : trades ? 'absent' : 'modelled',
  depth: 'modelled',
  clockOffset: 'measured',
  balances: trades ? 'measured' : 'absent',
});

/** @throws RangeError for an address that nothing can be sent to */
function checkAddress(name: string, address: string, schemes: readonly string[]): void {
  const scheme = URL.canParse(address) ? new URL(address).protocol : '';
  if (!schemes.includes(scheme)) {
    throw new RangeError(
      `${name} must be an address starting with ${schemes.join(' or ')}: was ${JSON.stringify(address)}`,
    );
  }
}

function lay(deps: MexcDeps): Foundation {
  const { clock, random, log, fetch, openSocket, settings } = deps;
  checkAddress('the address of REST', settings.restUrl, ['https:', 'http:']);
  checkAddress('the address of the stream', settings.wsUrl, ['wss:', 'ws:']);
  const metrics = makeMexcMetrics(deps.metrics);
  const limiter = new RateLimiter(clock, settings.limits);
  const transport = makeHttpTransport({
    fetch,
    clock,
    limiter,
    metrics,
    baseUrl: settings.restUrl,
    timeout: settings.requestTimeout,
  });
  const rest = makePublicRest({ transport, clock, random, metrics });
  const serverTime = new ServerTime({
    clock,
    log,
    read: () => rest.time(),
    settings: settings.serverTime,
    onReading: ({ offset }) => {
      metrics.clockOffset.set(offset / 1_000, {});
    },
  });
  const catalogue = makeInstrumentCatalogue(rest, clock);
  const codec = makePushCodec();
  const link = { openSocket, connections: makeConnectionCount(metrics), settings: settings.link };
  const marketData = makeMarketData({
    rest,
    catalogue,
    feed: {
      clock,
      random,
      log,
      metrics,
      codec,
      rest,
      market: deps.marketTime ?? makeMarketTime(serverTime),
      link: { ...link, address: () => Promise.resolve(settings.wsUrl) },
      settings: settings.feed,
    },
  });
  const venue: PublicMexcVenue = {
    name: 'mexc',
    inputs: inputsOf(settings, false),
    marketData,
    rest,
    serverTime,
    start: () => serverTime.start(),
    close: async () => {
      serverTime.stop();
      await marketData.close();
      limiter.close();
    },
  };
  return { metrics, transport, rest, serverTime, catalogue, codec, link, venue };
}

/** MEXC's public data. No credentials and no order client are anywhere in what it holds. */
export const makePublicMexcVenue = (deps: MexcDeps): PublicMexcVenue => lay(deps).venue;

/** MEXC with an account: public data, orders and their reports over one rate budget. */
export function makeTradingMexcVenue(deps: TradingDeps): TradingMexcVenue {
  const { clock, random, log, credentials, settings } = deps;
  const { metrics, transport, rest, serverTime, catalogue, codec, link, venue } = lay(deps);
  const keyCheck: KeyCheck = new KeyCheck({ rest: () => signed, credentials, clock, log });
  const signed: SignedRest = makeSignedRest({
    ...deps,
    transport,
    serverTime,
    admitKey: (key) => keyCheck.admit(key),
  });
  const valueFee = makeFeeValuer({ rest, catalogue, clock, log });
  const stream: PrivateStream = new PrivateStream({
    rest: signed,
    credentials,
    clock,
    random,
    log,
    metrics,
    codec,
    valueFee,
    lookUp: (order) => orders.order(order),
    address: settings.wsUrl,
    link,
  });
  const orders = makeOrderGateway({ rest: signed, catalogue, valueFee, reports: stream, clock, random });
  return {
    ...venue,
    inputs: inputsOf(settings, true),
    orders,
    checkKey: () => keyCheck.check(),
    keyProblem: () => keyCheck.problem,
    rehearse: async (instrument, by) => {
      const last = await rest.price(instrument.symbol);
      await orders.rehearse(rehearsalOrder(instrument, last, { ...by, now: clock.now() }));
    },
    isReporting: () => stream.isUp(),
    close: async () => {
      keyCheck.close();
      await stream.stop();
      await venue.close();
    },
  };
}
