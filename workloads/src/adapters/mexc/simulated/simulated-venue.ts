import type { Fill } from '../../../domain/orders/order.ts';
import { type Duration, HOUR, type Timestamp } from '../../../domain/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { VenueOrder } from '../../../ports/venue.ts';
import type { MexcError } from '../errors.ts';
import { makeTradingMexcVenue, type TradingDeps, type TradingMexcVenue } from '../mexc-venue.ts';
import type { MexcOrderGateway } from '../order-gateway.ts';
import { FeedTime, MarketClock } from './feed-time.ts';
import { type Greeting, greetSimulator } from './greeting.ts';

export interface SimulatedDeps extends Omit<TradingDeps, 'marketTime'> {
  /** A text that was never used before, for the handshake. */
  readonly challenge: () => string;
  /** The simulator was started anew: this run cannot go on. Called once. */
  readonly onReplaced: (error: MexcError) => void;
}

export interface SimulatedVenue extends TradingMexcVenue {
  /** Tells one run of a simulator from another. */
  readonly instance: string;
  /** Shows the market's time; candles, orders and fills carry times of it. */
  readonly clock: Clock;
  /** How many times faster than the real time the market runs at present. */
  readonly speed: () => number;
}

const RECENT: Duration = 6 * HOUR;

/** Orders and fills carry the time of requests; the bot lives in the market's. */
function inMarketTime(
  gateway: MexcOrderGateway,
  at: (requestTime: Timestamp) => Timestamp,
  now: () => Timestamp,
): MexcOrderGateway {
  const order = (found: VenueOrder): VenueOrder => ({ ...found, time: at(found.time) });
  const fill = (found: Fill): Fill => ({ ...found, time: at(found.time) });
  return {
    ...gateway,
    order: async (asked) => {
      const found = await gateway.order(asked);
      return found === undefined ? undefined : order(found);
    },
    openOrders: async (symbols) => (await gateway.openOrders(symbols)).map(order),
    // What the market calls a minute ago may be a second of requests: all of the last hours is asked for instead.
    recentOrders: async (symbol) => (await gateway.recentOrders(symbol, now() - RECENT)).map(order),
    fills: async (asked) => (await gateway.fills(asked)).map(fill),
    onReport: (listener) => {
      gateway.onReport((report) =>
        listener(
          report.kind === 'order'
            ? { kind: 'order', order: order(report.order) }
            : { kind: 'fill', fill: fill(report.fill) },
        ),
      );
    },
  };
}

/**
 * A simulator that proved itself by a handshake, traded by the same client as the exchange.
 * @throws MexcError NOT_A_SIMULATOR, or what kept it from answering: nothing was sent to it then but the question
 */
export async function openSimulatedVenue(deps: SimulatedDeps): Promise<SimulatedVenue> {
  const { clock, log, settings } = deps;
  const greet = (): Promise<Greeting> => greetSimulator({ ...deps, ...settings });
  const first = await greet();
  const feed = new FeedTime(first, { clock, log, greet, onReplaced: deps.onReplaced });
  const venue = makeTradingMexcVenue({
    ...deps,
    marketTime: feed,
  });
  return {
    ...venue,
    name: 'simulator',
    orders: inMarketTime(
      venue.orders,
      (time) => feed.at(time),
      () => venue.serverTime.now(),
    ),
    instance: feed.instance,
    clock: new MarketClock(feed, clock),
    speed: () => feed.speed(),
    start: async () => {
      feed.start();
      await venue.start();
    },
    close: async () => {
      feed.stop();
      await venue.close();
    },
  };
}
