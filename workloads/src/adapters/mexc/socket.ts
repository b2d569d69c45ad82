import { WebSocket } from 'ws';
import { networkError } from './network-error.ts';

/** Why a socket ended, enumerated for counting. */
export type SocketEnd =
  | 'CLOSED_BY_VENUE'
  | 'CONNECTION_LOST'
  | 'FRAME_TOO_LARGE'
  | 'PROTOCOL_ERROR'
  | 'HANDSHAKE_REFUSED'
  | 'DNS_FAILED'
  | 'TLS_FAILED'
  | 'CONNECT_FAILED';

export interface SocketHandlers {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  readonly binary: (bytes: Uint8Array) => void;
  /** Once, whatever the reason; not after `close`. */
  readonly ended: (reason: SocketEnd) => void;
}

export interface Socket {
  /** Ignored when the socket is not open. */
  send(text: string): void;
  /** Drops the socket at once: the venue answers no closing handshake in time anyway. Idempotent. */
  close(): void;
}

/** Opens a WebSocket client. Frames above `maxFrameBytes` end the socket before they are held in memory. */
export type OpenSocket = (address: string, handlers: SocketHandlers, maxFrameBytes: number) => Socket;

function endOf(error: Error & { readonly code?: string }): SocketEnd {
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'FRAME_TOO_LARGE';
  if (error.code?.startsWith('WS_ERR_') === true) return 'PROTOCOL_ERROR';
  if (error.message.startsWith('Unexpected server response')) return 'HANDSHAKE_REFUSED';
  switch (networkError(error, 'WebSocket').code) {
    case 'DNS_FAILED':
      return 'DNS_FAILED';
    case 'TLS_FAILED':
      return 'TLS_FAILED';
    case 'CONNECTION_LOST':
      return 'CONNECTION_LOST';
    default:
      return 'CONNECT_FAILED';
  }
}

/** Sockets of the `ws` package, which also answers the venue's ping frames. */
export const openWebSocket: OpenSocket = (address, handlers, maxFrameBytes) => {
  const socket = new WebSocket(address, {
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  let done = false;
  const end = (reason: SocketEnd): void => {
    if (done) return;
    done = true;
    socket.terminate();
    handlers.ended(reason);
  };
  socket.on('open', () => {
    if (!done) handlers.opened();
  });
  socket.on('message', (data, isBinary) => {
    if (done) return;
    // One buffer each: `binaryType` is the default nodebuffer.
    const bytes = data as Buffer;
    if (isBinary) handlers.binary(bytes);
    else handlers.text(bytes.toString('utf8'));
  });
  // The error tells more than the close event that follows it.
  socket.on('error', (error) => {
    end(endOf(error));
  });
  socket.on('close', (code) => {
    end(code === 1006 ? 'CONNECTION_LOST' : 'CLOSED_BY_VENUE');
  });
  return {
    send: (text) => {
      if (!done && socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      done = true;
      socket.terminate();
    },
  };
};
