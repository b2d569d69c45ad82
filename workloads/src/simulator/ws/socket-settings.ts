import { MAX_SUBSCRIPTIONS_PER_CONNECTION } from '../../adapters/mexc/wire/channels.ts';
import { DAY, type Duration, MINUTE, SECOND } from '../../domain/time.ts';

export interface SocketSettings {
  /** A connection without a subscription is closed after this. */
  readonly subscribeWithin: Duration;
  /** A connection on which nothing comes or goes is dropped after this, without a word. */
  readonly silence: Duration;
  /** A connection is closed after this at the latest. */
  readonly lifetime: Duration;
  readonly maxSubscriptions: number;
  readonly maxMessagesPerSecond: number;
  readonly maxConnectionsPerKey: number;
  /** Whether unsubscribing makes room for another one. Nobody knows. */
  readonly unsubscribeFreesSlot: boolean;
  /** A client that does not read is cut when so many bytes wait for it. */
  readonly maxWaitingBytes: number;
}

export const DEFAULT_SOCKET_SETTINGS: SocketSettings = {
  subscribeWithin: 30 * SECOND,
  silence: MINUTE,
  lifetime: DAY,
  maxSubscriptions: MAX_SUBSCRIPTIONS_PER_CONNECTION,
  maxMessagesPerSecond: 100,
  maxConnectionsPerKey: 5,
  unsubscribeFreesSlot: true,
  maxWaitingBytes: 16 * 1024 * 1024,
};
