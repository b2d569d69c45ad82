import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../memory/event-clock.ts';
import { QUIET_LOGGER } from '../memory/quiet-logger.ts';
import { type ClockReading, SERVER_TIME_SETTINGS, ServerTime, type TimedReading } from './server-time.ts';

/** A server clock that is `offset` ahead and answers after `roundTrip`; an error where the offset is undefined. */
function setUp() {
  const clock = new EventClock(1_000_000);
  const readings: ClockReading[] = [];
  const server: { offset: number | undefined; roundTrip: number } = { offset: 300, roundTrip: 40 };
  const read = (): Promise<TimedReading> => {
    if (server.offset === undefined) return Promise.reject(new Error('away'));
    const sentAt = clock.now();
    clock.advanceTo(sentAt + server.roundTrip);
    const serverTime = sentAt + server.roundTrip / 2 + server.offset;
    return Promise.resolve({ serverTime, sentAt, receivedAt: clock.now() });
  };
  const time = new ServerTime({
    clock,
    log: QUIET_LOGGER,
    read,
    settings: SERVER_TIME_SETTINGS,
    onReading: (reading) => readings.push(reading),
  });
  return { clock, readings, server, time };
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe('the venue’s time', () => {
  it('is not guessed before the first reading, but feeds get an estimate', () => {
    const { clock, time } = setUp();
    expect(() => time.now()).toThrow(expect.objectContaining({ code: 'CLOCK_UNKNOWN', definite: true }));
    expect(time.estimate()).toBe(clock.now());
    expect(time.localLead()).toBeUndefined();
  });

  it('is corrected by half the round trip and says how sure it is', async () => {
    const { clock, readings, time } = setUp();
    await time.sync();
    expect(time.now()).toBe(clock.now() + 300);
    expect(time.localLead()).toBe(-300);
    expect(readings).toEqual([{ offset: 300, uncertainty: 20, takenAt: clock.now(), drifting: false }]);
  });

  it('raises an alarm while the clocks differ by more than allowed', async () => {
    const { readings, server, time } = setUp();
    for (const offset of [501, -501, 500]) {
      server.offset = offset;
      await time.sync();
    }
    expect(readings.map(({ drifting }) => drifting)).toEqual([true, true, false]);
  });

  it('keeps its reading when a later one took too long to be of use', async () => {
    const { server, time } = setUp();
    await time.sync();
    Object.assign(server, { offset: 900, roundTrip: 1_001 });
    await expect(time.sync()).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(time.localLead()).toBe(-300);
  });

  it('is read regularly, sooner while it is unknown, and never throws for a server that is away', async () => {
    const { clock, readings, server, time } = setUp();
    server.offset = undefined;
    await time.start();
    server.offset = 10;
    clock.advanceTo(clock.now() + 5_000);
    await turns();
    expect(readings).toHaveLength(1);
    server.offset = undefined;
    clock.advanceTo(clock.now() + 60_000);
    await turns();
    server.offset = 20;
    clock.advanceTo(clock.now() + 60_000);
    await turns();
    expect(readings.map(({ offset }) => offset)).toEqual([10, 20]);
    time.stop();
    clock.advanceTo(clock.now() + 600_000);
    await turns();
    expect(readings).toHaveLength(2);
  });

  it('shares one reading among callers that come together', async () => {
    const { readings, time } = setUp();
    await Promise.all([time.sync(), time.sync()]);
    expect(readings).toHaveLength(1);
  });
});
