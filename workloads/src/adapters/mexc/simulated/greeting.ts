import { z } from 'zod';
import type { Duration } from '../../../domain/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import { MexcError } from '../errors.ts';
import type { Fetch } from '../http-transport.ts';
import { networkError } from '../network-error.ts';
import {
  type FeedSegment,
  HANDSHAKE_PATH,
  handshakeAnswer,
  SIMULATOR_NAME,
} from '../wire/simulator-handshake.ts';
import { isSimulatorAddress } from './simulator-address.ts';

/** What a simulator says of itself. */
export interface Greeting {
  /** Tells one run of a simulator from another: a new one has forgotten every order. */
  readonly instance: string;
  /** How its market's time follows from its clock. */
  readonly segments: readonly FeedSegment[];
  /** Its clock less the local one, within half a round trip. */
  readonly offset: Duration;
}

export interface GreetingDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly restUrl: string;
  readonly wsUrl: string;
  /** A text that was never used before. */
  readonly challenge: () => string;
}

const greetingReply = z.object({
  simulator: z.string(),
  instance: z.string().min(1).max(64),
  answer: z.string(),
  now: z.number(),
  feed: z.object({
    segments: z
      .array(z.object({ from: z.number(), feed: z.number(), speed: z.number().min(0) }))
      .min(1)
      .max(1_000),
  }),
});

const TIMEOUT = 5_000;
const MAX_CHARACTERS = 200_000;

/** It is no simulator: nothing may be sent to it. */
const notOne = (restUrl: string, why: string): MexcError =>
  new MexcError({
    code: 'NOT_A_SIMULATOR',
    class: 'terminal',
    retryable: false,
    definite: true,
    message: `${restUrl}: ${why}; venue simulator trades only with 'claire simulate-exchange'`,
  });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function ask({ fetch, restUrl }: GreetingDeps, challenge: string): Promise<string> {
  try {
    const response = await fetch(`${restUrl}${HANDSHAKE_PATH}?challenge=${challenge}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return (await response.text()).slice(0, MAX_CHARACTERS);
  } catch (error) {
    throw networkError(error, `GET ${HANDSHAKE_PATH} of ${restUrl}`);
  }
}

/**
 * Has a server prove that it is the simulator.
 * @throws MexcError NOT_A_SIMULATOR (not retryable), or what kept it from answering
 */
export async function greetSimulator(deps: GreetingDeps): Promise<Greeting> {
  const { clock, restUrl, wsUrl } = deps;
  for (const address of [restUrl, wsUrl]) {
    if (!isSimulatorAddress(address)) {
      throw notOne(address, 'is neither on this machine nor inside a cluster');
    }
  }
  const challenge = deps.challenge();
  const sentAt = clock.now();
  const text = await ask(deps, challenge);
  const receivedAt = clock.now();
  const reply = greetingReply.safeParse(parse(text)).data;
  if (reply?.simulator !== SIMULATOR_NAME || reply.answer !== handshakeAnswer(challenge)) {
    throw notOne(restUrl, 'does not prove that it is the simulator');
  }
  const { instance, feed, now } = reply;
  return { instance, segments: feed.segments, offset: Math.round(now - (sentAt + receivedAt) / 2) };
}
