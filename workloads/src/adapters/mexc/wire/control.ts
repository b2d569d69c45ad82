/**
 * The control messages of the spot WebSocket: JSON in text frames, next to binary pushes.
 *
 * The trap: a rejected subscription is answered with `code` 0 like an accepted one. Only `msg` tells: an echo of the
 * channels (comma separated, any order) or "Not Subscribed successfully! [channels].  Reason： Blocked! ".
 */

export interface ControlRequest {
  readonly method: 'SUBSCRIPTION' | 'UNSUBSCRIPTION' | 'PING';
  readonly params?: readonly string[];
  readonly id?: number;
}

export type ControlReply =
  | { readonly kind: 'pong' }
  /** These channels are confirmed (also by the echo of an unsubscription). */
  | { readonly kind: 'echo'; readonly id: number; readonly channels: readonly string[] }
  /** These channels are refused. An empty list says nothing of any channel. */
  | { readonly kind: 'refused'; readonly id: number; readonly channels: readonly string[] }
  /** The private stream's key is not (or no longer) valid. */
  | { readonly kind: 'invalid-listen-key' }
  /** Anything else, cut to a bounded length. */
  | { readonly kind: 'other'; readonly text: string };

const REFUSAL = /^Not Subscribed successfully! \[([^\]]*)\]/;
/** As the venue sends it: two spaces, and a full-width colon. */
const REFUSAL_TAIL = '.  Reason： Blocked! ';
const SHOWN = 200;

/** The text of a request. */
export const writeRequest = (request: ControlRequest): string => JSON.stringify(request);

const splitChannels = (list: string): readonly string[] =>
  list
    .split(',')
    .map((channel) => channel.trim())
    .filter((channel) => channel !== '');

function readMessage(id: number, message: string): ControlReply {
  if (message === 'PONG') return { kind: 'pong' };
  const refused = REFUSAL.exec(message);
  if (refused) return { kind: 'refused', id, channels: splitChannels(refused[1] ?? '') };
  if (message.startsWith('spot@')) return { kind: 'echo', id, channels: splitChannels(message) };
  return { kind: 'other', text: message.slice(0, SHOWN) };
}

/** What a text frame says. Never throws: what cannot be read is `other`. */
export function readReply(text: string): ControlReply {
  if (text.trim() === 'Invalid listen key') return { kind: 'invalid-listen-key' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { kind: 'other', text: text.slice(0, SHOWN) };
  }
  const { id, msg } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<
    string,
    unknown
  >;
  if (typeof msg !== 'string') return { kind: 'other', text: text.slice(0, SHOWN) };
  return readMessage(typeof id === 'number' ? id : 0, msg);
}

/** The reply texts of a server, for the simulator. */
export const writeEcho = (id: number, channels: readonly string[]): string =>
  JSON.stringify({ id, code: 0, msg: channels.join(',') });

export const writeRefusal = (id: number, channels: readonly string[]): string =>
  JSON.stringify({ id, code: 0, msg: `Not Subscribed successfully! [${channels.join(',')}]${REFUSAL_TAIL}` });

export const writePong = (): string => JSON.stringify({ id: 0, code: 0, msg: 'PONG' });

/** A server's answer to a text frame that is not JSON. */
export const writeInvalidFormat = (): string => JSON.stringify({ id: 0, code: 0, msg: 'msg format invalid' });

/** Plain text, not JSON. */
export const INVALID_LISTEN_KEY = 'Invalid listen key';
