import { type Fetch, type Posted, postMessage } from '../../adapters/webhook/post-message.ts';
import type { NotifySettings } from '../../contract/index.ts';
import type { Duration } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Destination, destinationOf, type NotifySecrets } from './destination.ts';
import type { Digest } from './digest.ts';
import { jsonBody, telegramBody } from './message.ts';

export interface SendDeps {
  /** `<namespace>/<name>`, as people know it. */
  readonly bot: string;
  readonly format: NotifySettings['format'];
  /** Reads the secrets anew. May reject; the reason must hold no secret. */
  readonly readSecrets: () => Promise<NotifySecrets>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly timeout: Duration;
  readonly signal: AbortSignal;
}

/** What became of a message; `unaddressed`: nothing was sent, since the secrets do not say where to. */
export type Sent = Posted | { readonly kind: 'unaddressed'; readonly reason: string };

/** Where to, or why nowhere. */
async function findDestination({ format, readSecrets }: SendDeps): Promise<Destination | string> {
  try {
    const result = destinationOf(format, await readSecrets());
    return result.ok ? result.destination : result.problem;
  } catch (error) {
    return error instanceof Error ? error.message : 'the secrets cannot be read';
  }
}

/** Sends one message once. Never throws; no reason names an address or a token. */
export async function sendOnce(digest: Digest, deps: SendDeps): Promise<Sent> {
  const found = await findDestination(deps);
  if (typeof found === 'string') return { kind: 'unaddressed', reason: found };
  const { chat } = found;
  const message =
    chat === undefined
      ? { ...found, body: jsonBody(deps.bot, digest), answers: 'unknown' as const }
      : { ...found, body: telegramBody(deps.bot, digest, chat), answers: 'telegram' as const };
  return postMessage(message, deps);
}
