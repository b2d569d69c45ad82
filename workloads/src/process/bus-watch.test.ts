import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../adapters/memory/event-clock.ts';
import { PrometheusMetrics } from '../adapters/prometheus/prometheus-metrics.ts';
import type { BusHealth } from '../adapters/redis/bus-health.ts';
import { SECOND } from '../domain/time.ts';
import { BusWatch } from './bus-watch.ts';
import { Readiness } from './readiness.ts';

const START = 1_700_000_000_500;

describe('what is shown of the server of the bus', () => {
  it('has a start that moves only when the server was started again', async () => {
    const clock = new EventClock(START);
    const metrics = new PrometheusMetrics();
    const watch = new BusWatch({ clock, metrics, readiness: new Readiness(clock) });
    let server = { runId: 'one', usedMemory: 1, maxMemory: 2, isPersisting: true, uptimeSeconds: 0 };
    const health = (): Promise<BusHealth> =>
      Promise.resolve({
        connectedSince: START,
        lastError: undefined,
        serverVersion: '7.0.15',
        server,
        groups: [],
        deadLetters: new Map(),
        waiting: 0,
        conflated: 0,
        losses: 0,
      });
    watch.watch({ health });
    const shown = new Set<string>();
    /** What is shown after the look that is due by then. */
    const startAt = async (second: number): Promise<string> => {
      clock.advanceTo(START + second * SECOND);
      await new Promise(setImmediate);
      const text = await metrics.text();
      return /^trading_redis_started_timestamp_seconds (\S+)$/m.exec(text)?.[1] ?? 'nothing';
    };
    for (let second = 5; second <= 100; second += 5) {
      // As Redis tells it: whole seconds, cut off, by a clock that is a little off ours.
      server = { ...server, uptimeSeconds: Math.floor(second + (second % 2 === 0 ? 0.4 : -0.4)) };
      shown.add(await startAt(second));
    }
    expect(shown.size).toBe(1);
    server = { ...server, runId: 'two', uptimeSeconds: 1 };
    expect(Number(await startAt(110))).toBeGreaterThan(START / SECOND + 100);
  });
});
