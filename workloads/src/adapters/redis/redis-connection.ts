import type { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { Duration } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { RedisFailure, toFailure } from './redis-failure.ts';
import type { RedisServer } from './settings.ts';

export type RedisArgument = string | number;

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly commandTimeout: Duration;
}

/**
 * One connection, from its opening to its end: it never comes back by itself. A command that is not answered in time
 * ends it, because replies come in order: the ones behind would not come either (a half-open connection).
 */
export class RedisConnection {
  readonly #client: Redis;
  readonly #deps: ConnectionDeps;
  readonly closed: Promise<void>;
  #open = true;
  #reason: string | undefined;
  #unanswered = 0;
  /** The longest that the server may wait with one of the unanswered commands. */
  #longestWait = 0;
  /** By when the next answer must be there. */
  #deadline = 0;
  #cancelWatch: () => void = () => undefined;

  private constructor(client: Redis, deps: ConnectionDeps) {
    this.#client = client;
    this.#deps = deps;
    client.on('error', (error: unknown) => {
      this.#reason = toFailure(error).message;
    });
    this.closed = new Promise((resolve) => {
      client.once('end', () => {
        this.#open = false;
        this.#cancelWatch();
        resolve();
      });
    });
  }

  /** @throws RedisFailure when it cannot be opened, or user and password are refused */
  static async open(
    server: RedisServer,
    password: string | undefined,
    deps: ConnectionDeps,
  ): Promise<RedisConnection> {
    const connection = new RedisConnection(new Redis(optionsFor(server, deps)), deps);
    try {
      await connection.#connect(server.username, password);
    } catch (error) {
      const failure = connection.#explain(error);
      connection.destroy();
      throw failure;
    }
    return connection;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Send a command. `wait`: how long the server itself may wait before it answers. @throws RedisFailure */
  async call(command: string, args: readonly RedisArgument[], wait: Duration = 0): Promise<unknown> {
    if (!this.#open) throw new RedisFailure('CONNECTION', this.#reason ?? 'the connection is closed');
    this.#expect(wait);
    try {
      return await this.#client.call(command, ...args);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#answered();
    }
  }

  /** Ends it at once; what is unanswered fails. */
  destroy(): void {
    this.#client.disconnect();
    // A socket that nobody answers on would linger.
    (this.#client.stream as Socket | undefined)?.destroy();
  }

  async #connect(username: string | undefined, password: string | undefined): Promise<void> {
    await this.#client.connect();
    if (password === undefined) return;
    await this.call('AUTH', username === undefined ? [password] : [username, password]);
  }

  #explain(error: unknown): RedisFailure {
    const failure = toFailure(error);
    return failure.isConnection && this.#reason !== undefined
      ? new RedisFailure('CONNECTION', this.#reason)
      : failure;
  }

  #expect(wait: Duration): void {
    const { clock, commandTimeout } = this.#deps;
    this.#unanswered += 1;
    // Only a longer wait puts the deadline off: commands that keep coming must not hide that no answer does.
    if (this.#unanswered > 1 && wait <= this.#longestWait) return;
    this.#longestWait = wait;
    this.#deadline = clock.now() + wait + commandTimeout;
    if (this.#unanswered === 1) this.#watch();
  }

  #answered(): void {
    const { clock, commandTimeout } = this.#deps;
    this.#unanswered -= 1;
    this.#deadline = clock.now() + this.#longestWait + commandTimeout;
    if (this.#unanswered > 0) return;
    this.#longestWait = 0;
    this.#cancelWatch();
  }

  #watch(): void {
    const { clock } = this.#deps;
    this.#cancelWatch = clock.after(Math.max(1, this.#deadline - clock.now()), () => {
      if (this.#unanswered === 0) return;
      if (clock.now() < this.#deadline) {
        this.#watch();
        return;
      }
      this.#reason = 'Redis did not answer in time: the connection is given up';
      this.destroy();
    });
  }
}

function optionsFor(server: RedisServer, deps: ConnectionDeps): RedisOptions {
  const { host, port, tls } = server;
  return {
    host,
    port,
    lazyConnect: true,
    connectTimeout: deps.commandTimeout,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    maxRetriesPerRequest: null,
    // Reconnecting is the link's: it reads the password again first.
    retryStrategy: null,
    ...(tls === undefined
      ? {}
      : { tls: { ...(tls.ca === undefined ? {} : { ca: tls.ca }), servername: tls.serverName ?? host } }),
  };
}
