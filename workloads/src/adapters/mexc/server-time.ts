import { type Duration, MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { notSent, unusableReply } from './errors.ts';

export interface ServerTimeSettings {
  readonly every: Duration;
  /** A sample that took longer says too little: its error is up to half its round trip. */
  readonly maxRoundTrip: Duration;
  /** An alarm is raised while the clocks differ by more: the venue refuses a clock that is 1 s fast. */
  readonly maxOffset: Duration;
}

export const SERVER_TIME_SETTINGS: ServerTimeSettings = {
  every: MINUTE,
  maxRoundTrip: SECOND,
  maxOffset: 500,
};

export interface ClockReading {
  /** Server time − local time. */
  readonly offset: Duration;
  /** Half the round trip: the true offset is within offset ± uncertainty. */
  readonly uncertainty: Duration;
  readonly takenAt: Timestamp;
  /** The clocks differ by more than allowed. Requests still carry corrected times; a person should see to the clock. */
  readonly drifting: boolean;
}

export interface TimedReading {
  readonly serverTime: Timestamp;
  readonly sentAt: Timestamp;
  readonly receivedAt: Timestamp;
}

export interface ServerTimeDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** One reading of the venue's clock, with the local times between which it was made. */
  readonly read: () => Promise<TimedReading>;
  readonly settings: ServerTimeSettings;
  readonly onReading: (reading: ClockReading) => void;
}

/** The venue's clock as far as we know it. */
export class ServerTime {
  readonly #deps: ServerTimeDeps;
  #reading: ClockReading | undefined;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #started = false;

  constructor(deps: ServerTimeDeps) {
    this.#deps = deps;
  }

  reading(): ClockReading | undefined {
    return this.#reading;
  }

  /** The venue's time now. @throws MexcError CLOCK_UNKNOWN before the first reading: nothing is signed by guess */
  now(): Timestamp {
    if (this.#reading === undefined) {
      throw notSent(
        'CLOCK_UNKNOWN',
        'retryable',
        'MEXC’s clock has not been read yet; nothing can be signed',
      );
    }
    return this.#deps.clock.now() + this.#reading.offset;
  }

  /** The venue's time where it is known, else the local one: for feeds, which must not wait. */
  estimate(): Timestamp {
    return this.#deps.clock.now() + (this.#reading?.offset ?? 0);
  }

  /** How far the local clock is ahead of the venue's; undefined while that is not known. */
  localLead(): Duration | undefined {
    return this.#reading === undefined ? undefined : -this.#reading.offset;
  }

  /** Read the venue's clock now; calls that come meanwhile share the reading. @throws MexcError */
  sync(): Promise<void> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Reads the clock now and then regularly. A failing reading is logged and tried again; it never throws. */
  async start(): Promise<void> {
    this.#started = true;
    await this.#tick();
  }

  stop(): void {
    this.#started = false;
    this.#cancelTimer?.();
  }

  async #tick(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.#deps.log.warn({ error: String(error) }, 'cannot read the clock of MEXC');
    }
    if (!this.#started) return;
    this.#cancelTimer?.();
    const { settings, clock } = this.#deps;
    const soon = Math.min(settings.every, 5 * SECOND);
    this.#cancelTimer = clock.after(
      this.#reading === undefined ? soon : settings.every,
      () => void this.#tick(),
    );
  }

  async #read(): Promise<void> {
    const { read, settings, log, onReading } = this.#deps;
    const { serverTime, sentAt, receivedAt } = await read();
    const roundTrip = receivedAt - sentAt;
    if (roundTrip > settings.maxRoundTrip) {
      throw unusableReply('TIMEOUT', `a reading of MEXC’s clock took ${roundTrip} ms, too long to be of use`);
    }
    const offset = Math.round(serverTime - (sentAt + receivedAt) / 2);
    const drifting = Math.abs(offset) > settings.maxOffset;
    this.#reading = { offset, uncertainty: Math.ceil(roundTrip / 2), takenAt: receivedAt, drifting };
    if (drifting) {
      log.warn({ offset, allowed: settings.maxOffset }, 'the local clock and MEXC’s differ too much');
    }
    onReading(this.#reading);
  }
}
