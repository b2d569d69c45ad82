/** From a bot's file to a venue that answers. */
import { randomBytes } from 'node:crypto';
import { fullJitter } from '../../adapters/backoff.ts';
import { makeFixedCredentials } from '../../adapters/mexc/credentials.ts';
import { MexcError } from '../../adapters/mexc/errors.ts';
import { openWebSocket } from '../../adapters/mexc/socket.ts';
import { QUIET_METRICS } from '../../adapters/memory/quiet-metrics.ts';
import type { ReadBot } from '../../contract/index.ts';
import { type Duration, formatDuration, SECOND } from '../../domain/time.ts';
import { type Network, SymbolsUnknownError, type VenueConnection } from '../../pipeline/venues/connection.ts';
import { connectPaperMexc } from '../../pipeline/venues/paper-mexc.ts';
import { connectSimulator } from '../../pipeline/venues/simulator.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { EXIT, type ExitCode } from '../../process/exit-code.ts';
import { jitter } from '../../process/jitter.ts';
import { type ExchangeKeys, readExchangeKeys } from '../config.ts';
import { CliFailure } from '../failure.ts';

export interface ConnectDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted: trying ends. */
  readonly signal: AbortSignal;
}

const BACKOFF = { base: 2 * SECOND, cap: 60 * SECOND };
const CHALLENGE_BYTES = 16;

/** A function, since the signal changes while it is waited. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const makeNetwork = ({ clock, log }: ConnectDeps): Network => ({
  clock,
  log,
  random: jitter,
  fetch: (url, init) => fetch(url, init),
  openSocket: openWebSocket,
  metrics: QUIET_METRICS,
});

/** @throws CliFailure */
function demandKeys({ file, line }: ReadBot): ExchangeKeys {
  const keys = readExchangeKeys();
  if (keys !== undefined) return keys;
  throw new CliFailure(
    EXIT.SETTINGS,
    `${file}:${line}: the keys of the simulator: MEXC_API_KEY and MEXC_API_SECRET (or …_FILE) were not set; do: set them as 'claire simulate-exchange' prints them`,
  );
}

function connectOnce(bot: ReadBot, network: Network): Promise<VenueConnection> {
  const { settings } = bot;
  if (settings.exchange.venue === 'mexc') return connectPaperMexc(settings, network);
  const { accessKey, secret } = demandKeys(bot);
  return connectSimulator(settings, {
    ...network,
    credentials: makeFixedCredentials(accessKey, secret),
    challenge: () => randomBytes(CHALLENGE_BYTES).toString('hex'),
  });
}

const exitCodeFor = (error: MexcError): ExitCode =>
  error.class === 'credentials' || error.code === 'NOT_A_SIMULATOR' ? EXIT.SETTINGS : EXIT.UNAVAILABLE;

/** A venue's error with the place of the bot and its exit code; anything else as it is. */
export function venueFailure(error: unknown, { file, line }: ReadBot): unknown {
  if (error instanceof SymbolsUnknownError) {
    return new CliFailure(EXIT.SETTINGS, `${file}:${line}: ${error.message}`, { cause: error });
  }
  if (!(error instanceof MexcError)) return error;
  return new CliFailure(exitCodeFor(error), `${file}:${line}: ${error.code}: ${error.message}`, {
    cause: error,
  });
}

/** Resolves early when the signal is aborted. */
async function wait(delay: Duration, { clock, signal }: ConnectDeps): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const wake = (): void => {
    resolve(undefined);
  };
  const cancel = clock.after(delay, wake);
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  cancel();
  signal.removeEventListener('abort', wake);
}

/**
 * Connects, and tries again with growing pauses while the venue does not answer.
 * @throws CliFailure when trying again cannot help, or it was told to end before the venue answered
 */
export async function connectVenue(bot: ReadBot, deps: ConnectDeps): Promise<VenueConnection> {
  const network = makeNetwork(deps);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connectOnce(bot, network);
    } catch (error) {
      if (!(error instanceof MexcError) || !error.retryable) throw venueFailure(error, bot);
      const told = venueFailure(error, bot);
      if (isAborted(deps.signal)) throw told;
      const delay = SECOND + Math.ceil(fullJitter(BACKOFF, attempt, jitter) / SECOND) * SECOND;
      deps.log.warn(
        { code: error.code, reason: error.message, next: formatDuration(delay) },
        'the venue does not answer; it is tried again (Ctrl-C ends it)',
      );
      await wait(delay, deps);
      if (isAborted(deps.signal)) throw told;
    }
  }
}
