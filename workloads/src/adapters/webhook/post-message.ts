/**
 * One POST to a receiver of messages, and what became of it. An address is a secret here: nothing that is told names it,
 * and errors are told by their codes only.
 */
import { type Duration, SECOND } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';

/** The standard fetch; tests bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface PostedMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Whose answers are read: Telegram's say why and when to come again. Anybody else could repeat what it was sent. */
  readonly answers: 'telegram' | 'unknown';
  /** Texts that must not stand in a reason all the same. */
  readonly secrets: readonly string[];
}

export type Posted =
  | { readonly kind: 'taken' }
  /** It may be taken later: nobody answered, or not with a yes. `retryAfter`: the receiver said when. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfter?: Duration }
  /** The receiver understood and does not want this message. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface PostDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From sending to the last byte of the answer. */
  readonly timeout: Duration;
  /** Aborted: given up. */
  readonly signal: AbortSignal;
}

/** The message itself is wrong, as the receiver sees it. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const TOO_MANY = 429;
const LONGEST_ANSWER = 16 * 1_024;
const LONGEST_REASON = 200;
const LONGEST_WAIT: Duration = 600 * SECOND;

/** What an answer says of itself, where it is Telegram's. */
interface Said {
  readonly description?: string;
  readonly retryAfter?: number;
}

/** The code under however many wrappers the client put it; a message could name the address. */
function codeOf(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return '';
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,48}$/.test(code)) return code;
  const inner = codeOf(cause, depth + 1);
  return inner !== '' || !Array.isArray(errors) ? inner : codeOf(errors[0], depth + 1);
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function saidIn(text: string): Said {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof json !== 'object' || json === null) return {};
  const { description, parameters } = json as { description?: unknown; parameters?: unknown };
  const { retry_after: after } = (parameters ?? {}) as { retry_after?: unknown };
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof after === 'number' ? { retryAfter: after } : {}),
  };
}

/** How long the receiver wants to be left alone. Seconds only: a date would need its clock to be ours. */
function waitOf(response: Response, said: Said): { readonly retryAfter?: Duration } {
  const header = response.headers.get('retry-after') ?? '';
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : said.retryAfter;
  if (response.status !== TOO_MANY || seconds === undefined || seconds < 0) return {};
  return { retryAfter: Math.min(LONGEST_WAIT, Math.ceil(seconds * SECOND)) };
}

function redacted(text: string, secrets: readonly string[]): string {
  const shown = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  return shown.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, LONGEST_REASON);
}

function judge(response: Response, text: string, { answers, secrets }: PostedMessage): Posted {
  if (response.ok) return { kind: 'taken' };
  const said = answers === 'telegram' ? saidIn(text) : {};
  const words = said.description === undefined ? '' : `: ${redacted(said.description, secrets)}`;
  const reason = `the receiver answered ${response.status}${words}`;
  if (REFUSALS.has(response.status)) return { kind: 'refused', reason };
  return { kind: 'failed', reason, ...waitOf(response, said) };
}

/** Sends once; follows no redirect, which would take the message and its token elsewhere. Never throws. */
export async function postMessage(message: PostedMessage, deps: PostDeps): Promise<Posted> {
  const late = new AbortController();
  const cancel = deps.clock.after(deps.timeout, () => {
    late.abort();
  });
  try {
    const response = await deps.fetch(message.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...message.headers },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([late.signal, deps.signal]),
    });
    return judge(response, await readStart(response), message);
  } catch (error) {
    if (late.signal.aborted) {
      return { kind: 'failed', reason: `the receiver did not answer within ${deps.timeout / SECOND} s` };
    }
    const code = codeOf(error);
    return { kind: 'failed', reason: `the receiver cannot be reached${code === '' ? '' : ` (${code})`}` };
  } finally {
    cancel();
  }
}
