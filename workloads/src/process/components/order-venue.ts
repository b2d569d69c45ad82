/** Where an execution's orders go: an exchange on paper, a simulator, or the exchange itself. */
import { createHash, randomBytes } from 'node:crypto';
import { makeRotatingCredentials } from '../../adapters/mexc/credentials.ts';
import { MexcError } from '../../adapters/mexc/errors.ts';
import { makePublicMexcVenue, makeTradingMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { greetSimulator } from '../../adapters/mexc/simulated/greeting.ts';
import type { TakeStamp } from '../../adapters/mexc/signed-rest.ts';
import { PaperExchange } from '../../adapters/paper/paper-exchange.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { OrderGateway } from '../../ports/venue.ts';
import { readPaperBook } from '../../pipeline/paper-book.ts';
import type { ComponentDeps } from '../component.ts';
import { executionClientSettings, networkOf } from './venue-client.ts';

/** An order on paper meets no tick earlier than this: about what a request takes. */
const PAPER_LATENCY: Duration = 200;
const CHALLENGE_BYTES = 16;

export interface OrderVenue {
  readonly gateway: OrderGateway;
  /** The exchange on paper, which wants to see the market. */
  readonly paper?: PaperExchange;
  /** The venue's time. @throws while it is not known */
  readonly venueNow: () => Timestamp;
  /** Our clock less the venue's; undefined while it is not known. */
  readonly clockOffset: () => Duration | undefined;
  /** Whether the venue takes the credentials, and they may be used; null on paper. */
  readonly credentialsValid: () => boolean | null;
  /** Why nothing can be sent, or entered, with the key in force; undefined when all is well, and on paper. */
  readonly keyProblem: () => string | undefined;
  /** A hash of the access key's account; null on paper. */
  readonly accountHash: () => string | null;
  /** Reads the clock: nothing can be fenced or signed before. @throws what the venue says */
  readClock(): Promise<void>;
  /** Checks the key and begins to listen; for the owner of the account only. @throws what the venue says */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Public data, and orders in memory: neither credentials nor an order client are anywhere in it. */
async function openPaper(
  deps: ComponentDeps<'execution'>,
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
): Promise<OrderVenue> {
  const { settings } = deps.settings;
  const { quote, capital, fills, interval } = settings;
  const data = makePublicMexcVenue({ ...networkOf(deps), settings: executionClientSettings(settings) });
  const paper = new PaperExchange({
    quote,
    capital,
    instruments,
    fills,
    interval,
    clock: deps.clock,
    latency: PAPER_LATENCY,
  });
  paper.restore(await readPaperBook(deps.ledger));
  return {
    gateway: paper,
    paper,
    venueNow: () => data.serverTime.now(),
    clockOffset: () => data.serverTime.localLead(),
    credentialsValid: () => null,
    keyProblem: () => undefined,
    accountHash: () => null,
    readClock: () => data.serverTime.sync(),
    open: () => data.start(),
    close: () => data.close(),
  };
}

/** The venue's own word about the symbol or the market of the moment: it says nothing about our key. */
const isAboutSymbol = (error: unknown): boolean =>
  error instanceof MexcError && error.venueCode !== undefined && error.class === 'terminal';

/** The real client with an account. */
function openTrading(
  deps: ComponentDeps<'execution'>,
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
  takeStamp: TakeStamp,
): OrderVenue {
  const { secrets, log } = deps;
  const { settings, identity } = deps.settings;
  let accountHash: string | null = null;
  let isTaken = false;
  const venue = makeTradingMexcVenue({
    ...networkOf(deps),
    settings: executionClientSettings(settings),
    credentials: makeRotatingCredentials({
      accessKey: async () => {
        const key = await secrets.read('exchangeKey');
        accountHash = createHash('sha256').update(`${settings.venue.name}/${key}`).digest('hex');
        return key;
      },
      secret: () => secrets.read('exchangeSecret'),
    }),
    takeStamp,
    onKey: (taken) => {
      isTaken = taken;
    },
  });
  const keyProblem = (): string | undefined =>
    venue.keyProblem() ??
    (isTaken ? undefined : 'the exchange refuses the key or its signature: nothing can be sent');
  const rehearse = async (): Promise<void> => {
    const instrument = [...instruments.values()].find(({ tradable }) => tradable);
    if (instrument === undefined) return;
    try {
      await venue.rehearse(instrument, { account: identity.account, bot: settings.bot.name });
      log.info({ symbol: instrument.symbol }, 'the venue would take an order of ours: it checked one');
    } catch (error) {
      if (!isAboutSymbol(error)) throw error;
      log.warn({ symbol: instrument.symbol, error }, 'the venue would refuse an order of this symbol now');
    }
  };
  return {
    gateway: venue.orders,
    venueNow: () => venue.serverTime.now(),
    clockOffset: () => venue.serverTime.localLead(),
    credentialsValid: () => keyProblem() === undefined,
    keyProblem,
    accountHash: () => accountHash,
    readClock: async () => {
      // Play money only where the server proves that it is the simulator: the first thing it is asked.
      if (settings.venue.name === 'simulator') {
        const { restUrl, wsUrl } = executionClientSettings(settings);
        const challenge = (): string => randomBytes(CHALLENGE_BYTES).toString('hex');
        await greetSimulator({ ...networkOf(deps), restUrl, wsUrl, challenge });
      }
      await venue.serverTime.sync();
    },
    open: async () => {
      await venue.checkKey();
      await rehearse();
      await venue.start();
    },
    close: () => venue.close(),
  };
}

export const makeOrderVenue = (
  deps: ComponentDeps<'execution'>,
  instruments: ReadonlyMap<TradingSymbol, Instrument>,
  takeStamp: TakeStamp,
): Promise<OrderVenue> =>
  deps.settings.identity.mode === 'paper' && deps.settings.identity.venue === 'mexc'
    ? openPaper(deps, instruments)
    : Promise.resolve(openTrading(deps, instruments, takeStamp));
