import { makePushCodec } from '../adapters/mexc/wire/push-codec.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { AdminTools } from './admin/admin-api.ts';
import type { ExchangeEvent } from './exchange-event.ts';
import { Exchange } from './exchange.ts';
import { FaultDesk } from './faults/fault-desk.ts';
import { FeedClock } from './feed-clock.ts';
import {
  balanceFields,
  fillFields,
  GroundTruth,
  orderFields,
  type TruthEntry,
} from './ground-truth/ground-truth.ts';
import { startServer } from './http-server.ts';
import { ListenKeys } from './listen-keys.ts';
import type { Feed } from './market/feed.ts';
import { openFeed } from './market/open-feed.ts';
import { makeRandom } from './random.ts';
import { RateLimits } from './rest/rate-limits.ts';
import type { SimulatorSettings } from './simulator-settings.ts';
import type { Venue } from './venue.ts';
import { SocketDesk } from './ws/socket-desk.ts';

/** How often the market moves on and frames go out, in real ms. */
const BEAT: Duration = 20;
const INSTANCE_LENGTH = 16;

export interface SimulatorTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gets every entry of the ground truth. */
  readonly onTruth?: (entry: TruthEntry) => void;
}

export interface RunningSimulator {
  readonly port: number;
  readonly venue: Venue;
  /** Moves the market on by so much feed time; resolves when all of it has happened. */
  advance(by: Duration): Promise<void>;
  close(): Promise<void>;
}

/** Records what happens and passes it on to the clients. */
function record(event: ExchangeEvent, truth: GroundTruth): void {
  if (event.kind === 'order') truth.add('order', orderFields(event.order));
  if (event.kind === 'fill') truth.add('fill', fillFields(event.fill));
  if (event.kind === 'balance') truth.add('balance', balanceFields(event.change));
}

/** Moves the market on, beat by beat. One turn at a time, whoever asks. */
class Driver {
  readonly #venue: Venue;
  readonly #feed: Feed;
  readonly #sockets: SocketDesk;
  readonly #tools: SimulatorTools;
  #turn: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(venue: Venue, feed: Feed, sockets: SocketDesk, tools: SimulatorTools) {
    this.#venue = venue;
    this.#feed = feed;
    this.#sockets = sockets;
    this.#tools = tools;
  }

  /** Brings the market to feed time. A data file that turns out to be unsound ends the market there, loudly. */
  move(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const until = this.#venue.feed.now();
      try {
        while (!this.#isClosed && !this.#feed.ended && this.#feed.loadedTo <= until) {
          await this.#feed.load();
          this.#play(until);
        }
      } catch (error) {
        this.#tools.logger.error({ error }, 'the market stands still: its data are unsound');
        this.#venue.feed.setSpeed(0);
      }
      this.#play(until);
      this.#sockets.flush(until);
    });
    return this.#turn;
  }

  beat(): void {
    this.#cancel = this.#tools.clock.after(BEAT, () => {
      this.#sockets.sweep();
      void this.move().then(() => {
        if (!this.#isClosed) this.beat();
      });
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#turn;
    await this.#feed.close();
  }

  #play(until: Timestamp): void {
    for (let print = this.#feed.take(until); print !== undefined; print = this.#feed.take(until)) {
      this.#venue.exchange.print(print, this.#venue.now());
    }
  }
}

interface Assembly {
  readonly venue: Venue;
  readonly sockets: SocketDesk;
  readonly setSkew: (skew: Duration) => void;
}

/** Puts the parts together; nothing runs yet. */
function assemble(settings: SimulatorSettings, tools: SimulatorTools, feedStart: Timestamp): Assembly {
  const { clock } = tools;
  let skew = 0;
  const truth = new GroundTruth(() => clock.now(), settings.keptTruth, tools.onTruth ?? (() => undefined));
  const listeners: ((event: ExchangeEvent) => void)[] = [];
  const exchange = new Exchange(settings.rules, { ...settings.exchange, seed: settings.seed }, (event) => {
    record(event, truth);
    for (const listen of listeners) listen(event);
  });
  const faultRandom = makeRandom(`${settings.seed}/faults`);
  const venue: Venue = {
    exchange,
    keys: new Map(settings.accounts.map(({ key }) => [key.key, key])),
    listenKeys: new ListenKeys(makeRandom(`${settings.seed}/listen-keys`), settings.listenKeyLifetime),
    feed: new FeedClock(clock, feedStart, settings.speed),
    faults: new FaultDesk(
      faultRandom,
      () => clock.now(),
      (kind, target) => {
        truth.add('fault', { fault: kind, target: target.slice(0, 200) });
      },
    ),
    truth,
    now: () => clock.now() + skew,
    realNow: () => clock.now(),
  };
  const sockets = new SocketDesk(venue, settings.sockets, makePushCodec());
  listeners.push((event) => {
    sockets.take(event);
  });
  for (const { key, balances } of settings.accounts) {
    exchange.openAccount(key.account);
    for (const [asset, amount] of Object.entries(balances)) {
      exchange.deposit(key.account, asset, { amount, now: venue.now() });
    }
  }
  return {
    venue,
    sockets,
    setSkew: (changed) => {
      skew = changed;
    },
  };
}

/**
 * Starts an exchange that speaks MEXC's protocol, on this machine only.
 * @throws DataFileError when a data file cannot be used; the system's error when the port is taken
 */
export async function startSimulator(
  settings: SimulatorSettings,
  tools: SimulatorTools,
): Promise<RunningSimulator> {
  const { feed, liveFrom } = await openFeed(settings, tools.clock.now());
  const start = settings.start === 'now' ? tools.clock.now() : liveFrom;
  const { venue, sockets, setSkew } = assemble(settings, tools, start);
  const driver = new Driver(venue, feed, sockets, tools);
  const advance = async (by: Duration): Promise<void> => {
    venue.feed.advance(by);
    await driver.move();
  };
  await driver.move();
  const limits = new RateLimits(settings.limits);
  const admin: AdminTools = {
    venue,
    sockets,
    limits,
    instance: makeRandom(`${settings.seed}/instance/${tools.clock.now()}`).hex(INSTANCE_LENGTH),
    token: settings.adminToken,
    setSkew,
    advance,
    feedState: () => ({ time: venue.feed.now(), speed: venue.feed.speed, ended: feed.ended }),
  };
  const { clock, logger } = tools;
  const server = await startServer(settings, {
    rest: { venue, limits },
    admin,
    sockets,
    clock,
    logger,
  }).catch(async (error: unknown) => {
    await driver.close();
    throw error;
  });
  driver.beat();
  return {
    port: server.port,
    venue,
    advance,
    close: async () => {
      await driver.close();
      await server.close();
    },
  };
}
