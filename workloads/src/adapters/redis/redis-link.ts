import { BusError } from '../../ports/bus.ts';
import { fullJitter } from '../backoff.ts';
import { pause } from '../../ports/pause.ts';
import { RedisConnection } from './redis-connection.ts';
import { toBusError, toFailure } from './redis-failure.ts';
import { judgeServer, readServerInfo, type ServerInfo } from './server-fitness.ts';
import type { RedisBusDeps, RedisBusSettings } from './settings.ts';

export interface OpenLink {
  readonly connection: RedisConnection;
  readonly info: ServerInfo;
  /** ms since the epoch. */
  readonly since: number;
}

export type LinkDeps = Omit<RedisBusDeps, 'settings' | 'keys' | 'instance'> & {
  readonly settings: RedisBusSettings;
  /** Told of every connection that stands. */
  readonly opened?: (link: OpenLink) => void;
};

interface Waiter {
  readonly resolve: (link: OpenLink) => void;
  readonly reject: (error: BusError) => void;
}

/** Keeps one connection up: whenever it ends, another one is made, with the password read again. */
export class RedisLink {
  readonly #deps: LinkDeps;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #current: OpenLink | undefined;
  #waiters: Waiter[] = [];
  #lastError: BusError | undefined;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
    this.#running = this.#run();
  }

  /** The connection that stands now. */
  get current(): OpenLink | undefined {
    return this.#current;
  }

  get lastError(): BusError | undefined {
    return this.#lastError;
  }

  /** The connection, as soon as one stands. @throws BusError BUS_CLOSED once closed */
  opened(): Promise<OpenLink> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    if (this.#stop.signal.aborted) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** The first connection. @throws BusError when it does not stand in time, or the server is not fit */
  async firstOpened(): Promise<OpenLink> {
    const { clock, settings, server } = this.#deps;
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(settings.connectTimeout, () => {
        const where = `Redis at ${server.host}:${server.port} cannot be reached within ${settings.connectTimeout} ms`;
        reject(
          this.#lastError ??
            new BusError('BUS_UNAVAILABLE', `${where}: check its address`, { retryable: true }),
        );
      });
    });
    try {
      return await Promise.race([this.opened(), late]);
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#current?.connection.destroy();
    this.#rejectWaiters(closedError());
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, settings, random } = this.#deps;
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const open = await this.#open();
        attempt = 0;
        await open.connection.closed;
        this.#lost();
      } catch (error) {
        this.#failed(error);
      }
      await pause(clock, fullJitter(settings.reconnect, attempt, random), signal);
    }
  }

  async #open(): Promise<OpenLink> {
    const { server, readPassword, clock, settings, logger } = this.#deps;
    const password = await readPassword?.();
    const connection = await RedisConnection.open(server, password, {
      clock,
      commandTimeout: settings.commandTimeout,
    });
    try {
      const info = readServerInfo(String(await connection.call('INFO', [])));
      const { refusals, warnings } = judgeServer(info);
      if (refusals.length > 0) throw new BusError('BUS_REFUSED', refusals.join(' '), { retryable: false });
      // Closed while it was being opened.
      if (this.#stop.signal.aborted) throw closedError();
      for (const warning of warnings) logger.warn({ redis: info.version }, warning);
      const open = { connection, info, since: clock.now() };
      this.#current = open;
      this.#lastError = undefined;
      for (const { resolve } of this.#waiters.splice(0)) resolve(open);
      this.#deps.opened?.(open);
      return open;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #lost(): void {
    this.#current = undefined;
    if (!this.#stop.signal.aborted) this.#deps.logger.warn({}, 'the connection to Redis is lost');
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { server, logger } = this.#deps;
    this.#lastError = describe(error, `Redis at ${server.host}:${server.port}`);
    logger.warn({ code: this.#lastError.code, reason: this.#lastError.message }, 'no connection to Redis');
    if (!this.#lastError.retryable) this.#rejectWaiters(this.#lastError);
  }

  #rejectWaiters(error: BusError): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

/** Refused passwords are retryable: a rotated one may be on its way. */
function describe(error: unknown, where: string): BusError {
  if (error instanceof BusError) return error;
  const failure = toFailure(error);
  if (failure.code === 'WRONGPASS' || failure.code === 'NOAUTH') {
    const message = `${where} refuses the user or its password: check the Redis Secret and the ACL file`;
    return new BusError('BUS_UNAVAILABLE', message, { retryable: true, cause: failure });
  }
  return toBusError(failure, where);
}

export const closedError = (): BusError =>
  new BusError('BUS_CLOSED', 'the bus is closed', { retryable: false });
